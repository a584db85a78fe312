//! The workflow of a tenant's alerts.

use std::sync::{Arc, LazyLock, OnceLock};

use domain::alert::{State, Transition, Workflow};
use domain::guard::Guard;
use serde::{Deserialize, Serialize};

use super::Definitions;

/// The key of the one workflow that a tenant has.
const KEY: &str = "workflow";

/// The workflow of a tenant that defined none.
static DEFAULT: LazyLock<Arc<Workflow>> = LazyLock::new(Arc::default);

/// A tenant's workflow as the store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkflowRecord {
    /// In the order in which they are shown.
    states: Vec<StateRecord>,
    transitions: Vec<TransitionRecord>,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// 1 for the first, rising by one with each change; the `ETag`.
    pub version: u64,
    #[serde(skip)]
    compiled: OnceLock<Arc<Workflow>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StateRecord {
    name: String,
    title: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    initial: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TransitionRecord {
    source: String,
    destination: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
}

impl WorkflowRecord {
    /// The record of a checked workflow.
    pub fn of(workflow: Arc<Workflow>, updated_at: i64, version: u64) -> Self {
        let states = workflow.states().iter().map(|state| StateRecord {
            name: state.name.clone(),
            title: state.title.clone(),
            initial: state.initial,
            closed: state.closed,
        });
        let transitions = workflow.transitions().iter();
        let transitions = transitions.map(|transition| TransitionRecord {
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
            updated_at,
            version,
            compiled: workflow.clone().into(),
        }
    }

    pub(super) fn definition_key(&self) -> String {
        KEY.to_owned()
    }

    /// The workflow, with its conditions compiled once.
    ///
    /// # Panics
    /// Where the record is not what [`WorkflowRecord::of`] made: the store's own check sums exclude that.
    pub fn compiled(&self) -> Arc<Workflow> {
        let compile = || {
            let states = self.states.iter().map(|record| State {
                name: record.name.clone(),
                title: record.title.clone(),
                initial: record.initial,
                closed: record.closed,
            });
            let transitions = self.transitions.iter().map(|record| Transition {
                source: record.source.clone(),
                destination: record.destination.clone(),
                condition: record.condition.as_deref().map(|source| {
                    Guard::new(source).expect("a stored condition was checked before it was stored")
                }),
            });
            Workflow::new(states.collect(), transitions.collect())
                .map(Arc::new)
                .expect("a stored workflow was checked before it was stored")
        };
        self.compiled.get_or_init(compile).clone()
    }
}

impl Definitions {
    /// The workflow in force, and its version: 0 where the tenant defined none.
    pub fn workflow_version(&self) -> (Arc<Workflow>, u64) {
        match self.workflows.get(KEY) {
            Some(record) => (record.compiled(), record.version),
            None => (DEFAULT.clone(), 0),
        }
    }

    /// The workflow in force.
    pub fn workflow(&self) -> Arc<Workflow> {
        self.workflow_version().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_read_as_it_was_written() {
        let state = |name: &str, initial, closed| State {
            name: name.to_owned(),
            title: name.to_uppercase(),
            initial,
            closed,
        };
        let transition = |condition: Option<&str>| Transition {
            source: "a".to_owned(),
            destination: "b".to_owned(),
            condition: condition.map(|source| Guard::new(source).expect("a condition")),
        };
        let states = vec![state("a", true, false), state("b", false, true)];
        for condition in [None, Some("alert.score > 3\n")] {
            let workflow = Workflow::new(states.clone(), vec![transition(condition)]);
            let workflow = Arc::new(workflow.expect("a workflow"));
            let written = serde_json::to_vec(&WorkflowRecord::of(workflow.clone(), 7, 2));
            let written = written.expect("only string keys");
            let read: WorkflowRecord = serde_json::from_slice(&written).expect("the same form");
            assert_eq!((read.compiled(), read.version), (workflow, 2));
        }
    }
}
