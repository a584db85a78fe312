//! Taking the next alert to work on, so that two people never take the same one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::filters::AlertFilters;
use super::known::{FilterError, query};
use super::read::{ReadAlertError, read_as_of};
use super::seen::FullAlert;
use crate::App;
use crate::alert_index;
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::once::RepeatError;
use crate::request::{Once, Replayable};
use domain::alert::{Alert, AlertChange, AlertId};
use domain::rule::Level;
use engine::alert::index::{Sort, SortKey};
use engine::alert::{AlertIndex, AlertQuery};
use engine::lane::{Change, LaneError};
use tenant::Permission;

/// How many alerts are looked at in one turn of the lane: others may take the first of them in the meantime.
const CANDIDATES: usize = 64;

/// Why no alert was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeNextError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The alerts cannot be searched.
    #[error(transparent)]
    Search(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// It was taken, and cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadAlertError),
}

from_store_error!(TakeNextError);

/// What was taken, and at which place of the tenant's order.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Taken {
    alert: Option<AlertId>,
    position: u64,
}

impl Replayable for Taken {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Assigns the most urgent open alert that nobody has to the caller, of those that the filters let through: the one with
/// the highest priority, among those the worst, then the one due first, then the oldest. None if every open alert
/// that the filters let through is assigned.
///
/// # Errors
/// Where the caller may not, or a filter names what there is not.
pub async fn take_next(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
    once: Once,
) -> Result<Option<FullAlert>, TakeNextError> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::AlertWrite)?;
    let asked = query(app, caller, filters).await?;
    let workflow = caller.definitions().workflow();
    let open = workflow.states().iter().filter(|state| !state.closed);
    let open = open.map(|state| state.name.clone());
    let is_asked = |state: &String| asked.state.is_empty() || asked.state.contains(state);
    let open: Vec<String> = open.filter(is_asked).collect();
    if open.is_empty() {
        return Ok(None);
    }
    let query = AlertQuery {
        state: open,
        user_id: vec![None],
        ..asked
    };
    let candidates = alert_index::search(caller, move |index| urgent(index, &query));
    let (candidates, _) = candidates.await?;
    let (actor, user) = (caller.actor(), caller.id.to_string());
    let take = move |change: &mut Change<'_>| {
        let mut taken = None;
        for id in candidates {
            let Some(mut alert) = change.alert(id)?.filter(|alert| is_free(change, alert)) else {
                continue;
            };
            let mine = AlertChange {
                user_id: Some(Some(user)),
                ..AlertChange::default()
            };
            if alert.change(mine, change.at()).is_ok_and(|changed| changed) {
                change.audit(&actor, "alert.change", id.to_string());
                change.put_alert(alert);
                taken = Some(id);
            }
            break;
        }
        Ok(Taken {
            alert: taken,
            position: change.position(),
        })
    };
    let taken: Taken = once.make::<_, TakeNextError, _>(caller, take).await?;
    match taken.alert {
        Some(alert) => Ok(Some(read_as_of(app, caller, alert, taken.position).await?)),
        None => Ok(None),
    }
}

/// The most urgent alerts of a search, the most urgent first.
fn urgent(index: &AlertIndex, query: &AlertQuery) -> Vec<AlertId> {
    let sort = Sort {
        by: SortKey::DueDate,
        descending: false,
    };
    let mut found = Vec::with_capacity(CANDIDATES);
    for priority in high_to_low(&query.priority) {
        for severity in high_to_low(&query.severity) {
            let query = AlertQuery {
                priority: vec![priority],
                severity: vec![severity],
                ..query.clone()
            };
            let page = index.page(&query, sort, None, CANDIDATES - found.len());
            found.extend(page.iter().map(|place| place.id));
            if found.len() == CANDIDATES {
                return found;
            }
        }
    }
    found
}

/// The levels that are asked for, or all, from high to low.
fn high_to_low(asked: &[Level]) -> impl Iterator<Item = Level> {
    let is_asked = |level: &Level| asked.is_empty() || asked.contains(level);
    Level::ALL.into_iter().rev().filter(is_asked)
}

/// Whether nobody took the alert since it was found.
fn is_free(change: &Change<'_>, alert: &Alert) -> bool {
    let workflow = change.definitions().workflow();
    alert.user_id.is_none() && alert.merged_into.is_none() && !workflow.is_closed(&alert.state)
}
