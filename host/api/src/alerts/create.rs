//! Making an alert by hand.

use std::sync::Arc;

use axum::extract::State;
use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::level::LevelBody;
use super::super::problem_from::with_way_out;
use crate::http::{Created, Problem, WireTime};
use app::App;
use app::alerts::create::{self, CreateAlertError, CreatedAlert, NewAlert};
use app::request::Invalid;
use json::JsonObject;

/// An alert to make.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewAlert")]
pub(super) struct NewAlertBody {
    /// The team's name.
    team: String,
    /// One line: 1 to 200 characters.
    title: String,
    /// The alert type.
    incident_type: String,
    /// The customer's id; none if it is about no customer.
    #[serde(default)]
    dprofile_id: Option<String>,
    /// To whom it is assigned: a user's id.
    #[serde(default)]
    user_id: Option<String>,
    /// What the type sets, else `medium`.
    #[serde(default)]
    severity: Option<LevelBody>,
    /// What the type sets, else `medium`.
    #[serde(default)]
    priority: Option<LevelBody>,
    /// What the type sets, else none.
    #[serde(default)]
    due_date: Option<WireTime>,
    /// Each of 2 to 20 characters, no two the same.
    #[serde(default)]
    labels: Vec<String>,
    /// As the type's schema asks. Where the type has none, services may give any object, and people none.
    #[serde(default)]
    info: Option<JsonObject>,
    /// Transactions of the team.
    #[serde(default)]
    txn_ids: Vec<String>,
}

/// An alert that was made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewAlertBrief")]
pub(super) struct Made {
    /// Where it joined another alert, that one's.
    id: String,
    title: String,
    incident_type: String,
    state: String,
    severity: LevelBody,
    priority: LevelBody,
    /// Whether it joined an alert that was there, by the tenant's parameters.
    joined: bool,
    /// The version of the alert.
    version: u64,
}

impl From<CreatedAlert> for Made {
    fn from(created: CreatedAlert) -> Self {
        Self {
            id: created.id.to_string(),
            title: created.title,
            incident_type: created.incident_type,
            state: created.state,
            severity: created.severity.into(),
            priority: created.priority.into(),
            joined: created.joined,
            version: created.version,
        }
    }
}

impl From<NewAlertBody> for NewAlert {
    fn from(body: NewAlertBody) -> Self {
        Self {
            team: body.team,
            title: body.title,
            incident_type: body.incident_type,
            dprofile_id: body.dprofile_id,
            user_id: body.user_id,
            severity: body.severity.map(Level::from),
            priority: body.priority.map(Level::from),
            due_date: body.due_date.map(|WireTime(at)| at),
            labels: body.labels,
            info: body.info,
            txn_ids: body.txn_ids,
        }
    }
}

impl From<CreateAlertError> for Problem {
    fn from(error: CreateAlertError) -> Self {
        match error {
            CreateAlertError::Forbidden(error) => error.into(),
            CreateAlertError::Invalid(error) => error.into(),
            CreateAlertError::NoSuchType(_) => {
                let detail = with_way_out(&error.to_string(), "GET /v1/alert-types lists them");
                Invalid::field("incident_type", "unknown", detail).into()
            }
            CreateAlertError::Info(error) => error.into(),
            CreateAlertError::Repeat(error) => error.into(),
            CreateAlertError::Read(error) => error.into(),
            CreateAlertError::Lane(error) => error.into(),
        }
    }
}

pub(super) async fn create_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body, once }: Repeatable<NewAlertBody>,
) -> Result<Created<Made>, Problem> {
    let created = create::create(&app, &caller, body.into(), once).await?;
    Ok(Created(created.into()))
}
