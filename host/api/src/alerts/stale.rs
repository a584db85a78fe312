//! What changed of an alert since a client read it.

use domain::alert::{Alert, Viewer};

use super::history::{Difference, of_alerts};
use crate::http::{ETag, Preconditions, Problem, ProblemError};
use engine::lane::Change;

/// Checks that an alert is as the client thinks it is.
///
/// # Errors
/// 412, with each field that changed since the version that the client knows.
pub(super) fn check_fresh(
    change: &Change<'_>,
    alert: &Alert,
    preconditions: &Preconditions,
    viewer: Viewer,
) -> Result<(), Problem> {
    let Err(stale) = preconditions.check(Some(&ETag::of_version(alert.version))) else {
        return Ok(());
    };
    let known = preconditions.known_version();
    let known = known.map(|version| change.alert_in_version(alert.id, version));
    let Some(known) = known.transpose()?.flatten() else {
        return Err(stale);
    };
    let changes = of_alerts(Some(&known), alert, &change.disclosure(viewer));
    Err(stale.with_errors(changes.into_iter().map(told).collect()))
}

fn told(change: Difference) -> ProblemError {
    let detail = match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("was {from}, and is {to} now"),
        _ => "is another now".to_owned(),
    };
    ProblemError {
        field: change.field,
        reason: "changed".to_owned(),
        detail,
    }
}
