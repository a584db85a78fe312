//! What a replay changes: other inputs, or another configuration.

use std::collections::BTreeMap;

use domain::column::Evidence;
use domain::rule::{Input, Plan};

use super::columns::Shape;
use engine::alert::{Disclosure, EvidenceValue, FindingRecord};
use json::{JsonObject, JsonValue};

/// What is to be other than it was; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// Values of inputs, by name.
    pub inputs: BTreeMap<String, EvidenceValue>,
    /// Members of the configuration, as a JSON merge patch.
    pub config: Option<JsonObject>,
}

impl WhatIf {
    /// Whether all is to be as it was.
    pub fn is_nothing(&self) -> bool {
        self.inputs.is_empty() && self.config.is_none()
    }

    /// The configuration that is tried instead of this one.
    pub(super) fn config(&self, config: &JsonValue) -> JsonValue {
        let mut config = config.clone();
        if let Some(patch) = &self.config {
            config.merge(&patch.clone().into());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_changed_by_members() {
        let check = |patch: Option<&str>, expect: &str| {
            let what_if = WhatIf {
                config: patch.map(|patch| JsonObject::read(patch).expect("an object")),
                ..WhatIf::default()
            };
            let config = r#"{"limit":10.50,"limits":{"EUR":18446744073709551616,"USD":2}}"#;
            let config = JsonValue::read(config).expect("JSON");
            assert_eq!(what_if.config(&config).to_string(), expect);
        };
        check(
            None,
            r#"{"limit":10.50,"limits":{"EUR":18446744073709551616,"USD":2}}"#,
        );
        check(
            Some(r#"{"limit":5}"#),
            r#"{"limit":5,"limits":{"EUR":18446744073709551616,"USD":2}}"#,
        );
        check(
            Some(r#"{"limit":null,"limits":{"USD":3}}"#),
            r#"{"limits":{"EUR":18446744073709551616,"USD":3}}"#,
        );
    }
}
