//! What a team's transactions must have: `/v1/teams/{team}/payload-schema` and `…/payload-example`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::payload::{AdditionalFields, Field, FieldType, PayloadSchema, Sensitivity};
use domain::time::Timestamp;
use domain::window::BoundPlan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::installed_plans::{Installed, InstalledPlan, change_knowing_plans};
use super::misfit::{Against, misfits};
use super::teams::{TeamPath, find_team};
use crate::http::{
    Accept, ETag, JsonBody, Params, Preconditions, Problem, ProblemError, ProblemKind, Put, Tagged,
    WireTime, also_as, problems, tagged_as,
};
use app::App;
use engine::lane::Change;
use tenant::{Permission, SchemaRecord, Team};

const SCHEMA_JSON: &str = "application/schema+json";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/teams/{team}/payload-schema",
            put_with(put_schema, |op| {
                op.summary("Set a team's payload schema")
                    .description("A new version, unless nothing changed. A change that an installed rule cannot live with is refused.")
                    .tag("Teams")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(read_schema, |op| {
                op.summary("Read a team's payload schema")
                    .description("As application/schema+json it is JSON Schema 2020-12.")
                    .tag("Teams")
                    .response::<200, Json<SchemaBody>>()
                    .with(also_as(SCHEMA_JSON))
            }),
        )
        .api_route(
            "/v1/teams/{team}/payload-example",
            get_with(read_example, |op| {
                op.summary("Read a payload that the team's schema accepts")
                    .description("Every field with its value for \"unknown\".")
                    .tag("Teams")
            }),
        )
}

/// A payload schema to set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct NewSchema {
    /// All fields but `txn_id`, `customer_id` and `date_time`, which are always there.
    fields: Vec<SchemaField>,
    /// What becomes of members that the schema does not name.
    #[serde(default)]
    additional_fields: Additional,
    /// The IANA time zone of times without offset; such times are refused where there is none.
    #[serde(default)]
    default_timezone: Option<String>,
}

/// A field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct SchemaField {
    /// As it stands in the payload: 1 to 100 characters.
    name: String,
    /// Which values it takes.
    r#type: WireType,
    /// For people.
    #[serde(default)]
    description: String,
    /// Who may see it; everyone where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sensitive: Option<Sensitive>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WireType {
    Float,
    Integer,
    DateTime,
    String,
    Boolean,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sensitive {
    /// Hidden from all without the permission `transaction:sensitive`.
    Mask,
    /// Replaced on arrival by a keyed hash.
    Hash,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Additional {
    /// Each is a fault.
    #[default]
    Reject,
    /// They are dropped.
    Ignore,
    /// They are stored as sent; no rule sees them.
    Keep,
}

/// A payload schema.
#[derive(Debug, Serialize, JsonSchema)]
struct SchemaBody {
    /// Rises by one with each change.
    version: u32,
    fields: Vec<SchemaField>,
    additional_fields: Additional,
    default_timezone: Option<String>,
    created_at: WireTime,
}

impl NewSchema {
    /// The schema, with the fields that `last` has, too, in the same order, and the new ones behind them.
    fn after(&self, last: Option<&SchemaRecord>) -> Result<PayloadSchema, Problem> {
        let known: Vec<&str> = last.map_or(Vec::new(), |last| {
            last.fields.iter().map(|field| &*field.name).collect()
        });
        let mut fields: Vec<&SchemaField> = self.fields.iter().collect();
        // The sort is stable, so new fields stay as they were sent.
        fields.sort_by_key(|field| {
            let place = known.iter().position(|name| **name == field.name);
            place.unwrap_or(known.len())
        });
        let version = last.map_or(1, |last| last.version + 1);
        let fields = fields.into_iter().map(SchemaField::field).collect();
        let additional_fields = match self.additional_fields {
            Additional::Reject => AdditionalFields::Reject,
            Additional::Ignore => AdditionalFields::Ignore,
            Additional::Keep => AdditionalFields::Keep,
        };
        let zone = self.default_timezone.as_deref();
        PayloadSchema::new(version, fields, additional_fields, zone).map_err(|faults| {
            let errors = faults.iter().map(|fault| ProblemError {
                field: String::new(),
                reason: "invalid".to_owned(),
                detail: fault.to_string(),
            });
            Problem::unprocessable("this is no payload schema", errors.collect())
        })
    }
}

impl SchemaField {
    fn field(&self) -> Field {
        Field {
            name: self.name.clone(),
            field_type: match self.r#type {
                WireType::Float => FieldType::Float,
                WireType::Integer => FieldType::Integer,
                WireType::DateTime => FieldType::DateTime,
                WireType::String => FieldType::Text,
                WireType::Boolean => FieldType::Boolean,
            },
            description: self.description.clone(),
            sensitivity: match self.sensitive {
                None => Sensitivity::Open,
                Some(Sensitive::Mask) => Sensitivity::Mask,
                Some(Sensitive::Hash) => Sensitivity::Hash,
            },
        }
    }

    fn of(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            r#type: match field.field_type {
                FieldType::Float => WireType::Float,
                FieldType::Integer => WireType::Integer,
                FieldType::DateTime => WireType::DateTime,
                FieldType::Text => WireType::String,
                FieldType::Boolean => WireType::Boolean,
            },
            description: field.description.clone(),
            sensitive: match field.sensitivity {
                Sensitivity::Open => None,
                Sensitivity::Mask => Some(Sensitive::Mask),
                Sensitivity::Hash => Some(Sensitive::Hash),
            },
        }
    }
}

impl SchemaBody {
    fn of(record: &SchemaRecord) -> Self {
        let schema = record.compiled();
        Self {
            version: record.version,
            fields: schema.fields().iter().map(SchemaField::of).collect(),
            additional_fields: match schema.additional_fields() {
                AdditionalFields::Reject => Additional::Reject,
                AdditionalFields::Ignore => Additional::Ignore,
                AdditionalFields::Keep => Additional::Keep,
            },
            default_timezone: record.default_timezone.clone(),
            created_at: WireTime(Timestamp::from_micros(record.created_at)),
        }
    }
}

fn etag(record: &SchemaRecord) -> ETag {
    ETag::of_version(record.version.into())
}

fn current(team: &Team) -> Result<&SchemaRecord, Problem> {
    let thing = format!("payload schema of team '{}' yet; PUT one", team.name);
    team.schemas
        .last()
        .ok_or_else(|| Problem::not_found(&thing))
}

async fn put_schema(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewSchema>,
) -> Result<Put<SchemaBody>, Problem> {
    caller.require(Permission::TeamWrite)?;
    let (name, actor) = (path.name().to_owned(), caller.actor());
    let installed = Installed::EvaluatedFor(name.clone());
    let put = move |change: &mut Change<'_>, plans: &[InstalledPlan]| {
        let team = find_team(change.definitions(), &name)?;
        let last = team.schemas.last();
        preconditions.check(last.map(etag).as_ref())?;
        let schema = new.after(last)?;
        check_plans(&name, &schema, plans)?;
        let record = SchemaRecord::of(schema, change.at().as_micros());
        if let Some(last) = last.filter(|last| is_same(last, &record)) {
            return Ok(Put::Replaced(etag(last), SchemaBody::of(last)));
        }
        let room = change.definitions().check_room_for_payloads(&record);
        room.map_err(|error| Problem::conflict(error.to_string()))?;
        let (etag, body) = (etag(&record), SchemaBody::of(&record));
        change.audit(&actor, "payload_schema.put", &name);
        let mut changed = Team::clone(&team);
        changed.schemas.push(record);
        changed.version += 1;
        change.put(changed);
        Ok(match last {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    change_knowing_plans(&app, &caller, installed, put).await
}

/// Whether nothing but the version differs.
fn is_same(one: &SchemaRecord, other: &SchemaRecord) -> bool {
    one.fields == other.fields
        && one.additional_fields == other.additional_fields
        && one.default_timezone == other.default_timezone
}

/// Refuses a schema that an installed rule cannot live with.
fn check_plans(team: &str, schema: &PayloadSchema, plans: &[InstalledPlan]) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for InstalledPlan { install, plan } in plans {
        if let Err(found) = BoundPlan::bind(plan, schema) {
            faults.extend(misfits(&install.rule, team, Against::Proposed, &found));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(faults.join("; ")))
}

async fn read_schema(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    accept: Accept,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    caller.require(Permission::TeamRead)?;
    let team = find_team(&caller.definitions(), path.name())?;
    let record = current(&team)?;
    if accept.best(&["application/json", SCHEMA_JSON]) == Some(SCHEMA_JSON) {
        let schema = ingest::json_schema(&team.title, &record.compiled());
        let bytes = schema.to_string().into_bytes();
        return Ok(tagged_as(SCHEMA_JSON, bytes, &preconditions));
    }
    let tagged = Tagged::get(etag(record), SchemaBody::of(record), &preconditions);
    Ok(tagged.into_response())
}

async fn read_example(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Permission::TeamRead)?;
    let team = find_team(&caller.definitions(), path.name())?;
    let schema = current(&team)?.compiled();
    Ok(Json(ingest::example(&schema)))
}
