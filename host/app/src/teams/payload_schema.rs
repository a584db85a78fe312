//! What a team's transactions must have.

use std::sync::Arc;

use super::{NoSuchTeam, find_team};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::installed_plans::{Installed, InstalledPlan, PlansError, change_knowing_plans};
use crate::misfit::{Against, misfits};
use crate::request::{Expected, FieldFault, Invalid, Stale, Version};
use domain::name::Name;
use domain::payload::{AdditionalFields, Field, PayloadSchema};
use domain::window::BoundPlan;
use engine::lane::{Change, LaneError};
use tenant::{Permission, SchemaRecord, SchemasTooLarge, Team};

/// What a team's payload schema is to be.
#[derive(Clone, Debug)]
pub struct NewPayloadSchema {
    /// All fields but `txn_id`, `customer_id` and `date_time`, which are always there.
    pub fields: Vec<Field>,
    /// What becomes of members that the schema does not name.
    pub additional_fields: AdditionalFields,
    /// The IANA time zone of times without offset; such times are refused where there is none.
    pub default_timezone: Option<String>,
}

/// A payload schema that was put.
#[derive(Clone, Debug)]
pub struct PutPayloadSchema {
    /// The schema as it is now.
    pub schema: SchemaRecord,
    /// Whether the team had none before.
    pub is_first: bool,
}

/// Why a payload schema was not set.
#[derive(Debug, thiserror::Error)]
pub enum PutPayloadSchemaError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// It is no payload schema.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is not known what installed rules want.
    #[error(transparent)]
    Plans(#[from] PlansError),
    /// Installed rules cannot live with it; a sentence for each.
    #[error("{}", .0.join("; "))]
    Misfits(Vec<String>),
    /// The schemas of the tenant would take too much memory.
    #[error(transparent)]
    SchemasTooLarge(#[from] SchemasTooLarge),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a payload schema cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadPayloadSchemaError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has none.
    #[error("there is no payload schema of team '{0}' yet; PUT one")]
    NoSchema(String),
}

/// Sets a team's payload schema: a new version, unless nothing changes.
///
/// # Errors
/// Where the caller may not, there is no such team, it is no schema, or an installed rule cannot live with it.
pub async fn put(
    app: &App,
    caller: &Caller,
    team: Name,
    expected: Expected,
    new: NewPayloadSchema,
) -> Result<PutPayloadSchema, PutPayloadSchemaError> {
    caller.require(Permission::TeamWrite)?;
    let (name, actor) = (team.as_str().to_owned(), caller.actor());
    let installed = Installed::EvaluatedFor(name.clone());
    let put = move |change: &mut Change<'_>, plans: &[InstalledPlan]| {
        let team = find_team(change.definitions(), &name)?;
        let last = team.schemas.last();
        expected.check(last.map(version))?;
        let schema = new.after(last)?;
        check_plans(&name, &schema, plans)?;
        let record = SchemaRecord::of(schema, change.at().as_micros());
        if let Some(last) = last.filter(|last| is_same(last, &record)) {
            return Ok(PutPayloadSchema {
                schema: last.clone(),
                is_first: false,
            });
        }
        change.definitions().check_room_for_payloads(&record)?;
        change.audit(&actor, "payload_schema.put", &name);
        let mut changed = Team::clone(&team);
        changed.schemas.push(record.clone());
        changed.version += 1;
        change.put(changed);
        Ok(PutPayloadSchema {
            schema: record,
            is_first: last.is_none(),
        })
    };
    change_knowing_plans(app, caller, installed, put).await
}

/// Reads a team's payload schema, with the team.
///
/// # Errors
/// Where the caller may not, or there is no such team, or it has none.
pub fn read(
    caller: &Caller,
    team: &str,
) -> Result<(Arc<Team>, SchemaRecord), ReadPayloadSchemaError> {
    caller.require(Permission::TeamRead)?;
    let team = find_team(&caller.definitions(), team)?;
    let record = team.schemas.last().cloned();
    let record = record.ok_or_else(|| ReadPayloadSchemaError::NoSchema(team.name.clone()))?;
    Ok((team, record))
}

fn version(record: &SchemaRecord) -> Version {
    Version::Number(record.version.into())
}

/// Whether nothing but the version differs.
fn is_same(one: &SchemaRecord, other: &SchemaRecord) -> bool {
    one.fields == other.fields
        && one.additional_fields == other.additional_fields
        && one.default_timezone == other.default_timezone
}

/// Refuses a schema that an installed rule cannot live with.
fn check_plans(
    team: &str,
    schema: &PayloadSchema,
    plans: &[InstalledPlan],
) -> Result<(), PutPayloadSchemaError> {
    let mut faults = Vec::new();
    for InstalledPlan { install, plan } in plans {
        if let Err(found) = BoundPlan::bind(plan, schema) {
            faults.extend(misfits(&install.rule, team, Against::Proposed, &found));
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(PutPayloadSchemaError::Misfits(faults)),
    }
}

impl NewPayloadSchema {
    /// The schema, with the fields that `last` has, too, in the same order, and the new ones behind them.
    fn after(&self, last: Option<&SchemaRecord>) -> Result<PayloadSchema, Invalid> {
        let known: Vec<&str> = last.map_or(Vec::new(), |last| {
            last.fields.iter().map(|field| &*field.name).collect()
        });
        let mut fields = self.fields.clone();
        // The sort is stable, so new fields stay as they were sent.
        fields.sort_by_key(|field| {
            let place = known.iter().position(|name| **name == field.name);
            place.unwrap_or(known.len())
        });
        let version = last.map_or(1, |last| last.version + 1);
        let zone = self.default_timezone.as_deref();
        let schema = PayloadSchema::new(version, fields, self.additional_fields, zone);
        schema.map_err(|faults| {
            let faults = faults.iter().map(|fault| FieldFault {
                field: String::new(),
                reason: "invalid".to_owned(),
                detail: fault.to_string(),
            });
            Invalid {
                detail: "this is no payload schema".to_owned(),
                faults: faults.collect(),
            }
        })
    }
}
