//! Filters that name what does not exist: a misspelt state would find nothing, and nobody would be told.

use super::audit::{ACTIONS, is_action};
use crate::alert::index::GroupBy;
use crate::alert::{AlertIndex, AlertQuery};
use base::nearest::nearest;
use tenant::Definitions;

/// A value of a filter that is neither defined nor the value of anything stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {}", self.detail())]
pub struct UnknownValue {
    /// The filter's member, such as `state`.
    pub member: &'static str,
    /// What such a value names.
    pub what: &'static str,
    /// The value.
    pub value: String,
    /// The known value that is most like it, if one is.
    pub nearest: Option<String>,
}

impl UnknownValue {
    /// What is wrong, without the name of the member.
    pub fn detail(&self) -> String {
        let Self { what, value, .. } = self;
        format!("there is no {what} '{value}'{}", self.hint())
    }

    fn hint(&self) -> String {
        let nearest = self.nearest.as_ref();
        nearest.map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
    }
}

/// The values of a query that are unknown: of states, teams, rules and alert types. Labels, customers, assignees and
/// transactions are open sets, of which an unknown one is no mistake.
pub fn unknown_values(
    query: &AlertQuery,
    definitions: &Definitions,
    index: &AlertIndex,
) -> Vec<UnknownValue> {
    let closed = [
        ("state", "state", GroupBy::State, &query.state),
        ("team", "team", GroupBy::Team, &query.team),
        ("rule", "rule", GroupBy::Rule, &query.rule),
        (
            "incident_type",
            "alert type",
            GroupBy::IncidentType,
            &query.incident_type,
        ),
    ];
    let mut unknown = Vec::new();
    for (member, what, field, values) in closed {
        if values.is_empty() {
            continue;
        }
        let defined = defined(definitions, field);
        for value in values {
            if defined.iter().any(|known| known == value) || index.occurs(field, value) {
                continue;
            }
            let known = defined.iter().map(String::as_str);
            unknown.push(UnknownValue {
                member,
                what,
                value: value.clone(),
                nearest: nearest(value, known.chain(index.occurring(field))),
            });
        }
    }
    unknown
}

/// The action of a filter of the audit, where the host never writes it.
pub fn unknown_action(action: &str) -> Option<UnknownValue> {
    (!is_action(action)).then(|| UnknownValue {
        member: "action",
        what: "action",
        value: action.to_owned(),
        nearest: nearest(action, ACTIONS.into_iter()),
    })
}

/// What a tenant has defined.
fn defined(definitions: &Definitions, field: GroupBy) -> Vec<String> {
    match field {
        GroupBy::State => {
            let workflow = definitions.workflow();
            let states = workflow.states().iter();
            states.map(|state| state.name.clone()).collect()
        }
        GroupBy::Team => definitions
            .teams
            .iter()
            .map(|team| team.name.clone())
            .collect(),
        GroupBy::Rule => {
            let installs = definitions.rules.iter();
            let preparing = definitions.preparing_rules.iter();
            let preparing = preparing.map(|preparing| preparing.install.rule.clone());
            let installs = installs.map(|install| install.rule.clone());
            let mut rules: Vec<String> = installs.chain(preparing).collect();
            rules.sort_unstable();
            rules.dedup();
            rules
        }
        GroupBy::IncidentType => {
            let types = definitions.all_alert_types().into_iter();
            types.map(|alert_type| alert_type.name).collect()
        }
        GroupBy::Severity | GroupBy::Priority | GroupBy::User | GroupBy::Outcome => Vec::new(),
    }
}
