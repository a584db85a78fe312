//! A workflow as it is typed: of each list the values of one row stand at the same place.

use std::collections::BTreeMap;

use app::workflow::{NewTransition, NewWorkflow};
use domain::alert::{State, Workflow};
use serde::Deserialize;

use crate::failure::Failure;
use crate::text::EN;

/// What a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Initial,
    Between,
    Closed,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Initial, Self::Between, Self::Closed];

    fn of(state: &State) -> Self {
        match (state.initial, state.closed) {
            (true, _) => Self::Initial,
            (false, true) => Self::Closed,
            (false, false) => Self::Between,
        }
    }

    /// What the form sends.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Between => "open",
            Self::Closed => "closed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A workflow, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedWorkflow {
    pub(super) version: u64,
    name: Vec<String>,
    title: Vec<String>,
    kind: Vec<String>,
    from: Vec<String>,
    to: Vec<String>,
    condition: Vec<String>,
    removed: Vec<String>,
    goes_to: Vec<String>,
}

/// The value of a list at a row; empty where the browser sent none.
fn at(list: &[String], row: usize) -> &str {
    list.get(row).map_or("", String::as_str).trim()
}

impl TypedWorkflow {
    pub(super) fn of(workflow: &Workflow, version: u64) -> Self {
        let mut typed = Self {
            version,
            ..Self::default()
        };
        for state in workflow.states() {
            typed.name.push(state.name.clone());
            typed.title.push(state.title.clone());
            typed.kind.push(Kind::of(state).as_str().to_owned());
        }
        for transition in workflow.transitions() {
            let condition = transition.condition.as_ref();
            typed.from.push(transition.source.clone());
            typed.to.push(transition.destination.clone());
            let condition = condition.map_or("", |condition| condition.source());
            typed.condition.push(condition.to_owned());
        }
        typed
    }

    /// The same, meant for another version.
    pub(super) fn meant_for(self, version: u64) -> Self {
        Self { version, ..self }
    }

    /// Name, title and kind of each state that was typed.
    pub(super) fn states(&self) -> impl Iterator<Item = [&str; 3]> {
        let rows = (0..self.name.len()).map(|row| {
            [
                at(&self.name, row),
                at(&self.title, row),
                at(&self.kind, row),
            ]
        });
        rows.filter(|[name, title, _]| !name.is_empty() || !title.is_empty())
    }

    /// Source, destination and condition of each move that is named.
    pub(super) fn moves(&self) -> impl Iterator<Item = [&str; 3]> {
        let rows = (0..self.from.len()).map(|row| {
            [
                at(&self.from, row),
                at(&self.to, row),
                at(&self.condition, row),
            ]
        });
        rows.filter(|[from, to, condition]| {
            !(from.is_empty() && to.is_empty() && condition.is_empty())
        })
    }

    /// Each removed state, with the one that its alerts go to.
    pub(super) fn removed(&self) -> impl Iterator<Item = [&str; 2]> {
        let rows =
            (0..self.removed.len()).map(|row| [at(&self.removed, row), at(&self.goes_to, row)]);
        rows.filter(|[removed, goes_to]| !removed.is_empty() || !goes_to.is_empty())
    }

    /// The workflow that was typed.
    ///
    /// # Errors
    /// If a kind of state does not exist. The use case checks everything else.
    pub(super) fn read(&self) -> Result<NewWorkflow, Failure> {
        let state = |[name, title, kind]: [&str; 3]| {
            let no_choice = || Failure::no_choice(EN.workflow.kind, kind);
            let kind = Kind::parse(kind).ok_or_else(no_choice)?;
            let title = if title.is_empty() { name } else { title };
            Ok(State {
                name: name.to_owned(),
                title: title.to_owned(),
                initial: kind == Kind::Initial,
                closed: kind == Kind::Closed,
            })
        };
        let transitions = self.moves().map(|[from, to, condition]| NewTransition {
            source: from.to_owned(),
            destination: to.to_owned(),
            condition: Some(condition.to_owned()).filter(|text| !text.is_empty()),
        });
        let moves = self.removed();
        let moves = moves.map(|[removed, goes_to]| (removed.to_owned(), goes_to.to_owned()));
        Ok(NewWorkflow {
            states: self.states().map(state).collect::<Result<_, Failure>>()?,
            transitions: transitions.collect(),
            moves: moves.collect::<BTreeMap<_, _>>(),
        })
    }
}
