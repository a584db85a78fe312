//! The `info` of an alert, as people and services give it.
//!
//! Which schema an info must fit is known in the lane alone, and validating must not keep the lane busy. So a change
//! that meets an info asks for it to be validated, and ends; it is made again when that is done. If the schema or the
//! alert changed meanwhile, it asks again.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::http::{Problem, ProblemError};
use crate::refusal::room_error;
use app::App;
use json::JsonObject;
use store::key::TenantId;
use tenant::{Definitions, InfoSchema, RefusedInfo};
use untrusted_input::json_schema::Budget;

/// The longest `info` that is given, in bytes.
const MAX_INFO_BYTES: usize = 64 << 10;
/// How often a change is made whose info is to be validated, while others change what it depends on.
const MAX_TRIES: usize = 4;
/// Seconds after which a change that others kept overtaking, or that took too long, is worth another try.
const RETRY_SECONDS: u64 = 1;
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

/// Makes a change, and makes it again where it asks for an info to be validated first.
///
/// # Errors
/// What the change answers; 422 where the info does not fit; 503 where others kept changing the schema or the alert.
pub(super) async fn with_validation<T, F>(
    app: &App,
    tenant: TenantId,
    mut make: impl FnMut(Validation) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
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
        let checked = checking.await.map_err(room_error)?;
        validation.fits = Some(Arc::new(checked.map_err(refused)?));
    }
    let detail = "the alert or the schema of its type kept changing; try again";
    Err(Problem::unavailable(detail, RETRY_SECONDS))
}

fn refused(refused: RefusedInfo) -> Problem {
    if refused.depends_on_the_machine {
        return Problem::unavailable(refused.reason, RETRY_SECONDS);
    }
    if refused.faults.is_empty() {
        return fault("info", "too_complex", refused.reason);
    }
    let errors = refused.faults.into_iter().map(|fault| ProblemError {
        field: format!("info{}", fault.pointer),
        reason: "invalid".to_owned(),
        detail: fault.message,
    });
    Problem::unprocessable(refused.reason, errors.collect())
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
/// 422 where a person gives one to a type that has no schema, or it is not to be given; any error where it must be
/// validated first, which [`with_validation`] does.
pub(super) fn checked(
    definitions: &Definitions,
    incident_type: &str,
    caller: &str,
    info: &JsonObject,
    is_given: bool,
    validation: &Validation,
) -> Result<String, Problem> {
    let schema = definitions.info_schema(incident_type);
    if is_given && schema.is_none() && is_person(definitions, caller) {
        let detail = format!(
            "alert type '{incident_type}' has no info_schema, without which people's info is not taken; PUT /v1/alert-types/{incident_type} gives it one"
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
    fits.then_some(text).ok_or_else(|| {
        let detail = "the info is to be validated first";
        Problem::unavailable(detail, RETRY_SECONDS)
    })
}

/// Whether a user is a person: services have no password.
fn is_person(definitions: &Definitions, user: &str) -> bool {
    let user = definitions.users.get(user);
    user.is_some_and(|user| user.password.is_some())
}

fn fault(field: &str, reason: &str, detail: String) -> Problem {
    let error = ProblemError {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
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
        assert_eq!(check(&before, &validation), Ok(info.to_string()));
        let after = definitions(&json!({ "required": ["b"] }));
        assert!(check(&after, &validation).is_err());
        assert!(validation.wanted.lock().is_some());
    }
}
