//! The `info` of an alert, as people and services give it.

use serde_json::{Map, Value};

use crate::http::{Problem, ProblemError};
use crate::tenant::Definitions;

/// The longest `info` that is given, in bytes.
const MAX_INFO_BYTES: usize = 64 << 10;
/// Members that the host writes.
const OF_THE_HOST: [&str; 2] = ["transactions", "merged"];

/// Checks an info by the schema of its type: answers its text.
///
/// # Errors
/// 422 with the JSON pointer of each fault; and where a person gives one to a type that has no schema.
pub(super) fn checked(
    definitions: &Definitions,
    incident_type: &str,
    caller: &str,
    info: Map<String, Value>,
    is_given: bool,
) -> Result<String, Problem> {
    let has_schema = definitions
        .alert_types
        .get(incident_type)
        .is_some_and(|own| own.info_schema.is_some());
    if is_given && !has_schema && is_person(definitions, caller) {
        let detail = format!(
            "alert type '{incident_type}' has no info_schema, without which people's info is not taken; PUT /v1/alert-types/{incident_type} gives it one"
        );
        return Err(fault("info", "not_allowed", detail));
    }
    if let Some(name) = OF_THE_HOST.iter().find(|name| info.contains_key(**name)) {
        let detail = format!("'info.{name}' is written by the host alone");
        return Err(fault(&format!("info.{name}"), "not_allowed", detail));
    }
    let info = Value::Object(info);
    let text = info.to_string();
    if text.len() > MAX_INFO_BYTES {
        let detail = format!("'info' may have at most {} KiB", MAX_INFO_BYTES >> 10);
        return Err(fault("info", "too_long", detail));
    }
    let faults = definitions.info_faults(incident_type, &info);
    if faults.is_empty() {
        return Ok(text);
    }
    let errors = faults.into_iter().map(|fault| ProblemError {
        field: format!("info{}", fault.pointer),
        reason: "invalid".to_owned(),
        detail: fault.message,
    });
    let detail =
        format!("'info' is not what the info_schema of alert type '{incident_type}' asks for");
    Err(Problem::unprocessable(detail, errors.collect()))
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
