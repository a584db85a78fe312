//! What is to be changed, as it was typed.

use app::alerts::bulk::BulkChange;
use axum::http::StatusCode;
use domain::alert::AlertOutcome;
use domain::rule::Level;
use serde::{Deserialize, Serialize};

use crate::alerts::actions::labels_of;
use crate::alerts::filter::NOBODY;
use crate::alerts::markdown::html_of;
use crate::failure::Failure;
use crate::text::EN;

/// What is done with what was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// It is changed once more.
    Edit,
    /// It is looked at.
    #[default]
    Review,
    /// It is carried out.
    Change,
}

/// What is to be changed, as it was typed. What is empty stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TypedChange {
    /// A user's id, or `none`.
    pub(super) assignee: String,
    pub(super) add_labels: String,
    pub(super) remove_labels: String,
    pub(super) severity: String,
    pub(super) priority: String,
    pub(super) to: String,
    pub(super) outcome: String,
    pub(super) comment: String,
    pub(super) step: Step,
    /// How many alerts were shown when it was looked at.
    pub(super) count: Option<u64>,
    /// The number that is typed to confirm.
    pub(super) number: String,
}

impl TypedChange {
    /// What is kept from one step to the next.
    pub(super) fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("assignee", &self.assignee),
            ("add_labels", &self.add_labels),
            ("remove_labels", &self.remove_labels),
            ("severity", &self.severity),
            ("priority", &self.priority),
            ("to", &self.to),
            ("outcome", &self.outcome),
            ("comment", &self.comment),
        ]
    }

    /// The number that was typed, with or without spaces and commas between thousands.
    pub(super) fn number(&self) -> Option<u64> {
        let digits = self.number.trim().chars();
        let digits: String = digits
            .filter(|one| !" ,.\u{202f}\u{a0}".contains(*one))
            .collect();
        digits.parse().ok()
    }

    /// The change that is asked for.
    ///
    /// # Errors
    /// Where a level or an outcome is none.
    pub(super) fn change(&self) -> Result<BulkChange, Failure> {
        let refuse = |detail: &str| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let level = |text: &str| match text {
            "" => Ok(None),
            text => match Level::parse(text) {
                Some(level) => Ok(Some(level)),
                None => Err(refuse(EN.failure.no_such_level)),
            },
        };
        let outcome = match self.outcome.as_str() {
            "" => None,
            text => {
                let outcome = AlertOutcome::parse(text);
                Some(outcome.ok_or_else(|| refuse(EN.failure.no_such_outcome))?)
            }
        };
        let change = BulkChange {
            to: some(&self.to),
            comment: some(&self.comment).map(|text| html_of(&text)),
            outcome,
            user_id: some(&self.assignee).map(|user| match &*user {
                NOBODY => String::new(),
                _ => user,
            }),
            severity: level(&self.severity)?,
            priority: level(&self.priority)?,
            add_labels: labels_of(&self.add_labels),
            remove_labels: labels_of(&self.remove_labels),
        };
        match change == BulkChange::default() {
            true => Err(refuse(EN.bulk.nothing)),
            false => Ok(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number = |text: &str| {
            let typed = TypedChange {
                number: text.to_owned(),
                ..TypedChange::default()
            };
            typed.number()
        };
        for text in ["12431", " 12 431 ", "12,431", "12.431", "12\u{202f}431"] {
            assert_eq!(number(text), Some(12_431), "{text}");
        }
        for text in ["", "twelve", "-1", "12431x"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
