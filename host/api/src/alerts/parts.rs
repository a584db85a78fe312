//! What comments, tasks and documents of alerts have in common.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::problem_from::{problem_from, problem_kind};
use app::alerts::{NewPartError, NoSuchPart, PartError, PersonView, TooManyVersions};

/// A user, as the user was called then.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Person")]
pub(super) struct PersonBody {
    /// The user's id.
    id: String,
    login: String,
}

impl From<PersonView> for PersonBody {
    fn from(person: PersonView) -> Self {
        Self {
            id: person.id,
            login: person.login,
        }
    }
}

problem_kind!(NoSuchPart: NotFound, TooManyVersions: Conflict);
problem_from!(NewPartError { NoSuchAlert, MergedAway, Lane; Conflict: TooMany });
problem_from!(PartError {
    Forbidden,
    NoSuchAlert,
    NoSuchPart,
    Stale,
    New,
    TooManyVersions,
    Invalid,
    ForeignCursor,
    Repeat,
    Read,
    Lane
});
