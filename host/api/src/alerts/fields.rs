//! What people change of an alert.

use std::sync::Arc;

use axum::extract::State;
use domain::alert::AlertOutcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::super::problem_from::problem_from;
use super::body::AlertBody;
use super::outcome::OutcomeBody;
use super::{AlertPath, read};
use crate::http::{MergePatch, Params, Preconditions, Problem, Tagged, WireTime};
use app::App;
use app::alerts::InfoError;
use app::alerts::change::{self, AlertFields, ChangeAlertError};
use json::JsonObject;

/// Seconds after which a change that others kept overtaking, or that took too long, is worth another try.
const RETRY_SECONDS: u64 = 1;

/// What people change of an alert.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertFields")]
struct FieldsBody {
    /// To whom it is assigned: a user's id.
    user_id: Option<String>,
    title: String,
    severity: LevelBody,
    priority: LevelBody,
    /// Until when it must be done.
    due_date: Option<WireTime>,
    /// Each of 2 to 20 characters, no two the same.
    labels: Vec<String>,
    /// As the type's schema asks.
    #[serde(default)]
    info: JsonObject,
    /// What it was; only of an alert that is closed.
    outcome: Option<OutcomeBody>,
}

impl From<AlertFields> for FieldsBody {
    fn from(fields: AlertFields) -> Self {
        Self {
            user_id: fields.user_id,
            title: fields.title,
            severity: fields.severity.into(),
            priority: fields.priority.into(),
            due_date: fields.due_date.map(WireTime),
            labels: fields.labels,
            info: fields.info,
            outcome: fields.outcome.map(OutcomeBody::from),
        }
    }
}

impl From<FieldsBody> for AlertFields {
    fn from(body: FieldsBody) -> Self {
        Self {
            user_id: body.user_id,
            title: body.title,
            severity: body.severity.into(),
            priority: body.priority.into(),
            due_date: body.due_date.map(|WireTime(at)| at),
            labels: body.labels,
            info: body.info,
            outcome: body.outcome.map(AlertOutcome::from),
        }
    }
}

impl From<InfoError> for Problem {
    fn from(error: InfoError) -> Self {
        match error {
            InfoError::Invalid(error) => error.into(),
            InfoError::NotValidated | InfoError::KeptChanging | InfoError::TookTooLong(_) => {
                Self::unavailable(error.to_string(), RETRY_SECONDS)
            }
            InfoError::Room(error) => error.into(),
        }
    }
}

problem_from!(ChangeAlertError {
    Forbidden, Target, Invalid, Info, NotClosed, Lane, Read;
    Internal: Damaged
});

pub(super) async fn change_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<AlertBody>, Problem> {
    let (expected, edit) = (preconditions.expected(), patch.edit::<FieldsBody, _>());
    let changed = change::change(&app, &caller, path.alert, expected, edit).await?;
    Ok(read::changed(changed))
}
