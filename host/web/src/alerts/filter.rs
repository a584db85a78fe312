//! Which alerts the queue shows: a view, what narrows it, and an order. All of it is in the address.

use std::collections::BTreeMap;

use app::alerts::filters::{AlertFilters, MYSELF};
use app::caller::Caller;
use axum::http::StatusCode;
use domain::alert::Workflow;
use domain::rule::Level;
use domain::time::Timestamp;
use engine::alert::index::Sort;

use super::order::Order;
use super::view::{Tab, View};
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// What narrows a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Words,
    State,
    Severity,
    Team,
    Rule,
    Type,
    Customer,
    Label,
    Assignee,
    From,
    To,
}

impl Field {
    const ALL: [Self; 11] = [
        Self::Words,
        Self::State,
        Self::Severity,
        Self::Team,
        Self::Rule,
        Self::Type,
        Self::Customer,
        Self::Label,
        Self::Assignee,
        Self::From,
        Self::To,
    ];

    /// Its parameter in the address.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Words => "q",
            Self::State => "state",
            Self::Severity => "severity",
            Self::Team => "team",
            Self::Rule => "rule",
            Self::Type => "type",
            Self::Customer => "customer",
            Self::Label => "label",
            Self::Assignee => "assignee",
            Self::From => "from",
            Self::To => "to",
        }
    }

    /// What people call it.
    pub(crate) fn title(self) -> &'static str {
        let text = &EN.queue;
        match self {
            Self::Words => text.words,
            Self::State => text.state,
            Self::Severity => text.severity,
            Self::Team => text.team,
            Self::Rule => text.rule,
            Self::Type => text.kind,
            Self::Customer => text.customer,
            Self::Label => text.label,
            Self::Assignee => text.assignee,
            Self::From => text.from,
            Self::To => text.to,
        }
    }

    /// Whether the form shows it only when it is asked for.
    pub(crate) fn is_rare(self) -> bool {
        !matches!(
            self,
            Self::Words | Self::State | Self::Severity | Self::Team
        )
    }
}

/// What the address of the queue says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    /// The view.
    pub(crate) tab: Tab,
    /// The order, where the address names one.
    pub(crate) order: Option<Order>,
    /// What narrows the view; none of these is empty.
    values: BTreeMap<Field, String>,
    /// From when on, and before when, alerts were made.
    created: (Option<Timestamp>, Option<Timestamp>),
}

impl Filter {
    /// The view alone, without anything that narrows it.
    pub(crate) fn whole(&self) -> Self {
        Self {
            tab: self.tab.clone(),
            ..Self::default()
        }
    }

    /// Its view.
    pub(crate) fn view(&self) -> View {
        self.tab.view
    }

    /// What a field asks for; empty where it asks for nothing.
    pub(crate) fn get(&self, field: Field) -> &str {
        self.values.get(&field).map_or("", String::as_str)
    }

    /// What narrows the view.
    pub(crate) fn narrowing(&self) -> impl Iterator<Item = (Field, &str)> {
        let values = self.values.iter();
        values.map(|(field, value)| (*field, value.as_str()))
    }

    /// The same filters in another view, without those that contradict it.
    pub(crate) fn in_view(&self, tab: &Tab, caller: &Caller) -> Self {
        let mut filter = Self {
            tab: tab.clone(),
            ..self.clone()
        };
        for field in Field::ALL {
            if filter.contradicts(field, caller) {
                filter.values.remove(&field);
            }
        }
        filter
    }

    /// The same in another order.
    pub(crate) fn ordered(&self, order: Order) -> Self {
        Self {
            order: Some(order),
            ..self.clone()
        }
    }

    /// The parameters of the address.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let view = ("view", self.view().name());
        let values = self.narrowing();
        let values = values.map(|(field, value)| (field.parameter(), value.to_owned()));
        let order = self.order.map(|order| ("sort", order.name().to_owned()));
        std::iter::once(view).chain(values).chain(order).collect()
    }

    /// As it stands in an address, behind the question mark.
    pub(crate) fn query(&self) -> String {
        serde_html_form::to_string(self.parameters()).expect("texts can be written into an address")
    }

    /// The order of the queue.
    pub(crate) fn sort(&self) -> Sort {
        self.order.map_or(self.tab.sort, Order::sort)
    }

    /// Reads the address of the queue. Parameters of other things are passed over.
    ///
    /// # Errors
    /// Where it names a view, an order, a severity or a day that there is not, names one twice, or contradicts itself.
    pub(crate) fn read(query: &str, caller: &Caller) -> Result<Self, Failure> {
        let refuse = |detail: String| Failure::new(StatusCode::BAD_REQUEST, detail);
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query)
            .map_err(|_| refuse(EN.failure.no_address.to_owned()))?;
        let named = |parameter: &str| {
            let mut values = pairs.iter().filter(|(name, _)| name == parameter);
            let first = values.next().map(|(_, value)| value.trim());
            match values.next() {
                None => Ok(first.unwrap_or_default()),
                Some(_) => Err(refuse((EN.failure.named_twice)(parameter))),
            }
        };
        let unknown = |what: &str, value: &str| refuse((EN.failure.unknown)(what, value));
        let mut filter = Self::default();
        let view = match named("view")? {
            "" => View::default(),
            name => View::parse(name).ok_or_else(|| unknown("view", name))?,
        };
        filter.tab =
            Tab::find(view, caller).ok_or_else(|| refuse((EN.failure.no_view)(&view.name())))?;
        match named("sort")? {
            "" => {}
            name => filter.order = Some(Order::parse(name).ok_or_else(|| unknown("order", name))?),
        }
        for field in Field::ALL {
            let value = named(field.parameter())?;
            if !value.is_empty() {
                filter.values.insert(field, value.to_owned());
            }
        }
        let severity = filter.get(Field::Severity);
        if !severity.is_empty() && Level::parse(severity).is_none() {
            return Err(unknown("severity", severity));
        }
        let zone = Zone::of(caller);
        let day = |field: Field, later: i64| match filter.get(field) {
            "" => Ok(None),
            text => match zone.day(text, later) {
                Ok(at) => Ok(Some(at)),
                Err(fault) => Err(refuse(fault.detail(text, EN.failure.no_day))),
            },
        };
        // The last day is meant to its end.
        filter.created = (day(Field::From, 0)?, day(Field::To, 1)?);
        match Field::ALL
            .iter()
            .any(|one| filter.contradicts(*one, caller))
        {
            true => Err(refuse(EN.failure.contradicts.to_owned())),
            false => Ok(filter),
        }
    }

    /// Whether the view has no alert of which a field is so. A state that there is not contradicts nothing: it is refused
    /// with the one that is most like it.
    fn contradicts(&self, field: Field, caller: &Caller) -> bool {
        let value = self.get(field);
        if value.is_empty() {
            return false;
        }
        let filters = &self.tab.filters;
        let is_outside =
            |values: &[String]| !values.is_empty() && !values.iter().any(|one| one == value);
        match field {
            Field::State => {
                let workflow = caller.definitions().workflow();
                let within = self.states(&workflow);
                workflow.state(value).is_some() && !within.iter().any(|state| state == value)
            }
            Field::Severity => {
                let levels = &filters.severity;
                !levels.is_empty() && !levels.iter().any(|level| level.as_str() == value)
            }
            Field::Assignee => {
                let is_own = value == &*caller.id && filters.user_id.iter().any(|id| id == MYSELF);
                is_outside(&filters.user_id) && !is_own
            }
            Field::Team => is_outside(&filters.team),
            Field::Rule => is_outside(&filters.rule),
            Field::Type => is_outside(&filters.incident_type),
            Field::Customer => is_outside(&filters.dprofile_id),
            Field::Label => is_outside(&filters.label),
            Field::Words | Field::From | Field::To => false,
        }
    }

    /// The states of the alerts of the view.
    pub(crate) fn states(&self, workflow: &Workflow) -> Vec<String> {
        match self.tab.filters.state.is_empty() {
            true => self.view().states(workflow),
            false => self.tab.filters.state.clone(),
        }
    }

    /// What is asked of the alerts.
    pub(crate) fn filters(&self) -> AlertFilters {
        let view = &self.tab.filters;
        let one_of = |field: Field, usual: &[String]| match self.get(field) {
            "" => usual.to_vec(),
            text => vec![text.to_owned()],
        };
        let (from, to) = self.created;
        let words = [view.text.trim(), self.get(Field::Words)];
        let words = words.into_iter().filter(|words| !words.is_empty());
        AlertFilters {
            state: one_of(Field::State, &view.state),
            severity: match Level::parse(self.get(Field::Severity)) {
                Some(level) => vec![level],
                None => view.severity.clone(),
            },
            team: one_of(Field::Team, &view.team),
            rule: one_of(Field::Rule, &view.rule),
            incident_type: one_of(Field::Type, &view.incident_type),
            dprofile_id: one_of(Field::Customer, &view.dprofile_id),
            label: one_of(Field::Label, &view.label),
            user_id: one_of(Field::Assignee, &view.user_id),
            created_from: view.created_from.max(from),
            created_to: earliest(view.created_to, to),
            text: words.collect::<Vec<_>>().join(" "),
            ..view.clone()
        }
    }
}

/// The earlier of two bounds, where there are any.
fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// As the address names an assignee who is nobody.
pub(crate) const NOBODY: &str = "none";
