//! What the values of a finding's evidence mean, in words, from the plan of the install that made it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::seen::Finding;
use crate::App;
use crate::caller::Caller;
use crate::prepared_rule::{PreparedRule, prepare_installed};
use domain::rule::{Input, Source};
use store::key::TenantId;
use tenant::RuleInstall;

/// The most installs whose meanings are kept in memory.
const MAX_INSTALLS: usize = 1_024;

/// What one value of the evidence means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Such as "sum of amount, same customer_id, last 7 days".
    pub text: String,
    /// The field of the transaction whose value it is, where it is one.
    pub field: Option<String>,
    /// The fields of each row, where the value is rows.
    pub columns: Vec<String>,
}

/// The meanings of an install's inputs, by name.
pub type InputMeanings = HashMap<String, Meaning>;

/// A tenant, a team, a rule and the number of an install.
type InstallKey = (TenantId, String, String, u64);

/// The meanings of the installs that were asked for lately: an install never changes, and asking a plugin takes a while.
#[derive(Debug, Default)]
pub struct Meanings(Mutex<HashMap<InstallKey, Arc<InputMeanings>>>);

impl Meanings {
    /// Adds to each finding of a team what its evidence means. Where a plugin cannot be asked any more, nothing is added.
    pub(super) async fn add(app: &App, caller: &Caller, team: &str, findings: &mut [Finding]) {
        for finding in findings {
            let definitions = caller.definitions();
            let install = definitions.install(team, &finding.rule, finding.install);
            if let Some(install) = install {
                finding.meanings = Self::of(app, caller, install).await.unwrap_or_default();
            }
        }
    }

    /// What the inputs of an install mean; none if its plugin cannot be asked any more.
    pub(crate) async fn of(
        app: &App,
        caller: &Caller,
        install: &RuleInstall,
    ) -> Option<Arc<InputMeanings>> {
        let (team, rule) = (install.team.clone(), install.rule.clone());
        let key = (caller.tenant, team, rule, install.number);
        let known = app.meanings.0.lock().get(&key).cloned();
        match known {
            Some(known) => Some(known),
            None => ask(app, caller, install, key).await,
        }
    }

    fn keep(&self, key: InstallKey, meanings: Arc<InputMeanings>) {
        let mut kept = self.0.lock();
        if kept.len() >= MAX_INSTALLS {
            kept.clear();
        }
        kept.insert(key, meanings);
    }
}

/// What an install's plugin says of its inputs.
async fn ask(
    app: &App,
    caller: &Caller,
    install: &RuleInstall,
    key: InstallKey,
) -> Option<Arc<InputMeanings>> {
    let definitions = caller.definitions();
    let prepared = prepare_installed(&app.services, caller.tenant, &definitions, install).await;
    match prepared {
        Ok(PreparedRule { plan, .. }) => {
            let meanings = plan.inputs.into_iter().map(meaning);
            let meanings: Arc<InputMeanings> = Arc::new(meanings.collect());
            app.meanings.keep(key, meanings.clone());
            Some(meanings)
        }
        Err(error) => {
            let RuleInstall {
                team, rule, number, ..
            } = install;
            tracing::warn!(team, rule, number, %error, "evidence is shown without its meaning");
            None
        }
    }
}

fn meaning(input: Input) -> (String, Meaning) {
    let columns = input.source.columns().into_iter().map(str::to_owned);
    let field = match &input.source {
        Source::Field(field) => Some(field.name.clone()),
        Source::Aggregate(_) | Source::Recent(_) | Source::Membership(_) => None,
    };
    let meaning = Meaning {
        text: input.source.meaning(),
        field,
        columns: columns.collect(),
    };
    (input.name, meaning)
}
