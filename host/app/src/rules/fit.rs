//! Why a rule cannot be installed, or tried, for a team.

use crate::misfit::{Against, misfits};
use crate::request::{FieldFault, Invalid};
use domain::window::{PlanFault, PlanTooExpensive};
use tenant::Definitions;

/// Refuses watchlists that do not exist.
///
/// # Errors
/// Names the first one.
pub fn check_lists(definitions: &Definitions, rule: &str, lists: &[String]) -> Result<(), Invalid> {
    let missing = lists
        .iter()
        .find(|list| definitions.lists.get(list).is_none());
    missing.map_or(Ok(()), |list| {
        Err(Invalid::new(format!(
            "rule '{rule}' reads the list '{list}', which does not exist; make it first"
        )))
    })
}

/// Says that the inputs of a rule cost more than they may.
pub fn too_expensive(rule: &str, expensive: &PlanTooExpensive) -> Invalid {
    let detail =
        format!("rule '{rule}' {expensive}; the operator sets the limit: lanes.max_plan_price");
    Invalid::field("config", "too_expensive", detail)
}

/// Says how a rule's plan does not fit the payload schema of its team.
pub fn does_not_fit(rule: &str, team: &str, faults: &[PlanFault]) -> Invalid {
    let misfits = misfits(rule, team, Against::Current, faults);
    let faults = misfits.into_iter().map(|detail| FieldFault {
        field: "config".to_owned(),
        reason: "does_not_fit".to_owned(),
        detail,
    });
    Invalid {
        detail: format!("rule '{rule}' does not fit the payload schema of team '{team}'"),
        faults: faults.collect(),
    }
}
