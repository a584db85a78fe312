//! Which alerts the queue shows: a view, and filters besides. All of it is in the address.

use app::alerts::filters::AlertFilters;
use app::caller::Caller;
use axum::http::StatusCode;
use domain::alert::Workflow;
use domain::rule::Level;
use engine::alert::index::{Sort, SortKey};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::text::EN;

/// The part of the alerts that a queue begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    Mine,
    Unassigned,
    Overdue,
    High,
    #[default]
    Open,
    Closed,
    All,
}

impl View {
    pub(crate) const ALL: [Self; 7] = [
        Self::Open,
        Self::Mine,
        Self::Unassigned,
        Self::Overdue,
        Self::High,
        Self::Closed,
        Self::All,
    ];

    /// What people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Open => EN.queue.open,
            Self::Mine => EN.queue.mine,
            Self::Unassigned => EN.queue.unassigned,
            Self::Overdue => EN.queue.overdue,
            Self::High => EN.queue.high,
            Self::Closed => EN.queue.closed,
            Self::All => EN.queue.all,
        }
    }

    /// The states of the alerts in it.
    pub(crate) fn states(self, workflow: &Workflow) -> Vec<String> {
        let states = workflow.states().iter();
        let within = states.filter(|state| match self {
            Self::Closed => state.closed,
            Self::All => true,
            Self::Mine | Self::Unassigned | Self::Overdue | Self::High | Self::Open => {
                !state.closed
            }
        });
        within.map(|state| state.name.clone()).collect()
    }
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

    /// The order of the queue: the newest first; of what is overdue, what waits longest.
    pub(crate) fn order(&self) -> Sort {
        let (by, descending) = match self.view {
            View::Overdue => (SortKey::DueDate, false),
            View::Mine | View::Unassigned | View::High | View::Open | View::Closed | View::All => {
                (SortKey::CreatedAt, true)
            }
        };
        Sort { by, descending }
    }

    /// Reads the address of the queue.
    ///
    /// # Errors
    /// Where it names a view or a severity that there is not, names one twice, or contradicts itself.
    pub(crate) fn read(query: &str, caller: &Caller) -> Result<Self, Failure> {
        let refuse = |detail: &str| Failure::new(StatusCode::BAD_REQUEST, detail);
        let unknown = || refuse(EN.failure.no_such_view);
        let filter: Self = serde_html_form::from_str(query).map_err(|_| unknown())?;
        let severity = match filter.severity.as_str() {
            "" => None,
            text => Some(Level::parse(text).ok_or_else(unknown)?),
        };
        let is_mild = filter.view == View::High && severity.is_some_and(|one| one != Level::High);
        // A state that there is not is refused with the one that is most like it.
        let workflow = caller.definitions().workflow();
        let is_known = workflow.state(&filter.state).is_some();
        let is_outside = is_known && !filter.view.states(&workflow).contains(&filter.state);
        match is_mild || is_outside {
            true => Err(refuse(EN.failure.contradicts)),
            false => Ok(filter),
        }
    }

    /// What is asked of the alerts.
    pub(crate) fn filters(&self, caller: &Caller) -> AlertFilters {
        let mut filters = self.narrowing();
        if filters.state.is_empty() && !matches!(self.view, View::All | View::Overdue) {
            filters.state = self.view.states(&caller.definitions().workflow());
        }
        match self.view {
            View::Mine => filters.user_id = vec![caller.id.to_string()],
            View::Unassigned => filters.user_id = vec!["none".to_owned()],
            View::Overdue => filters.overdue = Some(true),
            View::High => filters.severity = vec![Level::High],
            View::Open | View::Closed | View::All => {}
        }
        filters
    }

    /// What is asked of the alerts besides the view.
    fn narrowing(&self) -> AlertFilters {
        let some = |text: &String| match text.trim() {
            "" => Vec::new(),
            text => vec![text.to_owned()],
        };
        AlertFilters {
            team: some(&self.team),
            state: some(&self.state),
            severity: Level::parse(&self.severity).into_iter().collect(),
            text: self.q.trim().to_owned(),
            ..AlertFilters::default()
        }
    }
}
