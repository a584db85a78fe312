//! The part of the alerts that a queue begins with.

use app::alerts::filters::{AlertFilters, MYSELF};
use app::caller::Caller;
use app::views::{self, Whose};
use domain::alert::Workflow;
use domain::rule::Level;
use engine::alert::index::Sort;
use uuid::Uuid;

use super::filter::NOBODY;
use super::order::Order;
use crate::text::EN;

/// The part of the alerts that a queue begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    Mine,
    Unassigned,
    Overdue,
    High,
    #[default]
    Open,
    Closed,
    All,
    /// One that somebody saved.
    Saved(Uuid),
}

impl View {
    /// Those that everybody has.
    pub(crate) const ALL: [Self; 7] = [
        Self::Open,
        Self::Mine,
        Self::Unassigned,
        Self::Overdue,
        Self::High,
        Self::Closed,
        Self::All,
    ];

    /// As the address names it.
    pub(crate) fn name(self) -> String {
        let name = match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Overdue => "overdue",
            Self::High => "high",
            Self::Closed => "closed",
            Self::All => "all",
            Self::Saved(id) => return id.to_string(),
        };
        name.to_owned()
    }

    /// Reads what [`name`](Self::name) writes.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        let known = all.find(|view| view.name() == name);
        known.or_else(|| Uuid::try_parse(name).ok().map(Self::Saved))
    }

    /// What people call it, unless somebody gave it a name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Open => EN.queue.open,
            Self::Mine => EN.queue.mine,
            Self::Unassigned => EN.queue.unassigned,
            Self::Overdue => EN.queue.overdue,
            Self::High => EN.queue.high,
            Self::Closed => EN.queue.closed,
            Self::All => EN.queue.all,
            Self::Saved(_) => EN.queue.saved,
        }
    }

    /// The states of the alerts in it.
    pub(crate) fn states(self, workflow: &Workflow) -> Vec<String> {
        let states = workflow.states().iter();
        let within = states.filter(|state| match self {
            Self::Closed => state.closed,
            Self::All | Self::Saved(_) => true,
            Self::Mine | Self::Unassigned | Self::Overdue | Self::High | Self::Open => {
                !state.closed
            }
        });
        within.map(|state| state.name.clone()).collect()
    }

    /// The newest first; of what is overdue, what waits longest.
    pub(crate) fn usual_order(self) -> Order {
        match self {
            Self::Overdue => Order::FirstDue,
            Self::Mine
            | Self::Unassigned
            | Self::High
            | Self::Open
            | Self::Closed
            | Self::All
            | Self::Saved(_) => Order::Newest,
        }
    }

    /// What a view that everybody has asks of its alerts.
    pub(crate) fn filters(self, caller: &Caller) -> AlertFilters {
        let mut filters = AlertFilters::default();
        if !matches!(self, Self::All | Self::Overdue | Self::Saved(_)) {
            filters.state = self.states(&caller.definitions().workflow());
        }
        match self {
            Self::Mine => filters.user_id = vec![MYSELF.to_owned()],
            Self::Unassigned => filters.user_id = vec![NOBODY.to_owned()],
            Self::Overdue => filters.overdue = Some(true),
            Self::High => filters.severity = vec![Level::High],
            Self::Open | Self::Closed | Self::All | Self::Saved(_) => {}
        }
        filters
    }
}

/// A view with what it asks of its alerts, and how they are ordered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tab {
    pub(crate) view: View,
    pub(crate) title: String,
    pub(crate) filters: AlertFilters,
    pub(crate) sort: Sort,
}

impl Tab {
    fn of(view: View, caller: &Caller) -> Self {
        Self {
            view,
            title: view.title().to_owned(),
            filters: view.filters(caller),
            sort: view.usual_order().sort(),
        }
    }

    fn of_saved(saved: views::View) -> Self {
        Self {
            view: View::Saved(saved.id),
            title: saved.name,
            filters: saved.filters,
            sort: saved.sort.unwrap_or_default(),
        }
    }

    /// The view of this name; none if there is none, or the caller may not see it.
    pub(crate) fn find(view: View, caller: &Caller) -> Option<Self> {
        let View::Saved(id) = view else {
            return Some(Self::of(view, caller));
        };
        let mut whose = [Whose::Own, Whose::Shared].into_iter();
        let saved = whose.find_map(|whose| views::read(caller, whose, id).ok());
        saved.map(Self::of_saved)
    }

    /// All views of the caller: those that everybody has, the caller's own, and the shared ones.
    pub(crate) fn all(caller: &Caller) -> Vec<Self> {
        let usual = View::ALL.into_iter().map(|view| Self::of(view, caller));
        let saved = [Whose::Own, Whose::Shared].into_iter();
        let saved = saved.flat_map(|whose| views::list(caller, whose).unwrap_or_default());
        usual.chain(saved.map(Self::of_saved)).collect()
    }
}
