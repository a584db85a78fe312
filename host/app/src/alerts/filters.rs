//! Which alerts are asked for.

use crate::request::Invalid;
use domain::alert::Viewer;
use domain::rule::Level;
use domain::time::Timestamp;
use engine::alert::AlertQuery;
use engine::alert::index::Overdue;
use tenant::{FilterOutcome, assignee};

/// The longest text that is sought, in bytes.
pub const MAX_TEXT_BYTES: usize = 500;

/// The assignee that stands for the caller.
pub const MYSELF: &str = "me";

/// The most characters of a value in a filter that is stored.
const MAX_VALUE_CHARS: usize = 200;

/// Checks the filters of a definition, by name: each has so many values at most, none of them too long.
///
/// # Errors
/// Names the first filter with too many values, or one that is too long.
pub(crate) fn check_stored<'f>(
    filters: impl IntoIterator<Item = (&'static str, &'f [String])>,
    most: usize,
) -> Result<(), Invalid> {
    for (filter, values) in filters {
        let is_long = |value: &String| value.chars().count() > MAX_VALUE_CHARS;
        if values.len() > most || values.iter().any(is_long) {
            let field = format!("filter.{filter}");
            let detail = format!(
                "'{field}' may have at most {most} values, each of at most {MAX_VALUE_CHARS} characters"
            );
            return Err(Invalid::field(&field, "too_long", detail));
        }
    }
    Ok(())
}

/// Which alerts. The values of one filter are ORed; different filters are ANDed. An empty filter lets all through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertFilters {
    /// States, such as `open`.
    pub state: Vec<String>,
    /// Severities.
    pub severity: Vec<Level>,
    /// Priorities.
    pub priority: Vec<Level>,
    /// Alert types.
    pub incident_type: Vec<String>,
    /// Teams, by name.
    pub team: Vec<String>,
    /// Rules of the first finding, by name.
    pub rule: Vec<String>,
    /// Customers.
    pub dprofile_id: Vec<String>,
    /// Assignees, by id; `none` finds those that are assigned to nobody, [`MYSELF`] the caller's.
    pub user_id: Vec<String>,
    /// Labels that the caller may see.
    pub label: Vec<String>,
    /// What closed alerts were; `none` finds those of which nobody has said it, open ones too.
    pub outcome: Vec<FilterOutcome>,
    /// Transactions, also of alerts that were merged into others: those are found.
    pub txn_id: Vec<String>,
    /// Those made then or later.
    pub created_from: Option<Timestamp>,
    /// Those made before.
    pub created_to: Option<Timestamp>,
    /// Those closed then or later, and not opened again.
    pub closed_from: Option<Timestamp>,
    /// Those closed before, and not opened again.
    pub closed_to: Option<Timestamp>,
    /// Those due before.
    pub due_before: Option<Timestamp>,
    /// Those that are due and in no closed state; with `false` all others.
    pub overdue: Option<bool>,
    /// Words in title, labels and comments, as the caller may see them, or ids; at most [`MAX_TEXT_BYTES`] bytes.
    pub text: String,
}

impl AlertFilters {
    /// The filters that have many texts, by name.
    pub fn lists(&self) -> [(&'static str, &[String]); 8] {
        [
            ("state", &self.state),
            ("incident_type", &self.incident_type),
            ("team", &self.team),
            ("rule", &self.rule),
            ("dprofile_id", &self.dprofile_id),
            ("user_id", &self.user_id),
            ("label", &self.label),
            ("txn_id", &self.txn_id),
        ]
    }

    /// What the index is asked for.
    pub(super) fn query(
        &self,
        now: Timestamp,
        closed_states: Vec<String>,
        viewer: Viewer,
    ) -> AlertQuery {
        AlertQuery {
            state: self.state.clone(),
            severity: self.severity.clone(),
            priority: self.priority.clone(),
            incident_type: self.incident_type.clone(),
            team: self.team.clone(),
            rule: self.rule.clone(),
            dprofile_id: self.dprofile_id.clone(),
            user_id: self.user_id.iter().map(|id| assignee(id)).collect(),
            label: self.label.clone(),
            outcome: self
                .outcome
                .iter()
                .map(|outcome| (*outcome).into())
                .collect(),
            txn_id: self.txn_id.clone(),
            created_from: self.created_from,
            created_to: self.created_to,
            closed_from: self.closed_from,
            closed_to: self.closed_to,
            due_before: self.due_before,
            overdue: self.overdue.map(|is| Overdue {
                is,
                now,
                closed_states,
            }),
            text: self.text.clone(),
            viewer,
        }
    }
}
