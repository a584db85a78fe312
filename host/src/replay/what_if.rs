//! What a replay changes: other inputs, or another configuration.

use std::collections::BTreeMap;

use domain::column::Evidence;
use domain::rule::{Input, Plan};
use serde_json::{Map, Value};

use super::columns::Shape;
use crate::alert::{Disclosure, EvidenceValue, FindingRecord};

/// What is to be other than it was; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// Values of inputs, by name.
    pub inputs: BTreeMap<String, EvidenceValue>,
    /// Members of the configuration, as a JSON merge patch.
    pub config: Option<Value>,
}

impl WhatIf {
    /// Whether all is to be as it was.
    pub fn is_nothing(&self) -> bool {
        self.inputs.is_empty() && self.config.is_none()
    }

    /// The configuration that is tried instead of this one.
    pub(super) fn config(&self, config: &Value) -> Value {
        let mut config = config.clone();
        if let Some(patch) = &self.config {
            merge(&mut config, patch);
        }
        config
    }

    /// The inputs of a finding in the order of the plan; a sentence where one cannot be had. `then` is the plan
    /// under which it was found.
    pub(super) fn row(
        &self,
        record: &FindingRecord,
        then: &Plan,
        plan: &Plan,
    ) -> Result<Vec<Evidence>, String> {
        let value = |input: &Input| {
            let shape = Shape::of(&input.source);
            if let Some(value) = self.inputs.get(&input.name) {
                return shape.read(value).ok_or_else(|| {
                    format!("the value for input '{}' is of another type", input.name)
                });
            }
            if !then.inputs.contains(input) {
                return Err(format!(
                    "under this configuration input '{0}' is another one than the finding has; give its value in overrides.inputs.{0}",
                    input.name
                ));
            }
            let seen = Disclosure::full().finding("", record);
            let mut kept = seen.evidence.iter();
            let kept = kept.find(|item| item.name == input.name);
            kept.and_then(|item| shape.read(&item.value))
                .ok_or_else(|| format!("the finding was kept without input '{}'", input.name))
        };
        plan.inputs.iter().map(value).collect()
    }
}

/// RFC 7396: members that are there are replaced, those that are null are removed.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_configuration_is_changed_by_members() {
        let check = |patch: Option<Value>, expect: Value| {
            let what_if = WhatIf {
                config: patch,
                ..WhatIf::default()
            };
            let config = json!({ "limit": 10, "limits": { "EUR": 1, "USD": 2 } });
            assert_eq!(what_if.config(&config), expect);
        };
        check(
            None,
            json!({ "limit": 10, "limits": { "EUR": 1, "USD": 2 } }),
        );
        check(
            Some(json!({ "limit": 5 })),
            json!({ "limit": 5, "limits": { "EUR": 1, "USD": 2 } }),
        );
        check(
            Some(json!({ "limit": null, "limits": { "EUR": 3 } })),
            json!({ "limits": { "EUR": 3, "USD": 2 } }),
        );
    }
}
