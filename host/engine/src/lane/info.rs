//! The infos of findings, checked beside the rule that found: before anything is committed, on the thread that evaluates.

use domain::rule::Finding;

use json::JsonObject;
use runtime::manifest::RuleManifest;
use tenant::{Definitions, InfoSchema, Mode, RefusedInfo, RuleInstall};
use untrusted_input::json_schema::Budget;

/// What the infos of a rule's findings must fit.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingsSchema {
    /// A shadow makes no alerts, so nothing is checked.
    Shadow,
    /// They must be JSON that the host keeps, and fit the schema of the alerts that the rule makes, where that has one.
    Live(Option<InfoSchema>),
}

impl FindingsSchema {
    /// As it is defined now.
    pub fn of(definitions: &Definitions, install: &RuleInstall, manifest: &RuleManifest) -> Self {
        if install.mode == Mode::Shadow {
            return Self::Shadow;
        }
        let own = install.alert_type.as_deref();
        let alert_type = own.unwrap_or(manifest.alert_type.as_str());
        Self::Live(definitions.info_schema(alert_type))
    }

    /// What is refused of the findings of one transaction, which share one budget; empty where nothing is.
    pub fn check(&self, findings: &[Finding]) -> Vec<Option<RefusedInfo>> {
        let Self::Live(schema) = self else {
            return Vec::new();
        };
        let mut budget = Budget::VALUE;
        let mut exhausted: Option<RefusedInfo> = None;
        let checked = findings.iter().map(|finding| {
            let info = match JsonObject::read(&finding.info) {
                Ok(info) => info,
                Err(fault) => return Some(RefusedInfo::unreadable(&fault)),
            };
            let schema = schema.as_ref()?;
            if exhausted.is_some() {
                return exhausted.clone();
            }
            let refused = schema.check(&info.to_value(), &mut budget).err();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(info: &str) -> Finding {
        Finding {
            title: "odd".to_owned(),
            severity: None,
            priority: None,
            score: None,
            labels: Vec::new(),
            info: info.to_owned(),
        }
    }

    #[test]
    fn an_info_that_is_not_kept_as_json_is_set_apart_as_it_was_written() {
        let check = |info: &str, pointer: &str, message: &str| {
            let findings = [finding(r#"{"n":18446744073709551616}"#), finding(info)];
            assert_eq!(FindingsSchema::Shadow.check(&findings), Vec::new());
            let refused = FindingsSchema::Live(None).check(&findings);
            let [None, Some(refused)] = &refused[..] else {
                panic!("{refused:?}");
            };
            let apart = refused.set_apart(info);
            assert_eq!(apart.get("unvalidated"), Some(&info.into()));
            let faults = apart.get("faults").expect("faults").to_value();
            assert_eq!(faults[0]["pointer"], pointer);
            assert_eq!(faults[0]["message"], message);
        };
        check(r#"{"a":{"b":1,"b":2}}"#, "/a/b", "must be there once only");
        check(r#"{"a":"\ud800"}"#, "/a", "has half a surrogate pair");
        check(r#"{"\udc00":1}"#, "", "has half a surrogate pair");
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let refused = FindingsSchema::Live(None).check(&[finding(&deep)]);
        let refused = refused[0].as_ref().expect("it is too deep");
        assert_eq!(
            refused.set_apart(&deep).get("unvalidated"),
            Some(&deep.as_str().into())
        );
    }
}
