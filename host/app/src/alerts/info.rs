//! The `info` of an alert, as people and services give it.
//!
//! Which schema an info must fit is known in the lane alone, and validating must not keep the lane busy. So a change
//! that meets an info asks for it to be validated, and ends; it is made again when that is done. If the schema or the
//! alert changed meanwhile, it asks again.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::App;
use crate::request::{FieldFault, Invalid};
use json::JsonObject;
use store::key::TenantId;
use tenant::{Definitions, InfoSchema, RefusedInfo};
use untrusted_input::json_schema::{Budget, RoomError};

/// The longest `info` that is given, in bytes.
const MAX_INFO_BYTES: usize = 64 << 10;
/// How often a change is made whose info is to be validated, while others change what it depends on.
const MAX_TRIES: usize = 4;
/// Members that the host writes.
const OF_THE_HOST: [&str; 3] = ["transactions", "merged", "merged_left_out"];

/// An info, and the schema that it must fit.
#[derive(Clone, PartialEq)]
struct Pair {
    schema: InfoSchema,
    info: JsonObject,
}

/// What a change knows of the validation of its info, and what it asks for.
#[derive(Clone, Default)]
pub(super) struct Validation {
    fits: Option<Arc<Pair>>,
    wanted: Arc<Mutex<Option<Pair>>>,
}

/// Why an info is not taken.
#[derive(Debug, thiserror::Error)]
pub enum InfoError {
    /// It does not fit the schema of the alert's type, or must not be given.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is to be validated first, and the change made again.
    #[error("the info is to be validated first")]
    NotValidated,
    /// Others kept changing the alert, or the schema of its type.
    #[error("the alert or the schema of its type kept changing; try again")]
    KeptChanging,
    /// Validating took longer than it may on this machine now.
    #[error("{0}")]
    TookTooLong(String),
    /// It could not be validated now.
    #[error(transparent)]
    Room(#[from] RoomError),
}

/// Makes a change, and makes it again where it asks for an info to be validated first.
///
/// # Errors
/// What the change answers; where the info does not fit, or others kept changing the schema or the alert.
pub(super) async fn with_validation<T, E, F>(
    app: &App,
    tenant: TenantId,
    mut make: impl FnMut(Validation) -> F,
) -> Result<T, E>
where
    E: From<InfoError>,
    F: Future<Output = Result<T, E>>,
{
    let mut validation = Validation::default();
    for _ in 0..MAX_TRIES {
        let made = make(validation.clone()).await;
        let Some(pair) = validation.wanted.lock().take() else {
            return made;
        };
        let checking = app.schema_room.run(tenant.0, move || {
            let info = pair.info.to_value();
            let checked = pair.schema.check(&info, &mut Budget::VALUE.clone());
            checked.map(|()| pair)
        });
        let checked = checking.await.map_err(InfoError::Room)?;
        validation.fits = Some(Arc::new(checked.map_err(refused)?));
    }
    Err(InfoError::KeptChanging.into())
}

fn refused(refused: RefusedInfo) -> InfoError {
    if refused.depends_on_the_machine {
        return InfoError::TookTooLong(refused.reason);
    }
    if refused.faults.is_empty() {
        return Invalid::field("info", "too_complex", refused.reason).into();
    }
    let faults = refused.faults.into_iter().map(|fault| FieldFault {
        field: format!("info{}", fault.pointer),
        reason: "invalid".to_owned(),
        detail: fault.message,
    });
    Invalid {
        detail: refused.reason,
        faults: faults.collect(),
    }
    .into()
}

impl Validation {
    /// Whether an info is known to fit the schema; asks for it to be validated where it is not.
    fn fits(&self, schema: InfoSchema, info: &JsonObject) -> bool {
        let known = self.fits.as_ref();
        if known.is_some_and(|known| known.schema == schema && known.info == *info) {
            return true;
        }
        *self.wanted.lock() = Some(Pair {
            schema,
            info: info.clone(),
        });
        false
    }
}

/// Checks an info in the lane: answers its text.
///
/// # Errors
/// Where a person gives one to a type that has no schema, it is not to be given, or it must be validated first, which
/// [`with_validation`] does.
pub(super) fn checked(
    definitions: &Definitions,
    incident_type: &str,
    caller: &str,
    info: &JsonObject,
    is_given: bool,
    validation: &Validation,
) -> Result<String, InfoError> {
    let schema = definitions.info_schema(incident_type);
    if is_given && schema.is_none() && is_person(definitions, caller) {
        let detail = format!(
            "alert type '{incident_type}' has no info_schema, without which people's info is not taken; give it one first"
        );
        return Err(fault("info", "not_allowed", detail));
    }
    if let Some(name) = OF_THE_HOST.iter().find(|name| info.contains(name)) {
        let detail = format!("'info.{name}' is written by the host alone");
        return Err(fault(&format!("info.{name}"), "not_allowed", detail));
    }
    let text = info.to_string();
    if text.len() > MAX_INFO_BYTES {
        let detail = format!("'info' may have at most {} KiB", MAX_INFO_BYTES >> 10);
        return Err(fault("info", "too_long", detail));
    }
    let fits = schema.is_none_or(|schema| validation.fits(schema, info));
    fits.then_some(text).ok_or(InfoError::NotValidated)
}

/// Whether a user is a person: services have no password.
fn is_person(definitions: &Definitions, user: &str) -> bool {
    let user = definitions.users.get(user);
    user.is_some_and(|user| user.password.is_some())
}

fn fault(field: &str, reason: &str, detail: String) -> InfoError {
    Invalid::field(field, reason, detail).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use tenant::{AlertType, AlertTypeSettings};
    use untrusted_input::json_schema::{Drafts, JsonSchema};

    fn definitions(schema: &Value) -> Definitions {
        let prepared = JsonSchema::new(&schema.to_string(), Drafts::FromDraft4);
        let settings = AlertTypeSettings {
            info_schema: Some((
                JsonObject::read(&schema.to_string()).expect("an object"),
                prepared.expect("a good schema"),
            )),
            ..AlertTypeSettings::default()
        };
        let mut definitions = Definitions::default();
        let own = AlertType::new("odd".to_owned(), settings, 0, 1);
        definitions.alert_types.put(Arc::new(own));
        definitions
    }

    #[test]
    fn what_was_validated_by_another_schema_is_validated_again() {
        let info = JsonObject::read(r#"{"a":1}"#).expect("an object");
        let check = |definitions: &Definitions, validation: &Validation| {
            checked(definitions, "odd", "service", &info, true, validation)
        };
        let before = definitions(&json!({ "required": ["a"] }));
        let mut validation = Validation::default();
        assert!(check(&before, &validation).is_err());
        let pair = validation.wanted.lock().take().expect("it asks");
        assert_eq!(
            pair.schema
                .check(&pair.info.to_value(), &mut Budget::VALUE.clone()),
            Ok(())
        );
        validation.fits = Some(Arc::new(pair));
        let fits = check(&before, &validation);
        assert_eq!(fits.expect("it was validated"), info.to_string());
        let after = definitions(&json!({ "required": ["b"] }));
        assert!(check(&after, &validation).is_err());
        assert!(validation.wanted.lock().is_some());
    }
}
