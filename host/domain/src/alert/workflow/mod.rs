//! The states of alerts, and the moves between them.

mod faults;
#[cfg(test)]
mod tests;

pub use faults::{MAX_STATE_NAME, MAX_STATE_TITLE, MAX_STATES, MAX_TRANSITIONS, WorkflowFault};

use crate::guard::{Fault, Guard, Value};

/// A state that an alert can be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// As `state` has it.
    pub name: String,
    /// For people.
    pub title: String,
    /// New alerts are in it.
    pub initial: bool,
    /// Alerts in it count as done.
    pub closed: bool,
}

/// A move that the workflow allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// From this state.
    pub source: String,
    /// To this one.
    pub destination: String,
    /// Only where this holds.
    pub condition: Option<Guard>,
}

/// The states of alerts, and the moves between them, as [`Workflow::new`] checked them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    states: Vec<State>,
    transitions: Vec<Transition>,
    /// Which of the states new alerts are in.
    initial: usize,
}

/// Why an alert cannot be moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum MoveError {
    #[error("the workflow has no state {to:?}; it has {}", states.join(", "))]
    NoSuchState { to: String, states: Vec<String> },
    #[error(
        "the workflow has no transition from {from:?} to {to:?}; {}",
        ways(from, destinations)
    )]
    NoSuchTransition {
        from: String,
        to: String,
        destinations: Vec<String>,
    },
}

/// Why a transition's condition lets nobody through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Denial {
    #[error("the transition's condition does not hold: {condition}")]
    DoesNotHold { condition: String },
    #[error("the transition's condition cannot be evaluated: {fault}: {condition}")]
    Failed { condition: String, fault: Fault },
}

fn ways(from: &str, destinations: &[String]) -> String {
    match destinations {
        [] => format!("from {from:?} it goes nowhere"),
        some => format!("from {from:?} it goes to {}", some.join(", ")),
    }
}

impl Default for Workflow {
    /// `open`, `in_progress` and `closed`, and every move between two of them.
    fn default() -> Self {
        let state = |name: &str, title: &str, initial, closed| State {
            name: name.to_owned(),
            title: title.to_owned(),
            initial,
            closed,
        };
        let transition = |(source, destination): (&str, &str)| Transition {
            source: source.to_owned(),
            destination: destination.to_owned(),
            condition: None,
        };
        Self {
            states: vec![
                state("open", "Open", true, false),
                state("in_progress", "In progress", false, false),
                state("closed", "Closed", false, true),
            ],
            transitions: [
                ("open", "in_progress"),
                ("in_progress", "open"),
                ("open", "closed"),
                ("closed", "open"),
                ("closed", "in_progress"),
                ("in_progress", "closed"),
            ]
            .map(transition)
            .into(),
            initial: 0,
        }
    }
}

impl Transition {
    /// Whether its condition lets through who looks at this alert.
    ///
    /// # Errors
    /// Where it does not hold, or cannot be evaluated.
    pub fn admit(&self, alert: &Value, security: &Value) -> Result<(), Denial> {
        let Some(guard) = &self.condition else {
            return Ok(());
        };
        let condition = guard.source().to_owned();
        match guard.evaluate(alert, security) {
            Ok(value) if value.is_true() => Ok(()),
            Ok(_) => Err(Denial::DoesNotHold { condition }),
            Err(fault) => Err(Denial::Failed { condition, fault }),
        }
    }
}

impl Workflow {
    /// A workflow of these states and transitions.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn new(
        states: Vec<State>,
        transitions: Vec<Transition>,
    ) -> Result<Self, Vec<WorkflowFault>> {
        let faults = faults::faults(&states, &transitions);
        match states.iter().position(|state| state.initial) {
            Some(initial) if faults.is_empty() => Ok(Self {
                states,
                transitions,
                initial,
            }),
            _ => Err(faults),
        }
    }

    /// The states, in the order in which they are shown.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// All moves that are allowed.
    pub fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// The state that new alerts are in.
    pub fn initial(&self) -> &str {
        &self.states[self.initial].name
    }

    /// The state of this name.
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// Whether alerts in this state count as done.
    pub fn is_closed(&self, name: &str) -> bool {
        self.state(name).is_some_and(|state| state.closed)
    }

    /// The states in which alerts count as done.
    pub fn closed_states(&self) -> Vec<String> {
        let closed = self.states.iter().filter(|state| state.closed);
        closed.map(|state| state.name.clone()).collect()
    }

    /// The moves from a state.
    pub fn transitions_from(&self, from: &str) -> impl Iterator<Item = &Transition> {
        let all = self.transitions.iter();
        all.filter(move |transition| transition.source == from)
    }

    /// The move from one state to another, whatever its condition.
    ///
    /// # Errors
    /// Where there is none.
    pub fn transition(&self, from: &str, to: &str) -> Result<&Transition, MoveError> {
        if self.state(to).is_none() {
            let states = self.states.iter().map(|state| state.name.clone());
            return Err(MoveError::NoSuchState {
                to: to.to_owned(),
                states: states.collect(),
            });
        }
        let found = self
            .transitions_from(from)
            .find(|transition| transition.destination == to);
        found.ok_or_else(|| {
            let ways = self.transitions_from(from);
            MoveError::NoSuchTransition {
                from: from.to_owned(),
                to: to.to_owned(),
                destinations: ways.map(|way| way.destination.clone()).collect(),
            }
        })
    }
}
