//! The infos of findings, validated beside the rule that found: before anything is committed, on the thread that evaluates.

use domain::rule::Finding;
use serde_json::Value;

use crate::json_schema::Budget;
use crate::plugin::manifest::RuleManifest;
use crate::tenant::{Definitions, InfoSchema, Mode, RefusedInfo, RuleInstall};

/// The schema of the alerts that a rule makes.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingsSchema(Option<InfoSchema>);

impl FindingsSchema {
    /// As it is defined now. A shadow makes no alerts, so nothing is validated.
    pub fn of(definitions: &Definitions, install: &RuleInstall, manifest: &RuleManifest) -> Self {
        if install.mode == Mode::Shadow {
            return Self(None);
        }
        let own = install.alert_type.as_deref();
        let alert_type = own.unwrap_or(manifest.alert_type.as_str());
        Self(definitions.info_schema(alert_type))
    }

    /// What is refused of the findings of one transaction, which share one budget; empty where nothing is.
    pub fn check(&self, findings: &[Finding]) -> Vec<Option<RefusedInfo>> {
        let Some(schema) = &self.0 else {
            return Vec::new();
        };
        let mut budget = Budget::VALUE;
        let mut exhausted: Option<RefusedInfo> = None;
        let checked = findings.iter().map(|finding| {
            if exhausted.is_some() {
                return exhausted.clone();
            }
            let info: Value = serde_json::from_str(&finding.info).unwrap_or_default();
            let refused = schema.check(&info, &mut budget).err();
            if let Some(refused) = refused.as_ref().filter(|refused| refused.faults.is_empty()) {
                exhausted = Some(refused.clone());
            }
            refused
        });
        let checked: Vec<_> = checked.collect();
        match checked.iter().any(Option::is_some) {
            true => checked,
            false => Vec::new(),
        }
    }
}
