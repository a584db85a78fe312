//! The workflow, as the API writes and reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alert::{State, Transition, Workflow, WorkflowFault};
use domain::guard::Guard;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moves::Moves;
use crate::http::{Problem, ProblemError};

/// The workflow of alerts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Workflow")]
pub(super) struct WorkflowBody {
    /// In the order in which they are shown.
    states: Vec<StateBody>,
    /// All moves that are allowed.
    transitions: Vec<TransitionBody>,
}

/// A workflow to put.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewWorkflow {
    /// 1 to 50; one of them is initial.
    states: Vec<StateBody>,
    /// At most 500.
    transitions: Vec<TransitionBody>,
    /// For each state that vanishes while alerts are in it: the state that they go to.
    #[serde(default)]
    moves: BTreeMap<String, String>,
}

/// A state of alerts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WorkflowState")]
struct StateBody {
    /// 1 to 40 characters of a-z, 0-9 and `_`.
    #[schemars(regex(pattern = r"^[a-z0-9_]{1,40}$"))]
    name: String,
    /// For people; 1 to 200 characters.
    title: String,
    /// New alerts are in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    initial: bool,
    /// Alerts in it count as done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
}

/// A move from one state to another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WorkflowTransition")]
struct TransitionBody {
    source: String,
    destination: String,
    /// A Python expression of at most 4096 bytes; the move is allowed where it is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
}

impl WorkflowBody {
    pub(super) fn of(workflow: &Workflow) -> Self {
        let states = workflow.states().iter().map(|state| StateBody {
            name: state.name.clone(),
            title: state.title.clone(),
            initial: state.initial,
            closed: state.closed,
        });
        let transitions = workflow.transitions().iter();
        let transitions = transitions.map(|transition| TransitionBody {
            source: transition.source.clone(),
            destination: transition.destination.clone(),
            condition: transition
                .condition
                .as_ref()
                .map(|guard| guard.source().to_owned()),
        });
        Self {
            states: states.collect(),
            transitions: transitions.collect(),
        }
    }
}

impl NewWorkflow {
    /// The workflow, with its conditions compiled.
    ///
    /// # Errors
    /// 422 with all that is wrong with it.
    pub(super) fn checked(self) -> Result<(Arc<Workflow>, Moves), Problem> {
        let mut errors = Vec::new();
        let states = self.states.into_iter().map(|state| State {
            name: state.name,
            title: state.title,
            initial: state.initial,
            closed: state.closed,
        });
        let mut transitions = Vec::with_capacity(self.transitions.len());
        for (place, transition) in self.transitions.into_iter().enumerate() {
            let condition = transition.condition.as_deref().map(Guard::new);
            let condition = condition.transpose().unwrap_or_else(|refusal| {
                errors.push(ProblemError {
                    field: format!("transitions[{place}].condition"),
                    reason: "invalid_condition".to_owned(),
                    detail: refusal.to_string(),
                });
                None
            });
            transitions.push(Transition {
                source: transition.source,
                destination: transition.destination,
                condition,
            });
        }
        let workflow = Workflow::new(states.collect(), transitions).map_err(|faults| {
            errors.extend(faults.into_iter().map(of_fault));
        });
        match workflow {
            Ok(workflow) if errors.is_empty() => Ok((Arc::new(workflow), Moves(self.moves))),
            _ => {
                let detail = "the workflow has faults; 'errors' names each";
                Err(Problem::unprocessable(detail, errors))
            }
        }
    }
}

fn of_fault(fault: WorkflowFault) -> ProblemError {
    ProblemError {
        field: fault.field,
        reason: fault.reason.to_owned(),
        detail: fault.detail,
    }
}
