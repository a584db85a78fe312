//! Why a rule does not fit its team, in the words of the team.

use domain::payload::FieldType;
use domain::window::PlanFault;

/// Which payload schema of the team a rule does not fit.
#[derive(Clone, Copy, Debug)]
pub enum Against {
    /// The one that it has.
    Current,
    /// One that it would get.
    Proposed,
}

/// A sentence for each field that the rule lacks, and for each other fault of its plan.
pub fn misfits(rule: &str, team: &str, against: Against, faults: &[PlanFault]) -> Vec<String> {
    let sentence = |fault| format!("rule '{rule}' {}", misfit(team, against, fault));
    let mut sentences: Vec<String> = faults.iter().map(sentence).collect();
    // Several inputs may need the same field.
    sentences.dedup();
    sentences
}

fn misfit(team: &str, against: Against, fault: &PlanFault) -> String {
    let PlanFault::Field {
        field,
        needed,
        found,
        ..
    } = fault
    else {
        return fault.to_string();
    };
    let types: Vec<&str> = needed.iter().map(|needed| needed.as_str()).collect();
    let needs = match types.len() < FieldType::ALL.len() {
        true => format!("needs field '{field}' as {}", types.join(" or ")),
        false => format!("needs field '{field}'"),
    };
    match (found, against) {
        (Some(found), Against::Current) => format!("{needs}; team '{team}' has it as {found}"),
        (Some(found), Against::Proposed) => {
            format!("{needs}; team '{team}' would have it as {found}")
        }
        (None, Against::Current) => format!("{needs}; team '{team}' does not have it"),
        (None, Against::Proposed) => format!("{needs}; team '{team}' would not have it"),
    }
}
