//! Alert types: the sixteen that every tenant has, and the tenant's own.

use std::sync::Arc;

use crate::App;
use crate::alert_index::{NotWhole, whole_index};
use crate::caller::{Caller, Forbidden};
use crate::request::invalid::check_caption;
use crate::request::{Expected, Invalid, Stale, Version};
use domain::alert::{DueIn, default_type};
use domain::name::Name;
use domain::rule::Level;
use engine::lane::{Change, LaneError, WholeIndex};
use json::JsonObject;
use tenant::{AlertType, AlertTypeSettings, Definitions, Permission, SchemasTooLarge};
use untrusted_input::json_schema::{Drafts, JsonSchema, RoomError};

/// The most alert types that a tenant makes or sets.
const MAX_TYPES: usize = 500;

/// What an alert type is to be.
#[derive(Clone, Debug)]
pub struct NewAlertType {
    /// 1 to 200 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// Of alerts for which neither the rule's install nor the finding says it.
    pub severity: Option<Level>,
    /// Of alerts for which neither the rule's install nor the finding says it.
    pub priority: Option<Level>,
    /// Until when an alert must be done, counted from its creation by the clocks of the tenant's time zone: ISO 8601,
    /// such as `P5D`.
    pub due_in: Option<String>,
    /// JSON Schema of the alerts' `info`.
    pub info_schema: Option<JsonObject>,
}

/// An alert type that was put.
#[derive(Clone, Debug)]
pub struct PutAlertType {
    /// The type as it is now.
    pub alert_type: Arc<AlertType>,
    /// Whether there was none before.
    pub is_new: bool,
}

/// The tenant has no alert type of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no alert type '{0}'")]
pub struct NoSuchAlertType(pub String);

/// Why an alert type cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadAlertTypeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such type.
    #[error(transparent)]
    NoSuchType(#[from] NoSuchAlertType),
}

/// Why an alert type was not made or set.
#[derive(Debug, thiserror::Error)]
pub enum PutAlertTypeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The schema could not be checked now.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The tenant has as many as it may have.
    #[error("a tenant may make at most {MAX_TYPES} alert types")]
    TooMany,
    /// The schemas of the tenant would take too much memory.
    #[error(transparent)]
    SchemasTooLarge(#[from] SchemasTooLarge),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why an alert type was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAlertTypeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such type.
    #[error(transparent)]
    NoSuchType(#[from] NoSuchAlertType),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The types of all alerts are not known yet.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// A rule makes alerts of it.
    #[error("rule '{rule}' of team '{team}' makes alerts of type '{name}'")]
    MadeByRule {
        /// The type's name.
        name: String,
        /// The team's name.
        team: String,
        /// The rule's name.
        rule: String,
    },
    /// Alerts have it.
    #[error("there are alerts of type '{0}', which stay")]
    HasAlerts(String),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// All alert types of the tenant, by name.
///
/// # Errors
/// Where the caller may not.
pub fn list(caller: &Caller) -> Result<Vec<AlertType>, Forbidden> {
    caller.require(Permission::AlertRead)?;
    Ok(caller.definitions().all_alert_types())
}

/// Reads an alert type.
///
/// # Errors
/// Where the caller may not, or there is no such type.
pub fn read(caller: &Caller, name: &Name) -> Result<AlertType, ReadAlertTypeError> {
    caller.require(Permission::AlertRead)?;
    Ok(find(&caller.definitions(), name.as_str())?)
}

/// Makes an alert type, or sets one. Alerts that are there stay as they are.
///
/// # Errors
/// Where the caller may not, a value cannot be taken, or the tenant has no room for it.
pub async fn put(
    app: &App,
    caller: &Caller,
    name: Name,
    expected: Expected,
    new: NewAlertType,
) -> Result<PutAlertType, PutAlertTypeError> {
    caller.require(Permission::AlertConfigure)?;
    let checking = app.schema_room.run(caller.tenant.0, move || new.check());
    let settings = checking.await??;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let name = name.as_str();
        let current = change.definitions().alert_type(name);
        let version = current.as_ref().map(|current| current.version);
        expected.check(version.map(Version::Number))?;
        if current.is_none() && change.definitions().alert_types.len() == MAX_TYPES {
            return Err(PutAlertTypeError::TooMany);
        }
        let created_at = match &current {
            Some(current) if current.version > 0 => current.created_at,
            _ => change.at().as_micros(),
        };
        let next = version.unwrap_or(0) + 1;
        let new = AlertType::new(name.to_owned(), settings, created_at, next);
        change.definitions().check_room_for_type(&new)?;
        change.audit(&actor, "alert_type.put", name);
        Ok(PutAlertType {
            alert_type: change.put(new),
            is_new: version.is_none(),
        })
    };
    caller.change(put).await
}

/// Deletes an alert type. One that every tenant has is set back to what it was; one of the tenant's own is deleted,
/// where no rule and no alert has it.
///
/// # Errors
/// Where the caller may not, there is no such type, or it is in use.
pub async fn delete(
    caller: &Caller,
    name: Name,
    expected: Expected,
) -> Result<(), DeleteAlertTypeError> {
    caller.require(Permission::AlertConfigure)?;
    let whole = whole_index(caller).await?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let name = name.as_str();
        let found = find(change.definitions(), name)?;
        expected.check(Some(Version::Number(found.version)))?;
        if default_type(name).is_none() {
            refuse_in_use(change, &whole, name)?;
        }
        if change.remove::<AlertType>(name) {
            change.audit(&actor, "alert_type.delete", name);
        }
        Ok(())
    };
    caller.change(delete).await
}

impl NewAlertType {
    fn check(self) -> Result<AlertTypeSettings, Invalid> {
        let invalid = |field: &str, detail: String| Invalid::field(field, "invalid", detail);
        check_caption("title", &self.title)?;
        if self.description.chars().count() > 2_000 {
            let detail = "'description' may have at most 2000 characters".to_owned();
            return Err(invalid("description", detail));
        }
        let due_in = self.due_in.map(|text| {
            let due_in = DueIn::parse(&text);
            due_in.map_err(|error| invalid("due_in", format!("'due_in' {error}")))
        });
        let info_schema = self.info_schema.map(|schema| {
            match JsonSchema::new(&schema.to_string(), Drafts::FromDraft4) {
                Ok(compiled) => Ok((schema, compiled)),
                Err(error) => Err(invalid("info_schema", format!("'info_schema' {error}"))),
            }
        });
        Ok(AlertTypeSettings {
            title: self.title,
            description: self.description,
            severity: self.severity,
            priority: self.priority,
            due_in: due_in.transpose()?,
            info_schema: info_schema.transpose()?,
        })
    }
}

fn find(definitions: &Definitions, name: &str) -> Result<AlertType, NoSuchAlertType> {
    let found = definitions.alert_type(name);
    found.ok_or_else(|| NoSuchAlertType(name.to_owned()))
}

fn refuse_in_use(
    change: &Change<'_>,
    whole: &WholeIndex,
    name: &str,
) -> Result<(), DeleteAlertTypeError> {
    if let Some((team, rule)) = change.definitions().rule_of_alert_type(name) {
        return Err(DeleteAlertTypeError::MadeByRule {
            name: name.to_owned(),
            team,
            rule,
        });
    }
    match change.has_alert_of_type(whole, name) {
        true => Err(DeleteAlertTypeError::HasAlerts(name.to_owned())),
        false => Ok(()),
    }
}
