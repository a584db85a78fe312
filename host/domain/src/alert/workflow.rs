//! The states of alerts, and the moves between them.

/// A state that an alert can be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// As `state` has it.
    pub name: String,
    /// For people.
    pub title: String,
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
}

/// The states of alerts, and the moves between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The first is the one that new alerts are in.
    pub states: Vec<State>,
    /// All moves that are allowed.
    pub transitions: Vec<Transition>,
}

/// Why an alert cannot be moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum MoveError {
    #[error("the workflow has no state {to:?}; it has {}", states.join(", "))]
    NoSuchState { to: String, states: Vec<String> },
    #[error("the workflow has no transition from {from:?} to {to:?}; from {from:?} it goes to {}", destinations.join(", "))]
    NoSuchTransition {
        from: String,
        to: String,
        destinations: Vec<String>,
    },
}

impl Default for Workflow {
    /// `open`, `in_progress` and `closed`, and every move between two of them.
    fn default() -> Self {
        let state = |name: &str, title: &str, closed| State {
            name: name.to_owned(),
            title: title.to_owned(),
            closed,
        };
        let transition = |(source, destination): (&str, &str)| Transition {
            source: source.to_owned(),
            destination: destination.to_owned(),
        };
        Self {
            states: vec![
                state("open", "Open", false),
                state("in_progress", "In progress", false),
                state("closed", "Closed", true),
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
        }
    }
}

impl Workflow {
    /// The state that new alerts are in.
    pub fn initial(&self) -> &str {
        self.states.first().map_or("open", |state| &state.name)
    }

    /// Whether there is such a state.
    pub fn has_state(&self, name: &str) -> bool {
        self.states.iter().any(|state| state.name == name)
    }

    /// Whether alerts in this state count as done.
    pub fn is_closed(&self, name: &str) -> bool {
        self.states
            .iter()
            .any(|state| state.name == name && state.closed)
    }

    /// Where one can go from a state.
    pub fn destinations<'w>(&'w self, from: &'w str) -> impl Iterator<Item = &'w str> {
        self.transitions
            .iter()
            .filter(move |transition| transition.source == from)
            .map(|transition| transition.destination.as_str())
    }

    /// Checks a move.
    pub fn check(&self, from: &str, to: &str) -> Result<(), MoveError> {
        if !self.states.iter().any(|state| state.name == to) {
            let states = self.states.iter().map(|state| state.name.clone());
            return Err(MoveError::NoSuchState {
                to: to.to_owned(),
                states: states.collect(),
            });
        }
        if self.destinations(from).any(|destination| destination == to) {
            return Ok(());
        }
        Err(MoveError::NoSuchTransition {
            from: from.to_owned(),
            to: to.to_owned(),
            destinations: self.destinations(from).map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_workflow_moves_between_any_two_states() {
        let workflow = Workflow::default();
        let names = ["open", "in_progress", "closed"];
        for from in names {
            for to in names {
                assert_eq!(workflow.check(from, to).is_ok(), from != to, "{from} {to}");
            }
        }
        assert_eq!(workflow.initial(), "open");
        assert!(workflow.is_closed("closed") && !workflow.is_closed("open"));
    }

    #[test]
    fn a_refused_move_says_where_one_can_go() {
        let refusal = Workflow::default().check("open", "done").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the workflow has no state \"done\"; it has open, in_progress, closed"
        );
    }
}
