//! The workflow, as the API writes and reads it.

use std::collections::BTreeMap;

use domain::alert::{State, Workflow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use app::workflow::{NewTransition, NewWorkflow};

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
#[schemars(rename = "NewWorkflow")]
pub(super) struct NewWorkflowBody {
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

impl From<NewWorkflowBody> for NewWorkflow {
    fn from(body: NewWorkflowBody) -> Self {
        let states = body.states.into_iter().map(|state| State {
            name: state.name,
            title: state.title,
            initial: state.initial,
            closed: state.closed,
        });
        let transitions = body.transitions.into_iter();
        let transitions = transitions.map(|transition| NewTransition {
            source: transition.source,
            destination: transition.destination,
            condition: transition.condition,
        });
        Self {
            states: states.collect(),
            transitions: transitions.collect(),
            moves: body.moves,
        }
    }
}
