//! Judging the findings of one alert again.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alert::{AlertId, neutral_title};
use domain::rule::{Finding, Level};

use super::compare::{Difference, Verdict};
use super::judge::{Found, Replayed, Replayer, find};
use super::what_if::WhatIf;
use crate::App;
use crate::alerts::NoSuchAlert;
use crate::blocking::{Panicked, ReadError, blocking, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::Invalid;
use engine::alert::{Disclosure, EvidenceItem, MadeBy, WITHHELD, read_alert, read_whole};
use engine::lane::LaneError;
use json::JsonValue;
use store::StoreError;
use store::key::TenantId;
use tenant::Permission;

/// The most findings of an alert that are judged again at once, oldest first.
const MAX_FINDINGS: usize = 1_000;

/// What is to be other than it was; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Values of inputs, by name, as evidence shows them.
    pub inputs: BTreeMap<String, JsonValue>,
    /// Members of the rule's configuration: a JSON merge patch, which must be an object.
    pub config: Option<JsonValue>,
}

/// The findings of an alert, judged again.
#[derive(Clone, Debug)]
pub struct AlertReplay {
    /// What judged them now.
    pub made_by: MadeBy,
    /// How many were left out, because there are too many.
    pub left_out: u64,
    /// Of each alert in the order in which they were made.
    pub findings: Vec<ReplayedFinding>,
}

/// A finding that was judged again, as its reader sees it.
#[derive(Clone, Debug)]
pub struct ReplayedFinding {
    /// The alert that has it: this one, or one that was merged into it.
    pub alert: AlertId,
    /// The rule's name.
    pub rule: String,
    /// Which of the rule's installs.
    pub install: u64,
    /// The plugin's name.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// SHA-256 of the plugin's component, in hex.
    pub digest: String,
    /// The transaction's id.
    pub txn_id: String,
    /// How it is now.
    pub verdict: Verdict,
    /// What judging it took then; none if the reader may not see it.
    pub stored_fuel: Option<u64>,
    /// What judging it took now; none if there is no finding, or the reader may not see it.
    pub fuel: Option<u64>,
    /// Whether both must be equal.
    pub fuel_counts: bool,
    /// What judged it then; none if an earlier release did not keep it.
    pub made_by: Option<MadeBy>,
    /// All that the rule says now of the transaction.
    pub now: Vec<SaidNow>,
}

/// What a rule says of a transaction, as its reader sees it.
#[derive(Clone, Debug)]
pub struct SaidNow {
    /// A neutral one if the reader may not see the rule's.
    pub title: String,
    /// The severity that the finding asks for.
    pub severity: Option<Level>,
    /// The priority that the finding asks for.
    pub priority: Option<Level>,
    /// The score.
    pub score: Option<f64>,
    /// The labels.
    pub labels: Vec<String>,
    /// The info, a JSON object.
    pub info: String,
}

/// Why the findings of an alert are not judged again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// An override cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// The findings cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Judging them panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Judges each finding of an alert, and of alerts that were merged into it, by the plugin that made it, with the
/// configuration and the inputs of then. With overrides it says what would have been found. Nothing is changed.
///
/// # Errors
/// Where the caller may not, there is no such alert, or an override cannot be taken.
pub async fn replay(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    overrides: Overrides,
) -> Result<AlertReplay, ReplayAlertError> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let what_if = overrides.read()?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let read = move |app: &App| findings(app, tenant, alert, position);
    let found = on_disk(app, read).await?;
    let (found, left_out) = found.ok_or(NoSuchAlert(alert))?;
    check(caller, &what_if, &found)?;

    let (services, definitions) = (app.services.clone(), caller.definitions());
    let is_what_if = !what_if.is_nothing();
    let mut replayer = Replayer::new(services, tenant, definitions, what_if);
    let disclosure = caller.disclosure();
    let made_by = replayer.made_by().clone();
    let replayed = blocking(move || replayer.replay(found)).await?.into_iter();
    let findings = replayed.map(|replayed| ReplayedFinding::of(replayed, is_what_if, &disclosure));
    Ok(AlertReplay {
        made_by,
        left_out,
        findings: findings.collect(),
    })
}

impl Overrides {
    /// What the rule is to be given.
    fn read(self) -> Result<WhatIf, Invalid> {
        let config = match self.config {
            None => None,
            Some(JsonValue::Object(config)) => Some(config),
            Some(_) => {
                let detail = "'overrides.config' must be an object".to_owned();
                return Err(Invalid::field("overrides.config", "invalid", detail));
            }
        };
        let inputs = self.inputs.into_iter().map(|(name, value)| {
            let read = serde_json::from_str(&value.to_string()).map_err(|_| {
                let detail =
                    format!("'overrides.inputs.{name}' must be a value as evidence shows them");
                Invalid::field("overrides.inputs", "invalid", detail)
            });
            Ok((name, read?))
        });
        Ok(WhatIf {
            inputs: inputs.collect::<Result<_, Invalid>>()?,
            config,
        })
    }
}

/// The findings of an alert and of what is merged into it, and how many are left out; none if there is no such alert.
fn findings(
    app: &App,
    tenant: TenantId,
    id: AlertId,
    position: u64,
) -> Result<Option<(Vec<Found>, u64)>, StoreError> {
    let store = &app.services.store;
    let Some(whole) = read_whole(store, tenant, id, position)? else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for id in whole.ids() {
        let left = MAX_FINDINGS - found.len();
        if let Some(alert) = read_alert(store, tenant, id, position)?
            && left > 0
        {
            found.extend(find(store, tenant, &alert, left)?);
        }
    }
    let all = whole.findings.iter().map(|(_, count)| u64::from(*count));
    let left_out = all.sum::<u64>().saturating_sub(found.len() as u64);
    Ok(Some((found, left_out)))
}

/// Refuses inputs that no finding has, and to try what would tell a value that the caller may not see.
fn check(caller: &Caller, what_if: &WhatIf, found: &[Found]) -> Result<(), ReplayAlertError> {
    if what_if.is_nothing() {
        return Ok(());
    }
    let disclosure = caller.disclosure();
    let seen = |found: &Found| {
        let seen = disclosure.finding(&found.team, &found.record);
        (seen.evidence.into_owned(), seen.is_withheld)
    };
    let (evidence, withheld): (Vec<_>, Vec<bool>) = found.iter().map(seen).unzip();
    for name in what_if.inputs.keys() {
        let mut evidence = evidence.iter().flatten();
        if !evidence.any(|item| item.name == *name) {
            let detail = format!("no finding of this alert has an input '{name}'");
            return Err(Invalid::field("overrides.inputs", "unknown", detail).into());
        }
    }
    let tells = |item: &EvidenceItem| item.sensitive && !what_if.inputs.contains_key(&item.name);
    // An earlier release did not keep which inputs are computed from masked fields.
    let is_undecided = found
        .iter()
        .zip(&withheld)
        .any(|(found, withheld)| *withheld && found.record.reads_masked().is_none());
    if is_undecided || evidence.iter().flatten().any(tells) {
        caller.require(Permission::TransactionSensitive)?;
    }
    Ok(())
}

impl ReplayedFinding {
    fn of(replayed: Replayed, is_what_if: bool, disclosure: &Disclosure) -> Self {
        let seen = disclosure.finding(&replayed.found.team, &replayed.found.record);
        let (is_withheld, stored_fuel) = (seen.is_withheld, seen.fuel);
        let verdict = match is_withheld && is_what_if {
            true => replayed.verdict.without_telling(),
            false => replayed.verdict,
        };
        let Found { alert, record, .. } = replayed.found;
        let now = replayed.now.into_iter();
        let now = now.map(|finding| match is_withheld {
            true => SaidNow::neutral(&finding, &record.rule),
            false => SaidNow::of(finding),
        });
        Self {
            alert,
            now: now.collect(),
            rule: record.rule,
            install: record.install,
            plugin: record.plugin,
            version: record.version,
            digest: record.digest,
            txn_id: record.txn_id,
            verdict: match is_withheld {
                true => withheld(verdict),
                false => verdict,
            },
            stored_fuel,
            fuel: replayed.fuel.filter(|_| !is_withheld),
            fuel_counts: replayed.fuel_counts,
            made_by: record.made_by,
        }
    }
}

/// What is shown of a verdict to a viewer from whom the finding is withheld.
fn withheld(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Same => Verdict::Same,
        Verdict::Different(differences) => {
            let differences = differences.into_iter().map(Difference::withheld);
            Verdict::Different(differences.collect())
        }
        Verdict::Failed(_) => Verdict::Failed(WITHHELD.to_owned()),
    }
}

impl SaidNow {
    /// What is shown of a finding that is withheld.
    fn neutral(finding: &Finding, rule: &str) -> Self {
        Self {
            title: neutral_title(rule),
            severity: finding.severity,
            priority: finding.priority,
            score: None,
            labels: Vec::new(),
            info: "{}".to_owned(),
        }
    }

    fn of(finding: Finding) -> Self {
        let labels = finding.labels.iter().map(|label| label.as_str().to_owned());
        Self {
            labels: labels.collect(),
            title: finding.title,
            severity: finding.severity,
            priority: finding.priority,
            score: finding.score,
            info: finding.info,
        }
    }
}
