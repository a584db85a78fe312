//! What a team's transactions must have.

use std::collections::HashSet;
use std::sync::Arc;

use super::{NoSuchTeam, find_team};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::installed_plans::{Installed, InstalledPlan, PlansError, change_knowing_plans, plans};
use crate::misfit::{Against, misfits};
use crate::request::{Expected, FieldFault, Invalid, Stale, Version};
use base::naming;
use base::time_zone::is_time_zone;
use domain::name::Name;
use domain::payload::{AdditionalFields, Field, PayloadSchema, SchemaFault};
use domain::window::BoundPlan;
use engine::lane::{Change, LaneError};
use tenant::{FieldRecord, Permission, SchemaRecord, SchemasTooLarge, Team};

/// The most characters of a field's description.
pub const MAX_DESCRIPTION: usize = 1_000;

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

/// What setting a payload schema would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaPreview {
    /// The version that it would have: that of the schema as it is where nothing changes.
    pub version: u32,
    /// Whether it would be another version than the one that is there.
    pub is_new: bool,
    /// Fields that the schema does not have now.
    pub added: Vec<String>,
    /// Fields that it has now.
    pub removed: Vec<String>,
    /// Fields of another type, description or visibility than now.
    pub changed: Vec<String>,
    /// The rules that are evaluated for the team: all that could break.
    pub rules: Vec<String>,
    /// Why rules could not live with it, a sentence for each fault; empty if the schema can be set.
    pub breaks: Vec<String>,
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
    #[error("there is no payload schema of team '{0}' yet")]
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
        let breaks = breaks(&name, &schema, plans);
        if !breaks.is_empty() {
            return Err(PutPayloadSchemaError::Misfits(breaks));
        }
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

/// Says what setting a team's payload schema would do. Nothing is changed.
///
/// # Errors
/// As [`put`], but for rules that could not live with it: those are said.
pub async fn preview(
    app: &App,
    caller: &Caller,
    team: &Name,
    new: &NewPayloadSchema,
) -> Result<SchemaPreview, PutPayloadSchemaError> {
    caller.require(Permission::TeamWrite)?;
    let definitions = caller.definitions();
    let team = find_team(&definitions, team.as_str())?;
    let last = team.schemas.last();
    let schema = new.after(last)?;
    let plans = plans(app, caller, &Installed::EvaluatedFor(team.name.clone())).await?;
    let breaks = breaks(&team.name, &schema, &plans);
    let mut rules: Vec<String> = plans
        .into_iter()
        .map(|plan| plan.install.rule.clone())
        .collect();
    rules.sort();
    rules.dedup();
    let record = SchemaRecord::of(schema, 0);
    definitions.check_room_for_payloads(&record)?;
    let before = last.map_or(&[][..], |last| &last.fields);
    let after = &record.fields;
    let name_of = |field: &FieldRecord| field.name.clone();
    let is_in = |fields: &[FieldRecord], name: &str| fields.iter().any(|field| field.name == name);
    let is_changed = |field: &&FieldRecord| {
        let mut same = before.iter().filter(|one| one.name == field.name);
        same.next().is_some_and(|one| one != *field)
    };
    let added = after.iter().filter(|field| !is_in(before, &field.name));
    let removed = before.iter().filter(|field| !is_in(after, &field.name));
    let is_new = !last.is_some_and(|last| is_same(last, &record));
    Ok(SchemaPreview {
        version: match last {
            Some(last) if !is_new => last.version,
            _ => record.version,
        },
        is_new,
        added: added.map(name_of).collect(),
        removed: removed.map(name_of).collect(),
        changed: after.iter().filter(is_changed).map(name_of).collect(),
        rules,
        breaks,
    })
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

/// Why installed rules cannot live with a schema: a sentence for each fault.
fn breaks(team: &str, schema: &PayloadSchema, plans: &[InstalledPlan]) -> Vec<String> {
    let mut faults = Vec::new();
    for InstalledPlan { install, plan } in plans {
        if let Err(found) = BoundPlan::bind(plan, schema) {
            faults.extend(misfits(&install.rule, team, Against::Proposed, &found));
        }
    }
    faults
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
        let mut faults = self.new_faults(last);
        match PayloadSchema::new(version, fields, self.additional_fields, zone) {
            Ok(schema) if faults.is_empty() => return Ok(schema),
            Ok(_) => {}
            Err(found) => faults.extend(found.iter().map(SchemaFault::to_string)),
        }
        let mut told = HashSet::new();
        faults.retain(|fault| told.insert(fault.clone()));
        let faults = faults.into_iter().map(|detail| FieldFault {
            field: String::new(),
            reason: "invalid".to_owned(),
            detail,
        });
        Err(Invalid {
            detail: "this is no payload schema".to_owned(),
            faults: faults.collect(),
        })
    }

    /// What a schema may not have that is set now, and one that was set before may.
    fn new_faults(&self, last: Option<&SchemaRecord>) -> Vec<String> {
        let known = last.map_or(&[][..], |last| &last.fields);
        let is_known = |field: &Field| {
            let mut known = known.iter();
            known.any(|one| one.name == field.name && one.description == field.description)
        };
        let new = self.fields.iter().filter(|field| !is_known(field));
        let too_long = new.filter(|field| field.description.chars().count() > MAX_DESCRIPTION);
        let mut faults: Vec<String> = too_long
            .map(|field| {
                let name = &field.name;
                format!("the description of field {name:?} may have at most {MAX_DESCRIPTION} characters")
            })
            .collect();
        let is_new = |field: &&Field| !known.iter().any(|one| one.name == field.name);
        let new = self.fields.iter().filter(is_new);
        let unseen = new.filter(|field| !field.name.is_empty() && !naming::is_visible(&field.name));
        faults.extend(unseen.map(|field| {
            let name = &field.name;
            format!("a field's name must show something; all characters of {name:?} are invisible")
        }));
        let known_zone = last.and_then(|last| last.default_timezone.as_deref());
        let zone = self.default_timezone.as_deref();
        let new_zone = zone.filter(|zone| Some(*zone) != known_zone);
        faults.extend(new_zone.filter(|zone| !is_time_zone(zone)).map(|zone| {
            let name = zone.to_owned();
            SchemaFault::UnknownTimeZone { name }.to_string()
        }));
        faults
    }
}
