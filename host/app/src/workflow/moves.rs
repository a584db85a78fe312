//! Where alerts go whose state is not as it was.

use std::collections::BTreeMap;

use domain::alert::{Alert, Workflow};

use super::PutWorkflowError;
use crate::request::{FieldFault, Invalid};
use engine::lane::{Actor, Change, LaneError, WholeIndex};

/// The most alerts that a change of the workflow moves: all of them in one change of the lane.
pub(super) const MAX_MOVED: usize = 20_000;

/// For each state that vanishes: the state that its alerts go to.
pub(super) struct Moves(pub(super) BTreeMap<String, String>);

impl Moves {
    /// Checks that they lead from states that vanish to states that there are.
    ///
    /// # Errors
    /// With all that is wrong with them.
    pub(super) fn check(&self, old: &Workflow, new: &Workflow) -> Result<(), Invalid> {
        let mut faults = Vec::new();
        let mut add = |from: &str, reason: &str, detail: String| {
            faults.push(FieldFault {
                field: format!("moves.{from}"),
                reason: reason.to_owned(),
                detail,
            });
        };
        for (from, to) in &self.0 {
            if new.state(from).is_some() {
                let detail = format!("the state '{from}' stays, and its alerts stay in it");
                add(from, "not_vanishing", detail);
            } else if old.state(from).is_none() {
                let detail = format!("there was no state '{from}'");
                add(from, "no_such_state", detail);
            }
            if new.state(to).is_none() {
                let states: Vec<&str> = new.states().iter().map(|state| &*state.name).collect();
                let states = states.join(", ");
                let detail = format!("the workflow has no state '{to}'; it has {states}");
                add(from, "no_such_state", detail);
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        let detail = "'moves' has faults".to_owned();
        Err(Invalid { detail, faults })
    }
}

/// Alerts, each with the state that it goes to.
pub(super) type Going = Vec<(Alert, String)>;

/// The alerts whose state vanishes, or stays and becomes one that is closed or is so no more.
///
/// # Errors
/// Where it is not said where they go, they are too many, or one cannot be read.
pub(super) fn going(
    change: &Change<'_>,
    whole: &WholeIndex,
    old: &Workflow,
    new: &Workflow,
    moves: &Moves,
) -> Result<Going, PutWorkflowError> {
    let (mut stranded, mut ids) = (Vec::new(), Vec::new());
    for state in old.states() {
        let to = match new.state(&state.name) {
            Some(kept) if kept.closed == state.closed => continue,
            Some(kept) => Some(&kept.name),
            None => moves.0.get(&state.name),
        };
        let found = change.alerts_in_state(whole, &state.name);
        match to {
            Some(to) => ids.extend(found.into_iter().map(|id| (id, to.clone()))),
            None if found.is_empty() => {}
            None => stranded.push(format!("'{}' ({})", state.name, alerts(found.len()))),
        }
    }
    if !stranded.is_empty() {
        return Err(PutWorkflowError::Stranded(stranded.join(", ")));
    }
    if ids.len() > MAX_MOVED {
        return Err(PutWorkflowError::TooManyMoved(ids.len()));
    }
    let mut going = Vec::with_capacity(ids.len());
    for (id, to) in ids {
        let alert = change.alert(id).map_err(LaneError::from)?;
        going.extend(alert.map(|alert| (alert, to)));
    }
    Ok(going)
}

/// Moves alerts, whatever the transitions say.
pub(super) fn go(change: &mut Change<'_>, going: Going, workflow: &Workflow, actor: &Actor) {
    for (mut alert, to) in going {
        alert.enter(&to, workflow, change.at());
        change.audit(actor, "alert.move", alert.id.to_string());
        change.put_alert(alert);
    }
}

fn alerts(count: usize) -> String {
    match count {
        1 => "1 alert".to_owned(),
        count => format!("{count} alerts"),
    }
}
