//! Filters whose values must be known: of states, teams, rules and alert types.

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::alert::AlertQuery;
use crate::http::Problem;
use crate::lane::{UnknownValue, unknown_values};

/// The values of a query that are neither defined nor occur among the tenant's alerts.
///
/// # Errors
/// Where the lane cannot be loaded.
pub(super) async fn unknown(
    caller: &UserCaller,
    query: &AlertQuery,
) -> Result<Vec<UnknownValue>, Problem> {
    caller.position().await?;
    let (lane, query) = (caller.lane.clone(), query.clone());
    let definitions = caller.definitions();
    blocking(move || lane.search(|index| unknown_values(&query, &definitions, index))).await
}

/// Refuses a query that names what does not exist. `place` says where its filters stand, before their names.
///
/// # Errors
/// 400 that names each unknown value, and the known one that is most like it.
pub(super) async fn check_known(
    caller: &UserCaller,
    query: &AlertQuery,
    place: &str,
) -> Result<(), Problem> {
    let asks = [&query.state, &query.team, &query.rule, &query.incident_type];
    if asks.iter().all(|values| values.is_empty()) {
        return Ok(());
    }
    let unknown = unknown(caller, query).await?;
    if unknown.is_empty() {
        return Ok(());
    }
    let each = unknown.iter().map(|value| format!("{place}{value}"));
    Err(Problem::bad_request(each.collect::<Vec<_>>().join(". ")))
}
