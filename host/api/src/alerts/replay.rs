//! Judging the findings of an alert again: `/v1/alerts/{alert}/replay`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::super::problem_from::problem_from;
use super::super::replays::MadeByBody;
use super::AlertPath;
use crate::http::{JsonBody, Params, Problem, ProblemKind, problems};
use app::App;
use app::replay::alert::{
    self, AlertReplay, Overrides, ReplayAlertError, ReplayedFinding, SaidNow,
};
use app::replay::{Difference, Verdict};
use json::{JsonObject, JsonValue};

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

impl From<OverridesBody> for Overrides {
    fn from(body: OverridesBody) -> Self {
        Self {
            inputs: body.inputs,
            config: body.config,
        }
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

impl From<SaidNow> for SaidBody {
    fn from(said: SaidNow) -> Self {
        Self {
            title: said.title,
            severity: said.severity.map(LevelBody::from),
            priority: said.priority.map(LevelBody::from),
            score: said.score,
            labels: said.labels,
            info: RawValue::from_string(said.info).expect("what a rule says is checked"),
        }
    }
}

impl From<ReplayedFinding> for FindingReplay {
    fn from(replayed: ReplayedFinding) -> Self {
        let (outcome, differences, failure) = match replayed.verdict {
            Verdict::Same => (OutcomeBody::Same, Vec::new(), None),
            Verdict::Different(differences) => (OutcomeBody::Different, differences, None),
            Verdict::Failed(reason) => (OutcomeBody::Failed, Vec::new(), Some(reason)),
        };
        Self {
            alert: replayed.alert.to_string(),
            rule: replayed.rule,
            install: replayed.install,
            plugin: replayed.plugin,
            version: replayed.version,
            digest: replayed.digest,
            transaction: replayed.txn_id,
            outcome,
            differences,
            failure,
            fuel: FuelBody {
                stored: replayed.stored_fuel,
                now: replayed.fuel,
                comparable: replayed.fuel_counts,
            },
            made_by: replayed.made_by.as_ref().map(MadeByBody::of),
            now: replayed.now.into_iter().map(SaidBody::from).collect(),
        }
    }
}

impl From<AlertReplay> for ReplayBody {
    fn from(replay: AlertReplay) -> Self {
        let findings = replay.findings.into_iter();
        let findings: Vec<FindingReplay> = findings.map(FindingReplay::from).collect();
        let count = |outcome: OutcomeBody| {
            let of_outcome = findings.iter().filter(|finding| finding.outcome == outcome);
            of_outcome.count()
        };
        Self {
            made_by: MadeByBody::of(&replay.made_by),
            same: count(OutcomeBody::Same),
            different: count(OutcomeBody::Different),
            failed: count(OutcomeBody::Failed),
            left_out: replay.left_out,
            findings,
        }
    }
}

problem_from!(ReplayAlertError {
    Forbidden,
    Invalid,
    NoSuchAlert,
    Read,
    Lane,
    Panicked
});

async fn replay_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    JsonBody(new): JsonBody<NewReplay>,
) -> Result<Json<ReplayBody>, Problem> {
    let replay = alert::replay(&app, &caller, path.alert, new.overrides.into()).await?;
    Ok(Json(replay.into()))
}
