//! Alert types: `/v1/alert-types`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::alert::default_type;
use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::level::LevelBody;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    ETag, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, WireName, problems,
};
use app::App;
use app::alert_types::{
    self, DeleteAlertTypeError, NewAlertType, NoSuchAlertType, PutAlertTypeError,
    ReadAlertTypeError,
};
use json::JsonObject;
use tenant::{AlertType, SchemasTooLarge};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alert-types",
            get_with(list_types, |op| {
                op.summary("List the alert types")
                    .description("The sixteen that every tenant has, and the tenant's own.")
                    .tag("Alert types")
            }),
        )
        .api_route(
            "/v1/alert-types/{type}",
            put_with(put_type, |op| {
                op.summary("Make an alert type, or set one")
                    .description("The info_schema is JSON Schema of draft 4 to 2020-12, as its $schema says, else of 2020-12. It refers to nothing outside itself. Schemas that ask for too much work are refused: docs/schemas.md has the limits. Alerts that are there stay as they are.")
                    .tag("Alert types")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(read_type, |op| op.summary("Read an alert type").tag("Alert types"))
            .delete_with(delete_type, |op| {
                op.summary("Delete an alert type")
                    .description("One that every tenant has is set back to what it was. One of the tenant's own is deleted, where no rule and no alert has it.")
                    .tag("Alert types")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// An alert type to make or to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewType")]
struct NewTypeBody {
    /// 1 to 200 characters.
    title: String,
    #[serde(default)]
    description: String,
    /// Of alerts for which neither the rule's install nor the finding says it.
    #[serde(default)]
    severity: Option<LevelBody>,
    /// Of alerts for which neither the rule's install nor the finding says it.
    #[serde(default)]
    priority: Option<LevelBody>,
    /// Until when an alert must be done, counted from its creation by the clocks of the tenant's time zone: ISO 8601, such as `P5D`.
    #[serde(default)]
    due_in: Option<String>,
    /// JSON Schema of the alerts' `info`.
    #[serde(default)]
    info_schema: Option<JsonObject>,
}

/// An alert type.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertType")]
struct TypeBody {
    name: String,
    title: String,
    description: String,
    severity: Option<LevelBody>,
    priority: Option<LevelBody>,
    due_in: Option<String>,
    info_schema: Option<JsonObject>,
    /// Whether every tenant has it.
    default: bool,
}

/// All alert types.
#[derive(Debug, Serialize, JsonSchema)]
struct TypesBody {
    /// By name.
    items: Vec<TypeBody>,
}

/// The path of an alert type.
#[derive(Debug, Deserialize, JsonSchema)]
struct TypePath {
    /// The type's name.
    #[serde(rename = "type")]
    name: WireName,
}

impl TypeBody {
    fn of(one: &AlertType) -> Self {
        let level = |text: &Option<String>| text.as_deref().and_then(Level::parse);
        Self {
            name: one.name.clone(),
            title: one.title.clone(),
            description: one.description.clone(),
            severity: level(&one.severity).map(LevelBody::from),
            priority: level(&one.priority).map(LevelBody::from),
            due_in: one.due_in.clone(),
            info_schema: one.info_schema.clone(),
            default: default_type(&one.name).is_some(),
        }
    }
}

impl From<NewTypeBody> for NewAlertType {
    fn from(body: NewTypeBody) -> Self {
        Self {
            title: body.title,
            description: body.description,
            severity: body.severity.map(Level::from),
            priority: body.priority.map(Level::from),
            due_in: body.due_in,
            info_schema: body.info_schema,
        }
    }
}

problem_kind!(NoSuchAlertType: NotFound, SchemasTooLarge: Conflict);
problem_from!(ReadAlertTypeError {
    Forbidden,
    NoSuchType
});
problem_from!(PutAlertTypeError {
    Forbidden, Invalid, Room, Stale, SchemasTooLarge, Lane;
    Conflict: TooMany
});
problem_from!(DeleteAlertTypeError {
    Forbidden, NoSuchType, Stale, NotWhole, Lane;
    Conflict: MadeByRule, HasAlerts
});

async fn list_types(caller: UserCaller) -> Result<Json<TypesBody>, Problem> {
    let all = alert_types::list(&caller)?;
    Ok(Json(TypesBody {
        items: all.iter().map(TypeBody::of).collect(),
    }))
}

async fn read_type(
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
) -> Result<Tagged<TypeBody>, Problem> {
    let found = alert_types::read(&caller, &path.name.0)?;
    let etag = ETag::of_version(found.version);
    Ok(Tagged::get(etag, TypeBody::of(&found), &preconditions))
}

async fn put_type(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewTypeBody>,
) -> Result<Put<TypeBody>, Problem> {
    let (name, expected) = (path.name.0, preconditions.expected());
    let put = alert_types::put(&app, &caller, name, expected, new.into()).await?;
    let etag = ETag::of_version(put.alert_type.version);
    let body = TypeBody::of(&put.alert_type);
    Ok(match put.is_new {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

async fn delete_type(
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    alert_types::delete(&caller, path.name.0, preconditions.expected()).await?;
    Ok(NoContent)
}
