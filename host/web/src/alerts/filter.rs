//! Which alerts the queue shows: a view, and filters besides. All of it is in the address.

use app::alerts::filters::AlertFilters;
use app::caller::Caller;
use domain::rule::Level;
use serde::{Deserialize, Serialize};

/// The part of the alerts that a queue begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    Mine,
    Overdue,
    High,
    #[default]
    Open,
    Closed,
    All,
}

impl View {
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Open, "Open"),
        (Self::Mine, "Mine"),
        (Self::Overdue, "Overdue"),
        (Self::High, "High"),
        (Self::Closed, "Closed"),
        (Self::All, "All"),
    ];
}

/// What the address of the queue says. An empty filter is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    pub(crate) view: View,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) severity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) team: String,
}

impl Filter {
    /// The same for another view, without the rest.
    pub(crate) fn of_view(view: View) -> Self {
        Self {
            view,
            ..Self::default()
        }
    }

    /// As it stands in an address, behind the question mark.
    pub(crate) fn query(&self) -> String {
        serde_html_form::to_string(self).expect("texts can be written into an address")
    }

    /// What is asked of the alerts.
    pub(crate) fn filters(&self, caller: &Caller) -> AlertFilters {
        let workflow = caller.definitions().workflow();
        let closed = workflow.closed_states();
        let states = workflow.states().iter().map(|state| state.name.clone());
        let open = || -> Vec<String> {
            let all = states.clone();
            all.filter(|state| !closed.contains(state)).collect()
        };
        let some = |text: &String| match text.trim() {
            "" => Vec::new(),
            text => vec![text.to_owned()],
        };
        let mut filters = AlertFilters {
            team: some(&self.team),
            severity: Level::parse(&self.severity).into_iter().collect(),
            text: self.q.trim().to_owned(),
            ..AlertFilters::default()
        };
        match self.view {
            View::Mine => {
                filters.user_id = vec![caller.id.to_string()];
                filters.state = open();
            }
            View::Overdue => filters.overdue = Some(true),
            View::High => {
                filters.severity = vec![Level::High];
                filters.state = open();
            }
            View::Open => filters.state = open(),
            View::Closed => filters.state = closed.clone(),
            View::All => {}
        }
        if !self.state.is_empty() {
            filters.state = some(&self.state);
        }
        filters
    }
}
