//! The schema of an alert type's `info`, and what it says of one.

use serde_json::{Value, json};

use super::Definitions;
use json::{JsonFault, JsonObject, JsonValue};
use untrusted_input::json_schema::{
    self, Budget, JsonSchema, JsonSchemaError, Refusal, SchemaFault,
};

/// The schema of an alert type's `info`, as it was when somebody looked.
#[derive(Clone, Debug, PartialEq)]
pub struct InfoSchema {
    alert_type: String,
    schema: Result<JsonSchema, JsonSchemaError>,
}

/// Why an `info` is not taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedInfo {
    /// One sentence.
    pub reason: String,
    /// What does not fit; nothing where that was not found out.
    pub faults: Vec<SchemaFault>,
    /// Another try could end otherwise.
    pub depends_on_the_machine: bool,
}

impl Definitions {
    /// The schema of a type's `info`; none if it has none.
    pub fn info_schema(&self, alert_type: &str) -> Option<InfoSchema> {
        let own = self.alert_types.get(alert_type)?;
        Some(InfoSchema {
            alert_type: alert_type.to_owned(),
            schema: own.schema()?.clone(),
        })
    }

    /// Reads the schemas of all alert types, so that no alert waits for that.
    pub fn prepare_info_schemas(&self) {
        for own in self.alert_types.iter() {
            own.schema();
        }
    }
}

impl InfoSchema {
    /// Validates an `info`; takes from the budget the steps that it took. Keeps its thread busy for as long as the budget
    /// lets it.
    ///
    /// # Errors
    /// If the `info` does not fit, or whether it fits is not known.
    pub fn check(&self, info: &Value, budget: &mut Budget) -> Result<(), RefusedInfo> {
        let name = &self.alert_type;
        let unknown = |reason, depends_on_the_machine| RefusedInfo {
            reason,
            faults: Vec::new(),
            depends_on_the_machine,
        };
        let schema = self.schema.as_ref().map_err(|error| {
            let reason = format!("the info_schema of alert type '{name}' {error}");
            unknown(reason, false)
        })?;
        json_schema::check(schema, info, budget).map_err(|refusal| match refusal {
            Refusal::Exhausted(exhausted) => {
                let reason = format!(
                    "validating 'info' against the schema of alert type '{name}' {exhausted}; simplify the schema or the info"
                );
                unknown(reason, exhausted.depends_on_the_machine())
            }
            Refusal::Faults(faults) => RefusedInfo {
                reason: format!("'info' does not fit the info_schema of alert type '{name}'"),
                faults,
                depends_on_the_machine: false,
            },
        })
    }
}

impl RefusedInfo {
    /// Of an info that is not kept as JSON.
    pub fn unreadable(fault: &JsonFault) -> Self {
        Self {
            reason: "'info' is not kept as JSON".to_owned(),
            faults: vec![SchemaFault {
                pointer: fault.pointer(),
                message: fault.kind.to_string(),
            }],
            depends_on_the_machine: false,
        }
    }

    /// The reason, with the first fault.
    pub fn summary(&self) -> String {
        match self.faults.first() {
            Some(first) => format!(
                "{}: at '{}', it {}",
                self.reason, first.pointer, first.message
            ),
            None => self.reason.clone(),
        }
    }

    /// The `info` set apart, with what is wrong with it: as it is, or its text where it is not kept as JSON.
    pub fn set_apart(&self, info: &str) -> JsonObject {
        let told = |pointer: &str, message: &str| json!({ "pointer": pointer, "message": message });
        let faults = self.faults.iter();
        let mut faults: Vec<Value> = faults
            .map(|fault| told(&fault.pointer, &fault.message))
            .collect();
        if faults.is_empty() {
            faults.push(told("", &self.reason));
        }
        let info = JsonValue::read(info).unwrap_or_else(|_| info.into());
        let mut apart = JsonObject::default();
        apart.insert("unvalidated", info);
        apart.insert("faults", Value::from(faults));
        apart
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::AlertType;

    #[test]
    fn a_stored_schema_that_would_be_refused_today_goes_on_working_within_the_budget() {
        let stored = json!({
            "name": "odd", "title": "Odd", "description": "", "severity": null, "priority": null,
            "due_in": null, "created_at": 0, "version": 1,
            "info_schema": { "properties": { "a": { "$ref": "#/properties/a" } }, "required": ["b"] },
        });
        let stored: AlertType = serde_json::from_value(stored).expect("it is read");
        let refused = stored.schema_refused_today().expect("it is refused");
        assert!(refused.to_string().contains("leads back to itself"));
        let mut definitions = Definitions::default();
        definitions.alert_types.put(Arc::new(stored));
        let schema = definitions.info_schema("odd").expect("it has a schema");
        let check = |info: Value| schema.check(&info, &mut Budget::VALUE.clone());
        assert_eq!(check(json!({ "b": 1 })), Ok(()));
        let missing = check(json!({})).expect_err("it does not fit");
        assert_eq!(missing.faults.len(), 1);
        let endless = check(json!({ "a": 1, "b": 1 })).expect_err("it never ends");
        assert!(endless.faults.is_empty() && !endless.depends_on_the_machine);
        assert!(
            endless.reason.contains("within one another"),
            "{}",
            endless.reason
        );
    }
}
