//! Filters whose values must be known: of states, teams, rules and alert types.
//!
//! What is defined is known at once; what only stored alerts have is known when their index is whole.

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::Problem;
use app::alert_index::whole_index;
use engine::alert::AlertQuery;
use engine::lane::{UnknownValue, unknown_values};

/// The values of a query that are neither defined nor occur among the tenant's alerts; none as long as that is not known.
///
/// # Errors
/// Where the lane cannot be loaded.
pub(super) async fn unknown(
    caller: &UserCaller,
    query: &AlertQuery,
) -> Result<Vec<UnknownValue>, Problem> {
    Ok(match look(caller, query).await? {
        Looked::Known(unknown) => unknown,
        Looked::NotYet => Vec::new(),
    })
}

/// What looking for the values of a query came to.
enum Looked {
    Known(Vec<UnknownValue>),
    /// Some may be those of alerts that are not in the index yet.
    NotYet,
}

async fn look(caller: &UserCaller, query: &AlertQuery) -> Result<Looked, Problem> {
    caller.position().await?;
    let (lane, query) = (caller.lane.clone(), query.clone());
    let definitions = caller.definitions();
    let look = move || {
        lane.search_now(|index, incomplete| {
            let unknown = unknown_values(&query, &definitions, index);
            match incomplete {
                Some(_) if !unknown.is_empty() => Looked::NotYet,
                _ => Looked::Known(unknown),
            }
        })
    };
    Ok(blocking(look).await?)
}

/// Refuses a query that names what does not exist. `place` says where its filters stand, before their names.
///
/// # Errors
/// 400 that names each unknown value, and the known one that is most like it; 503 where it cannot be known in time.
pub(super) async fn check_known(
    caller: &UserCaller,
    query: &AlertQuery,
    place: &str,
) -> Result<(), Problem> {
    if names_nothing(query) {
        return Ok(());
    }
    if let Looked::Known(unknown) = look(caller, query).await? {
        return refuse(&unknown, place);
    }
    whole_index(caller).await?;
    refuse(&unknown(caller, query).await?, place)
}

/// Refuses a query that names what is known not to exist; a search of a part of all alerts lets through what may.
///
/// # Errors
/// 400 as [`check_known`].
pub(super) async fn check_known_so_far(
    caller: &UserCaller,
    query: &AlertQuery,
    place: &str,
) -> Result<(), Problem> {
    if names_nothing(query) {
        return Ok(());
    }
    refuse(&unknown(caller, query).await?, place)
}

fn names_nothing(query: &AlertQuery) -> bool {
    let asks = [&query.state, &query.team, &query.rule, &query.incident_type];
    asks.iter().all(|values| values.is_empty())
}

fn refuse(unknown: &[UnknownValue], place: &str) -> Result<(), Problem> {
    if unknown.is_empty() {
        return Ok(());
    }
    let each = unknown.iter().map(|value| format!("{place}{value}"));
    Err(Problem::bad_request(each.collect::<Vec<_>>().join(". ")))
}
