//! Filters whose values must be known: of states, teams, rules and alert types.
//!
//! What is defined is known at once; what only stored alerts have is known when their index is whole.

use std::sync::Arc;

use super::filters::{AlertFilters, MAX_TEXT_BYTES, MYSELF};
use crate::App;
use crate::alert_index::{NotWhole, whole_index};
use crate::blocking::{Panicked, ReadError, blocking};
use crate::caller::Caller;
use engine::alert::AlertQuery;
use engine::lane::{LaneError, UnknownValue, unknown_values};

/// Why alerts cannot be filtered so.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The text is too long.
    #[error("the text that is sought must have at most {MAX_TEXT_BYTES} bytes")]
    TextTooLong,
    /// Values are neither defined nor occur among the tenant's alerts.
    #[error("{}", sentences(.0, ""))]
    Unknown(Vec<UnknownValue>),
    /// It cannot be known in time whether they occur.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// The alerts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<LaneError> for FilterError {
    fn from(error: LaneError) -> Self {
        Self::Read(error.into())
    }
}

impl From<Panicked> for FilterError {
    fn from(error: Panicked) -> Self {
        Self::Read(error.into())
    }
}

/// A sentence for each unknown value. `place` says where the filters stand, before their names.
pub fn sentences(unknown: &[UnknownValue], place: &str) -> String {
    let each = unknown.iter().map(|value| format!("{place}{value}"));
    each.collect::<Vec<_>>().join(". ")
}

/// What the index is asked for now.
///
/// # Errors
/// Where a filter names a state, a team, a rule or an alert type that there is not, or the text is too long.
pub(super) async fn query(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
) -> Result<AlertQuery, FilterError> {
    if filters.text.len() > MAX_TEXT_BYTES {
        return Err(FilterError::TextTooLong);
    }
    let closed = caller.definitions().workflow().closed_states();
    let mut query = filters.query(app.services.clock.now(), closed, caller.viewer());
    for user in query.user_id.iter_mut().flatten() {
        if user == MYSELF {
            *user = caller.id.to_string();
        }
    }
    check_known_so_far(caller, &query).await?;
    Ok(query)
}

/// Refuses filters that a search would refuse.
///
/// # Errors
/// Where a filter names a state, a team, a rule or an alert type that there is not, or the text is too long.
pub async fn check_filters(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
) -> Result<(), FilterError> {
    query(app, caller, filters).await.map(drop)
}

/// The values of a query that are neither defined nor occur among the tenant's alerts; none as long as that is not known.
///
/// # Errors
/// Where the lane cannot be loaded.
pub async fn unknown(caller: &Caller, query: &AlertQuery) -> Result<Vec<UnknownValue>, ReadError> {
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

async fn look(caller: &Caller, query: &AlertQuery) -> Result<Looked, ReadError> {
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

/// Refuses a query that names what does not exist.
///
/// # Errors
/// Where a value is unknown, or it cannot be known in time.
pub async fn check_known(caller: &Caller, query: &AlertQuery) -> Result<(), FilterError> {
    if names_nothing(query) {
        return Ok(());
    }
    if let Looked::Known(unknown) = look(caller, query).await? {
        return refuse(unknown);
    }
    whole_index(caller).await?;
    refuse(unknown(caller, query).await?)
}

/// Refuses a query that names what is known not to exist; a search of a part of all alerts lets through what may.
///
/// # Errors
/// Where a value is unknown.
pub async fn check_known_so_far(caller: &Caller, query: &AlertQuery) -> Result<(), FilterError> {
    if names_nothing(query) {
        return Ok(());
    }
    refuse(unknown(caller, query).await?)
}

fn names_nothing(query: &AlertQuery) -> bool {
    let asks = [&query.state, &query.team, &query.rule, &query.incident_type];
    asks.iter().all(|values| values.is_empty())
}

fn refuse(unknown: Vec<UnknownValue>) -> Result<(), FilterError> {
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(FilterError::Unknown(unknown)),
    }
}
