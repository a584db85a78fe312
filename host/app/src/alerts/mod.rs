//! Alerts: what analysts work on.
//!
//! In reading order:
//!
//! - [`seen`]: an alert as its reader sees it, with the [`meanings`] of its evidence; [`read`] one, [`search`] them by [`filters`], and find its
//!   [`neighbours`] in a list;
//! - [`create`], [`change`], [`take_next`], [`transitions`] through the workflow, [`merge`];
//! - [`comments`], [`tasks`] and [`documents`], the parts of an alert;
//! - [`history`]: what became of an alert, and who did it;
//! - [`bulk`]: the same change of many alerts; [`export`]: a file of alerts, made at once on request.
//!
//! What leaves this module shows its caller no more than the caller may see.

pub mod bulk;
pub mod change;
pub mod comments;
mod conditions;
pub mod create;
pub mod documents;
pub mod export;
pub mod filters;
pub mod history;
mod info;
mod known;
mod labels;
pub mod meanings;
pub mod merge;
pub mod neighbours;
mod parts;
pub mod read;
pub mod search;
pub mod seen;
mod stale;
pub mod take_next;
pub mod tasks;
pub mod transitions;

use crate::request::Expected;
use domain::alert::{Alert, AlertId, Viewer};
use engine::lane::{Change, LaneError};
use store::StoreError;

pub use info::InfoError;
pub use known::{FilterError, check_filters, check_known, check_known_so_far, sentences, unknown};
pub use parts::{NewPartError, NoSuchPart, PartError, PersonView, TooManyVersions};
pub use stale::StaleAlert;

/// The tenant has no alert of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no alert {0}")]
pub struct NoSuchAlert(pub AlertId);

/// The alert was merged into another, and only that one can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("alert {alert} was merged into alert {into}; change that one, or take the merge back")]
pub struct MergedAway {
    /// The alert.
    pub alert: AlertId,
    /// The one that holds it.
    pub into: AlertId,
}

/// Why an alert cannot be changed, whatever the change.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// It was merged into another.
    #[error(transparent)]
    MergedAway(#[from] MergedAway),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] StaleAlert),
    /// It cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl From<StoreError> for TargetError {
    fn from(error: StoreError) -> Self {
        Self::Lane(error.into())
    }
}

/// Refuses to change an alert that was merged into another.
fn check_not_merged(alert: &Alert) -> Result<(), MergedAway> {
    match alert.merged_into {
        None => Ok(()),
        Some(into) => Err(MergedAway {
            alert: alert.id,
            into: into.alert,
        }),
    }
}

/// The alert in the lane, where it is as the caller thinks it is.
fn find_in(
    change: &Change<'_>,
    id: AlertId,
    expected: &Expected,
    viewer: Viewer,
) -> Result<Alert, TargetError> {
    let alert = change.alert(id)?.ok_or(NoSuchAlert(id))?;
    check_not_merged(&alert)?;
    stale::check_fresh(change, &alert, expected, viewer)?;
    Ok(alert)
}
