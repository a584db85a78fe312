//! Judging the findings of an alert again: `/v1/alerts/{alert}/replay`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use domain::alert::neutral_title;
use domain::rule::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::super::replays::MadeByBody;
use super::AlertPath;
use crate::http::{JsonBody, Params, Problem, ProblemKind, problems};
use app::App;
use app::alerts::NoSuchAlert;
use app::blocking::on_disk;
use app::replay::{Difference, Found, Replayed, Replayer, Verdict, WhatIf, find};
use app::request::Invalid;
use engine::alert::{Disclosure, EvidenceItem, WITHHELD, read_alert, read_whole};
use json::{JsonObject, JsonValue};
use store::StoreError;
use store::key::TenantId;
use tenant::Permission;

/// The most findings of an alert that are judged again at once, oldest first.
const MAX_FINDINGS: usize = 1_000;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/alerts/{alert}/replay",
        post_with(replay_alert, |op| {
            op.summary("Judge the findings of an alert again")
                .description("Each finding, of alerts that were merged into it too, is judged by the plugin that made it, with the configuration and the inputs of then. With `overrides` it says what would have been found. Nothing is changed.")
                .tag("Alerts")
                .with(problems(&[ProblemKind::Forbidden, ProblemKind::NotFound]))
        }),
    )
}

/// How to judge again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewReplay {
    overrides: OverridesBody,
}

/// What is to be other than it was; nothing where it is left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OverridesBody {
    /// Values of inputs, by name, as evidence shows them.
    inputs: BTreeMap<String, JsonValue>,
    /// Members of the rule's configuration: a JSON merge patch.
    #[schemars(with = "Option<JsonObject>")]
    config: Option<JsonValue>,
}

impl OverridesBody {
    /// What the rule is to be given.
    fn read(self) -> Result<WhatIf, Problem> {
        let config = match self.config {
            None => None,
            Some(JsonValue::Object(config)) => Some(config),
            Some(_) => {
                let detail = "'overrides.config' must be an object".to_owned();
                return Err(Invalid::field("overrides.config", "invalid", detail).into());
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

/// The findings of an alert, judged again.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertReplay")]
struct ReplayBody {
    /// What judged them now.
    made_by: MadeByBody,
    /// How many are as they were.
    same: usize,
    /// How many are not.
    different: usize,
    /// How many could not be judged again.
    failed: usize,
    /// How many were left out, because there are too many.
    left_out: u64,
    /// Of each alert in the order in which they were made.
    findings: Vec<FindingReplay>,
}

/// How a finding is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeBody {
    Same,
    Different,
    Failed,
}

/// A finding, judged again.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingReplay {
    /// The alert that has it: this one, or one that was merged into it.
    alert: String,
    /// The rule's name.
    rule: String,
    /// Which of the rule's installs.
    install: u64,
    plugin: String,
    /// The plugin's version.
    version: String,
    /// SHA-256 of the plugin's component, in hex.
    digest: String,
    /// The transaction's id.
    transaction: String,
    outcome: OutcomeBody,
    /// What is not as it was.
    differences: Vec<Difference>,
    /// Why it could not be judged again.
    failure: Option<String>,
    fuel: FuelBody,
    /// What judged it then; null where an earlier release did not keep it.
    made_by: Option<MadeByBody>,
    /// All that the rule says now of the transaction.
    now: Vec<SaidBody>,
}

/// What judging took.
#[derive(Debug, Serialize, JsonSchema)]
struct FuelBody {
    /// As it is kept with the alert; null where the reader may not see it.
    stored: Option<u64>,
    /// Now; null where the rule finds nothing, or fails, or the reader may not see it.
    now: Option<u64>,
    /// Whether they must be equal: not under another engine, or with overrides.
    comparable: bool,
}

/// What a rule says.
#[derive(Debug, Serialize, JsonSchema)]
struct SaidBody {
    title: String,
    severity: Option<LevelBody>,
    priority: Option<LevelBody>,
    score: Option<f64>,
    labels: Vec<String>,
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    info: Box<RawValue>,
}

impl SaidBody {
    /// What is shown of a finding that is withheld.
    fn neutral(finding: &Finding, rule: &str) -> Self {
        Self {
            title: neutral_title(rule),
            severity: finding.severity.map(LevelBody::from),
            priority: finding.priority.map(LevelBody::from),
            score: None,
            labels: Vec::new(),
            info: RawValue::from_string("{}".to_owned()).expect("{} is JSON"),
        }
    }

    fn of(finding: Finding) -> Self {
        let labels = finding.labels.iter().map(|label| label.as_str().to_owned());
        Self {
            labels: labels.collect(),
            title: finding.title,
            severity: finding.severity.map(LevelBody::from),
            priority: finding.priority.map(LevelBody::from),
            score: finding.score,
            info: RawValue::from_string(finding.info).expect("what a rule says is checked"),
        }
    }
}

impl FindingReplay {
    fn of(replayed: Replayed, is_what_if: bool, disclosure: &Disclosure) -> Self {
        let seen = disclosure.finding(&replayed.found.team, &replayed.found.record);
        let (is_withheld, stored) = (seen.is_withheld, seen.fuel);
        let verdict = match is_withheld && is_what_if {
            true => replayed.verdict.without_telling(),
            false => replayed.verdict,
        };
        let (outcome, differences, failure) = match verdict {
            Verdict::Same => (OutcomeBody::Same, Vec::new(), None),
            Verdict::Different(differences) => (OutcomeBody::Different, differences, None),
            Verdict::Failed(reason) => (OutcomeBody::Failed, Vec::new(), Some(reason)),
        };
        let Found { alert, record, .. } = replayed.found;
        let rule = record.rule.clone();
        let said = |finding: Finding| match is_withheld {
            true => SaidBody::neutral(&finding, &rule),
            false => SaidBody::of(finding),
        };
        let differences = differences.into_iter().map(|difference| match is_withheld {
            true => difference.withheld(),
            false => difference,
        });
        let failure = failure.map(|reason| match is_withheld {
            true => WITHHELD.to_owned(),
            false => reason,
        });
        Self {
            alert: alert.to_string(),
            rule: record.rule,
            install: record.install,
            plugin: record.plugin,
            version: record.version,
            digest: record.digest,
            transaction: record.txn_id,
            outcome,
            differences: differences.collect(),
            failure,
            fuel: FuelBody {
                stored,
                now: replayed.fuel.filter(|_| !is_withheld),
                comparable: replayed.fuel_counts,
            },
            made_by: record.made_by.as_ref().map(MadeByBody::of),
            now: replayed.now.into_iter().map(said).collect(),
        }
    }
}

async fn replay_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    JsonBody(new): JsonBody<NewReplay>,
) -> Result<Json<ReplayBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let what_if = new.overrides.read()?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let read = move |app: &App| findings(app, tenant, path.alert, position);
    let found = on_disk(&app, read).await?;
    let (found, left_out) = found.ok_or(NoSuchAlert(path.alert))?;
    check(&caller, &what_if, &found)?;

    let (services, definitions) = (app.services.clone(), caller.definitions());
    let is_what_if = !what_if.is_nothing();
    let mut replayer = Replayer::new(services, tenant, definitions, what_if);
    let disclosure = caller.disclosure();
    let made_by = MadeByBody::of(replayer.made_by());
    let replayed = blocking(move || replayer.replay(found)).await?;
    let findings: Vec<FindingReplay> = {
        let replayed = replayed.into_iter();
        let replayed =
            replayed.map(|replayed| FindingReplay::of(replayed, is_what_if, &disclosure));
        replayed.collect()
    };
    let count = |outcome: OutcomeBody| {
        let of_outcome = findings.iter().filter(|finding| finding.outcome == outcome);
        of_outcome.count()
    };
    Ok(Json(ReplayBody {
        made_by,
        same: count(OutcomeBody::Same),
        different: count(OutcomeBody::Different),
        failed: count(OutcomeBody::Failed),
        left_out,
        findings,
    }))
}

/// The findings of an alert and of what is merged into it, and how many are left out; none where there is no such alert.
fn findings(
    app: &App,
    tenant: TenantId,
    id: uuid::Uuid,
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
fn check(caller: &UserCaller, what_if: &WhatIf, found: &[Found]) -> Result<(), Problem> {
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
