//! Alert types: `/v1/alert-types`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::alert::{DueIn, default_type};
use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alert_index::whole_index;
use super::caller::UserCaller;
use super::level::LevelBody;
use super::refusal::room_error;
use crate::http::{
    ETag, JsonBody, Params, Preconditions, Problem, ProblemError, ProblemKind, Put, Tagged,
    WireName, problems,
};
use app::App;
use engine::lane::{Change, WholeIndex};
use json::JsonObject;
use tenant::{AlertType, AlertTypeSettings, Definitions, Permission};
use untrusted_input::json_schema::{Drafts, JsonSchema as InfoSchema};

/// The most alert types that a tenant makes or sets.
const MAX_TYPES: usize = 500;

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
struct NewType {
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

async fn list_types(caller: UserCaller) -> Result<Json<TypesBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let all = caller.definitions().all_alert_types();
    Ok(Json(TypesBody {
        items: all.iter().map(TypeBody::of).collect(),
    }))
}

fn find(definitions: &Definitions, name: &str) -> Result<AlertType, Problem> {
    let found = definitions.alert_type(name);
    found.ok_or_else(|| Problem::not_found(&format!("alert type '{name}'")))
}

async fn read_type(
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
) -> Result<Tagged<TypeBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let found = find(&caller.definitions(), path.name.0.as_str())?;
    let etag = ETag::of_version(found.version);
    Ok(Tagged::get(etag, TypeBody::of(&found), &preconditions))
}

async fn put_type(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewType>,
) -> Result<Put<TypeBody>, Problem> {
    caller.require(Permission::AlertConfigure)?;
    let checking = app.schema_room.run(caller.tenant.0, move || new.check());
    let settings = checking.await.map_err(room_error)??;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let name = path.name.0.as_str();
        let current = change.definitions().alert_type(name);
        let version = current.as_ref().map(|current| current.version);
        preconditions.check(version.map(ETag::of_version).as_ref())?;
        if current.is_none() && change.definitions().alert_types.len() == MAX_TYPES {
            let detail = format!("a tenant may make at most {MAX_TYPES} alert types");
            return Err(Problem::conflict(detail));
        }
        let created_at = match &current {
            Some(current) if current.version > 0 => current.created_at,
            _ => change.at().as_micros(),
        };
        let next = version.unwrap_or(0) + 1;
        let new = AlertType::new(name.to_owned(), settings, created_at, next);
        let room = change.definitions().check_room_for_type(&new);
        room.map_err(|error| Problem::conflict(error.to_string()))?;
        change.audit(&actor, "alert_type.put", name);
        let put = change.put(new);
        let (etag, body) = (ETag::of_version(put.version), TypeBody::of(&put));
        Ok(match version {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    Ok(caller.change(put).await?)
}

impl NewType {
    fn check(self) -> Result<AlertTypeSettings, Problem> {
        super::teams::check_title(&self.title)?;
        if self.description.chars().count() > 2_000 {
            let detail = "'description' may have at most 2000 characters".to_owned();
            return Err(refuse("description", detail));
        }
        let due_in = self.due_in.map(|text| {
            let due_in = DueIn::parse(&text);
            due_in.map_err(|error| refuse("due_in", format!("'due_in' {error}")))
        });
        let info_schema = self.info_schema.map(|schema| {
            match InfoSchema::new(&schema.to_string(), Drafts::FromDraft4) {
                Ok(compiled) => Ok((schema, compiled)),
                Err(error) => Err(refuse("info_schema", format!("'info_schema' {error}"))),
            }
        });
        Ok(AlertTypeSettings {
            title: self.title,
            description: self.description,
            severity: self.severity.map(Level::from),
            priority: self.priority.map(Level::from),
            due_in: due_in.transpose()?,
            info_schema: info_schema.transpose()?,
        })
    }
}

fn refuse(field: &str, detail: String) -> Problem {
    let error = ProblemError {
        field: field.to_owned(),
        reason: "invalid".to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
}

async fn delete_type(
    caller: UserCaller,
    Params(path): Params<TypePath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::AlertConfigure)?;
    let whole = whole_index(&caller).await?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let name = path.name.0.as_str();
        let found = find(change.definitions(), name)?;
        preconditions.check(Some(&ETag::of_version(found.version)))?;
        if default_type(name).is_none() {
            refuse_in_use(change, &whole, name)?;
        }
        if change.remove::<AlertType>(name) {
            change.audit(&actor, "alert_type.delete", name);
        }
        Ok(())
    };
    caller.change(delete).await?;
    Ok(NoContent)
}

fn refuse_in_use(change: &Change<'_>, whole: &WholeIndex, name: &str) -> Result<(), Problem> {
    if let Some((team, rule)) = change.definitions().rule_of_alert_type(name) {
        let detail = format!("rule '{rule}' of team '{team}' makes alerts of type '{name}'");
        return Err(Problem::conflict(detail));
    }
    if change.has_alert_of_type(whole, name) {
        let detail = format!("there are alerts of type '{name}', which stay");
        return Err(Problem::conflict(detail));
    }
    Ok(())
}
