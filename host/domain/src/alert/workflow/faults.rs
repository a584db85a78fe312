//! What is wrong with a workflow.

use super::{State, Transition};

/// The most states of a workflow.
pub const MAX_STATES: usize = 50;
/// The most transitions of a workflow.
pub const MAX_TRANSITIONS: usize = 500;
/// The longest name of a state, in characters.
pub const MAX_STATE_NAME: usize = 40;
/// The longest title of a state, in characters.
pub const MAX_STATE_TITLE: usize = 200;

/// One fault of a workflow. All are reported, not the first alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowFault {
    /// Which member, such as `states[1].name`.
    pub field: String,
    /// What kind of fault, such as `duplicate`.
    pub reason: &'static str,
    /// A sentence for the person who mends it.
    pub detail: String,
}

/// All that is wrong with a workflow.
pub(super) fn faults(states: &[State], transitions: &[Transition]) -> Vec<WorkflowFault> {
    let mut faults = Faults::default();
    let (count, most) = (states.len(), MAX_STATES);
    if !(1..=most).contains(&count) {
        let detail = format!("a workflow has 1 to {most} states; this one has {count}");
        faults.add("states", "count", detail);
    }
    let (count, most) = (transitions.len(), MAX_TRANSITIONS);
    if count > most {
        let detail = format!("a workflow has at most {most} transitions; this one has {count}");
        faults.add("transitions", "count", detail);
    }
    if !faults.0.is_empty() {
        return faults.0;
    }
    for (place, state) in states.iter().enumerate() {
        faults.of_state(place, state, &states[..place]);
    }
    if !states.iter().any(|state| state.initial) {
        let detail = "one state must be 'initial': the one that new alerts are in";
        faults.add("states", "initial", detail);
    }
    for (place, transition) in transitions.iter().enumerate() {
        faults.of_transition(place, transition, states, &transitions[..place]);
    }
    faults.0
}

#[derive(Default)]
struct Faults(Vec<WorkflowFault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, reason: &'static str, detail: impl Into<String>) {
        self.0.push(WorkflowFault {
            field: field.into(),
            reason,
            detail: detail.into(),
        });
    }

    fn of_state(&mut self, place: usize, state: &State, before: &[State]) {
        let name = &state.name;
        let field = |member: &str| format!("states[{place}].{member}");
        let is_good = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(1..=MAX_STATE_NAME).contains(&name.len()) || !name.bytes().all(is_good) {
            let detail = format!(
                "a state's name has 1 to {MAX_STATE_NAME} characters, only a-z, 0-9 and '_'"
            );
            self.add(field("name"), "name", detail);
        } else if before.iter().any(|other| other.name == *name) {
            self.add(
                field("name"),
                "duplicate",
                format!("there are two states '{name}'"),
            );
        }
        let title = &state.title;
        if !(1..=MAX_STATE_TITLE).contains(&title.chars().count())
            || title.chars().any(char::is_control)
        {
            let detail = format!(
                "a state's title has 1 to {MAX_STATE_TITLE} characters and no control characters"
            );
            self.add(field("title"), "title", detail);
        }
        if state.initial
            && let Some(other) = before.iter().find(|other| other.initial)
        {
            let detail = format!(
                "only one state is 'initial', and '{}' is already",
                other.name
            );
            self.add(field("initial"), "initial", detail);
        }
        if state.initial && state.closed {
            let detail = "new alerts are not done: the initial state is not 'closed'";
            self.add(field("closed"), "initial", detail);
        }
    }

    fn of_transition(
        &mut self,
        place: usize,
        transition: &Transition,
        states: &[State],
        before: &[Transition],
    ) {
        let Transition {
            source,
            destination,
            ..
        } = transition;
        for (member, name) in [("source", source), ("destination", destination)] {
            if !states.iter().any(|state| state.name == *name) {
                let names: Vec<&str> = states.iter().map(|state| &*state.name).collect();
                let detail = format!(
                    "the workflow has no state '{name}'; it has {}",
                    names.join(", ")
                );
                self.add(
                    format!("transitions[{place}].{member}"),
                    "no_such_state",
                    detail,
                );
            }
        }
        let is_same =
            |other: &Transition| other.source == *source && other.destination == *destination;
        if before.iter().any(is_same) {
            let detail = format!(
                "there are two transitions from '{source}' to '{destination}'; make one of their conditions"
            );
            self.add(format!("transitions[{place}]"), "duplicate", detail);
        }
    }
}
