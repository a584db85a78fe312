//! What a team's transactions must have: `/v1/teams/{team}/payload-schema`, what changing it would do, and
//! `…/payload-example`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::payload::{AdditionalFields, Field, FieldType, Sensitivity};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::problem_from::problem_from;
use super::teams::TeamPath;
use crate::http::{
    Accept, ETag, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, WireTime,
    also_as, problems, tagged_as,
};
use app::App;
use app::installed_plans::PlansError;
use app::teams::payload_schema::{
    self, NewPayloadSchema, PutPayloadSchemaError, ReadPayloadSchemaError, SchemaPreview,
};
use tenant::SchemaRecord;

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
            "/v1/teams/{team}/payload-schema/try",
            post_with(try_schema, |op| {
                op.summary("Say what setting a team's payload schema would do")
                    .description("Compares it with the schema that is there, and asks each rule that is evaluated for the team whether it could live with it. Nothing is changed.")
                    .tag("Teams")
                    .with(problems(&[ProblemKind::Conflict]))
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
#[schemars(rename = "NewSchema")]
struct NewSchemaBody {
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
    /// As it stands in the payload: 1 to 100 characters, none of them a control character, and not all of them invisible.
    /// Any other text is a name, as any text can be the name of a member of JSON; pages show it as text.
    name: String,
    /// Which values it takes.
    r#type: WireType,
    /// For people: at most 1,000 characters.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
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

/// What setting a payload schema would do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SchemaPreview")]
struct PreviewBody {
    /// Whether it can be set: no rule that is evaluated for the team breaks.
    fits: bool,
    /// The version that it would have: that of the schema that is there if nothing changes.
    version: u32,
    /// Fields that the schema does not have now.
    added_fields: Vec<String>,
    /// Fields that only the schema as it is now has.
    removed_fields: Vec<String>,
    /// Fields whose type, description or visibility changes.
    changed_fields: Vec<String>,
    /// The rules that were asked: those that are evaluated for the team.
    rules: Vec<String>,
    /// Why rules could not live with it, a sentence for each fault.
    breaks: Vec<String>,
}

impl From<SchemaPreview> for PreviewBody {
    fn from(preview: SchemaPreview) -> Self {
        Self {
            fits: preview.breaks.is_empty(),
            version: preview.version,
            added_fields: preview.added,
            removed_fields: preview.removed,
            changed_fields: preview.changed,
            rules: preview.rules,
            breaks: preview.breaks,
        }
    }
}

impl From<NewSchemaBody> for NewPayloadSchema {
    fn from(body: NewSchemaBody) -> Self {
        Self {
            fields: body.fields.iter().map(SchemaField::field).collect(),
            additional_fields: match body.additional_fields {
                Additional::Reject => AdditionalFields::Reject,
                Additional::Ignore => AdditionalFields::Ignore,
                Additional::Keep => AdditionalFields::Keep,
            },
            default_timezone: body.default_timezone,
        }
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

problem_from!(PlansError { Panicked; Conflict: Unknown, Changing });
problem_from!(ReadPayloadSchemaError { Forbidden, NoSuchTeam; NotFound: NoSchema => "PUT /v1/teams/{team}/payload-schema sets one" });
problem_from!(PutPayloadSchemaError {
    Forbidden, NoSuchTeam, Stale, Invalid, Plans, SchemasTooLarge, Lane;
    Conflict: Misfits
});

async fn put_schema(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewSchemaBody>,
) -> Result<Put<SchemaBody>, Problem> {
    let (team, expected) = (path.team.0, preconditions.expected());
    let put = payload_schema::put(&app, &caller, team, expected, new.into()).await?;
    let (etag, body) = (etag(&put.schema), SchemaBody::of(&put.schema));
    Ok(match put.is_first {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

async fn try_schema(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    JsonBody(new): JsonBody<NewSchemaBody>,
) -> Result<Json<PreviewBody>, Problem> {
    let preview = payload_schema::preview(&app, &caller, &path.team.0, &new.into()).await?;
    Ok(Json(preview.into()))
}

async fn read_schema(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    accept: Accept,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let (team, record) = payload_schema::read(&caller, path.name())?;
    if accept.best(&["application/json", SCHEMA_JSON]) == Some(SCHEMA_JSON) {
        let schema = ingest::json_schema(&team.title, &record.compiled());
        let bytes = schema.to_string().into_bytes();
        return Ok(tagged_as(SCHEMA_JSON, bytes, &preconditions));
    }
    let tagged = Tagged::get(etag(&record), SchemaBody::of(&record), &preconditions);
    Ok(tagged.into_response())
}

async fn read_example(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
) -> Result<Json<serde_json::Value>, Problem> {
    let (_, record) = payload_schema::read(&caller, path.name())?;
    Ok(Json(ingest::example(&record.compiled())))
}
