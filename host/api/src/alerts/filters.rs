//! Which alerts are asked for: the query parameters of a search.

use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::level::LevelBody;
use crate::http::WireTime;
use app::alerts::filters::AlertFilters;
use engine::alert::index::{Sort, SortKey};
use tenant::FilterOutcome;

/// Which alerts. Of each parameter repeated values mean any of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "AlertFilters")]
pub(crate) struct FiltersBody {
    /// States, such as `open`.
    state: Vec<String>,
    severity: Vec<LevelBody>,
    priority: Vec<LevelBody>,
    /// Alert types.
    incident_type: Vec<String>,
    /// Teams, by name.
    team: Vec<String>,
    /// Rules of the first finding, by name.
    rule: Vec<String>,
    /// Customers.
    dprofile_id: Vec<String>,
    /// Assignees, by id; `none` finds those that are assigned to nobody, `me` those of the caller.
    user_id: Vec<String>,
    /// Labels that the caller may see.
    label: Vec<String>,
    /// What closed alerts were; `none` finds those of which nobody has said it, open ones too.
    outcome: Vec<FilterOutcome>,
    /// Transactions, also of alerts that were merged into others: those are found.
    txn_id: Vec<String>,
    /// Those made then or later.
    created_from: Option<WireTime>,
    /// Those made before.
    created_to: Option<WireTime>,
    /// Those closed then or later, and not opened again.
    closed_from: Option<WireTime>,
    /// Those closed before, and not opened again.
    closed_to: Option<WireTime>,
    /// Those due before.
    due_before: Option<WireTime>,
    /// Those that are due and in no closed state; with `false` all others.
    overdue: Option<bool>,
    /// Words in title, labels and comments, as the caller may see them, by their beginnings, or ids: of the alert, its
    /// transactions, customer, assignee. All must be found. Upper and lower case, composed and decomposed letters, and
    /// compatibility forms such as full-width letters are one; accents tell words apart. An emoji, an arrow or another
    /// symbol beyond ASCII is a word. Punctuation between words is passed over.
    q: Option<String>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum SortBody {
    #[default]
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    #[serde(rename = "-updated_at")]
    LastChanged,
    #[serde(rename = "updated_at")]
    FirstChanged,
    #[serde(rename = "due_date")]
    FirstDue,
    #[serde(rename = "-due_date")]
    LastDue,
    #[serde(rename = "-severity")]
    Worst,
    #[serde(rename = "severity")]
    Mildest,
    #[serde(rename = "-priority")]
    MostUrgent,
    #[serde(rename = "priority")]
    LeastUrgent,
}

impl From<FiltersBody> for AlertFilters {
    fn from(body: FiltersBody) -> Self {
        let moment = |time: Option<WireTime>| time.map(|WireTime(at)| at);
        let levels = |levels: Vec<LevelBody>| levels.into_iter().map(Level::from).collect();
        Self {
            state: body.state,
            severity: levels(body.severity),
            priority: levels(body.priority),
            incident_type: body.incident_type,
            team: body.team,
            rule: body.rule,
            dprofile_id: body.dprofile_id,
            user_id: body.user_id,
            label: body.label,
            outcome: body.outcome,
            txn_id: body.txn_id,
            created_from: moment(body.created_from),
            created_to: moment(body.created_to),
            closed_from: moment(body.closed_from),
            closed_to: moment(body.closed_to),
            due_before: moment(body.due_before),
            overdue: body.overdue,
            text: body.q.unwrap_or_default(),
        }
    }
}

impl From<AlertFilters> for FiltersBody {
    fn from(filters: AlertFilters) -> Self {
        let levels = |levels: Vec<Level>| levels.into_iter().map(LevelBody::from).collect();
        Self {
            state: filters.state,
            severity: levels(filters.severity),
            priority: levels(filters.priority),
            incident_type: filters.incident_type,
            team: filters.team,
            rule: filters.rule,
            dprofile_id: filters.dprofile_id,
            user_id: filters.user_id,
            label: filters.label,
            outcome: filters.outcome,
            txn_id: filters.txn_id,
            created_from: filters.created_from.map(WireTime),
            created_to: filters.created_to.map(WireTime),
            closed_from: filters.closed_from.map(WireTime),
            closed_to: filters.closed_to.map(WireTime),
            due_before: filters.due_before.map(WireTime),
            overdue: filters.overdue,
            q: Some(filters.text).filter(|text| !text.is_empty()),
        }
    }
}

impl From<Sort> for SortBody {
    fn from(sort: Sort) -> Self {
        match (sort.by, sort.descending) {
            (SortKey::CreatedAt, true) => Self::Newest,
            (SortKey::CreatedAt, false) => Self::Oldest,
            (SortKey::UpdatedAt, true) => Self::LastChanged,
            (SortKey::UpdatedAt, false) => Self::FirstChanged,
            (SortKey::DueDate, false) => Self::FirstDue,
            (SortKey::DueDate, true) => Self::LastDue,
            (SortKey::Severity, true) => Self::Worst,
            (SortKey::Severity, false) => Self::Mildest,
            (SortKey::Priority, true) => Self::MostUrgent,
            (SortKey::Priority, false) => Self::LeastUrgent,
        }
    }
}

impl From<SortBody> for Sort {
    fn from(sort: SortBody) -> Self {
        let (by, descending) = match sort {
            SortBody::Newest => (SortKey::CreatedAt, true),
            SortBody::Oldest => (SortKey::CreatedAt, false),
            SortBody::LastChanged => (SortKey::UpdatedAt, true),
            SortBody::FirstChanged => (SortKey::UpdatedAt, false),
            SortBody::FirstDue => (SortKey::DueDate, false),
            SortBody::LastDue => (SortKey::DueDate, true),
            SortBody::Worst => (SortKey::Severity, true),
            SortBody::Mildest => (SortKey::Severity, false),
            SortBody::MostUrgent => (SortKey::Priority, true),
            SortBody::LeastUrgent => (SortKey::Priority, false),
        };
        Self { by, descending }
    }
}
