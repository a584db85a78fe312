//! What changed of an alert since somebody read it.

use domain::alert::{Alert, Viewer};

use super::history::{Difference, differences_of_alerts};
use crate::request::expected::Versions;
use crate::request::{Expected, Stale, Version};
use engine::lane::Change;
use store::StoreError;

/// An alert is not the version that a change is meant for.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{stale}")]
pub struct StaleAlert {
    /// What is wrong.
    pub stale: Stale,
    /// Each field that changed since the version that the caller knows, where that is known.
    pub changes: Vec<Difference>,
}

/// Checks that an alert is as the caller thinks it is.
///
/// # Errors
/// Where it is not, with each field that changed since the version that the caller knows.
pub(super) fn check_fresh(
    change: &Change<'_>,
    alert: &Alert,
    expected: &Expected,
    viewer: Viewer,
) -> Result<(), super::TargetError> {
    let Err(stale) = expected.check(Some(Version::Number(alert.version))) else {
        return Ok(());
    };
    let changes = changes(change, alert, expected, viewer)?;
    Err(StaleAlert { stale, changes }.into())
}

fn changes(
    change: &Change<'_>,
    alert: &Alert,
    expected: &Expected,
    viewer: Viewer,
) -> Result<Vec<Difference>, StoreError> {
    let Some(Versions::These(known)) = &expected.one_of else {
        return Ok(Vec::new());
    };
    let numbers = known.iter().filter_map(|version| match version {
        Version::Number(number) => Some(*number),
        Version::Pending(_) | Version::Content(_) => None,
    });
    let Some(number) = numbers.into_iter().next() else {
        return Ok(Vec::new());
    };
    let known = change.alert_in_version(alert.id, number)?;
    let disclosure = change.disclosure(viewer);
    Ok(known.map_or(Vec::new(), |known| {
        differences_of_alerts(Some(&known), alert, &disclosure)
    }))
}
