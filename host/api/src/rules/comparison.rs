//! What two installs of rules said of the same transactions: `/v1/teams/{team}/rules/{rule}/comparison`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::finding::FindingBody;
use super::RulePath;
use crate::http::{Filters, Params, Problem, WireTime};
use app::App;
use app::rules::compare::{self, CompareRules, CompareRulesError, RuleComparison, TooManySamples};
use app::rules::compared::Period;
use app::rules::samples::{ComparedFinding, ComparedTransaction, RuleOutcome};
use engine::judgement::{Comparison, Day, Kind, Severities};
use json::JsonValue;
use tenant::{Mode, RuleInstall};

/// With what a rule is compared.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ComparisonQuery {
    /// Another rule of the team, `structuring`, whose newest install is meant; or one of its installs, or of this rule's,
    /// `structuring/3`. Where it is left out, what this install found is told alone, as a shadow's that has no other rule
    /// beside it.
    #[serde(default)]
    with: Option<String>,
    /// Which install of this rule; the newest where nothing is said.
    #[serde(default)]
    install: Option<u64>,
    /// Of transactions that happened then or later.
    #[serde(default)]
    from: Option<WireTime>,
    /// Of transactions that happened before.
    #[serde(default)]
    to: Option<WireTime>,
    /// How many samples of each kind, 100 at most; 5 where nothing is said.
    #[serde(default)]
    samples: Option<usize>,
}

/// What two installs said of the same transactions: of those that both judged. Of one install alone, `other` is null, and
/// whatever it found is in `only_one`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleComparison")]
pub(super) struct ComparisonBody {
    one: SideBody,
    other: Option<SideBody>,
    /// How many transactions both judged, or the one that is alone, whenever those happened.
    transactions: u64,
    /// The first and the last of them, by sequence; null where there is none.
    sequences: Option<[u64; 2]>,
    #[serde(flatten)]
    counts: CountsBody,
    /// The newest of each kind, oldest first.
    samples: Vec<SampleBody>,
}

/// How many transactions, by what the two said; transactions of which both said nothing are in none.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct CountsBody {
    /// The one found something, and the other nothing.
    only_one: SeveritiesBody,
    /// The other found something, and the one nothing.
    only_other: SeveritiesBody,
    /// Both found the same.
    both: SeveritiesBody,
    /// Both found something, and not the same.
    changed: ChangedBody,
    /// Transactions that could not be judged.
    failed: FailedBody,
    /// By the day on which the transactions happened, in the tenant's time zone.
    days: Vec<DayBody>,
}

/// One of the two.
#[derive(Debug, Serialize, JsonSchema)]
struct SideBody {
    rule: String,
    install: u64,
    plugin: String,
    version: String,
    digest: String,
    mode: Mode,
    config: JsonValue,
    /// Findings in the transactions that are compared; one may have several.
    findings: u64,
}

/// How many transactions, by the highest severity that their alerts have or would have.
#[derive(Debug, Serialize, JsonSchema)]
struct SeveritiesBody {
    count: u64,
    high: u64,
    medium: u64,
    low: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ChangedBody {
    count: u64,
    /// As the one says it.
    one: SeveritiesBody,
    /// As the other says it.
    other: SeveritiesBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FailedBody {
    /// By the one.
    one: u64,
    /// By the other.
    other: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DayBody {
    day: String,
    only_one: u64,
    only_other: u64,
    both: u64,
    changed: u64,
    failed: u64,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KindBody {
    OnlyOne,
    OnlyOther,
    Both,
    Changed,
    Failed,
}

/// What both said of a transaction.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct SampleBody {
    kind: KindBody,
    /// The transaction's id.
    transaction: String,
    sequence: u64,
    date_time: WireTime,
    one: SaidBody,
    other: SaidBody,
}

/// What one of them said of a transaction; nothing where it was clear.
#[derive(Debug, Serialize, JsonSchema)]
struct SaidBody {
    findings: Vec<SaidFindingBody>,
    /// Why it could not judge.
    failure: Option<String>,
}

/// A finding, with its evidence.
#[derive(Debug, Serialize, JsonSchema)]
struct SaidFindingBody {
    /// That its alert has, or would have.
    severity: String,
    /// The alert that was made of it, if one was.
    alert: Option<String>,
    #[serde(flatten)]
    finding: FindingBody,
}

impl SideBody {
    fn of(install: &RuleInstall, findings: u64) -> Self {
        Self {
            rule: install.rule.clone(),
            install: install.number,
            plugin: install.plugin.clone(),
            version: install.version.clone(),
            digest: install.digest.clone(),
            mode: install.mode,
            config: install.config.clone(),
            findings,
        }
    }
}

impl From<Severities> for SeveritiesBody {
    fn from(severities: Severities) -> Self {
        Self {
            count: severities.count(),
            high: severities.high,
            medium: severities.medium,
            low: severities.low,
        }
    }
}

impl CountsBody {
    pub(in super::super) fn of(compared: &Comparison) -> Self {
        let day = |(name, day): (&String, &Day)| DayBody {
            day: name.clone(),
            only_one: day.only_one,
            only_other: day.only_other,
            both: day.both,
            changed: day.changed,
            failed: day.failed,
        };
        Self {
            only_one: compared.only_one.into(),
            only_other: compared.only_other.into(),
            both: compared.both.into(),
            changed: ChangedBody {
                count: compared.changed_one.count(),
                one: compared.changed_one.into(),
                other: compared.changed_other.into(),
            },
            failed: FailedBody {
                one: compared.failed_one,
                other: compared.failed_other,
            },
            days: compared.days.iter().map(day).collect(),
        }
    }
}

impl From<Kind> for KindBody {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::OnlyOne => Self::OnlyOne,
            Kind::OnlyOther => Self::OnlyOther,
            Kind::Both => Self::Both,
            Kind::Changed => Self::Changed,
            Kind::Failed => Self::Failed,
        }
    }
}

impl From<ComparedTransaction> for SampleBody {
    fn from(compared: ComparedTransaction) -> Self {
        Self {
            kind: compared.kind.into(),
            transaction: compared.txn_id,
            sequence: compared.sequence,
            date_time: WireTime(compared.date_time),
            one: compared.one.into(),
            other: compared.other.into(),
        }
    }
}

impl From<RuleOutcome> for SaidBody {
    fn from(outcome: RuleOutcome) -> Self {
        let findings = outcome.findings.into_iter();
        Self {
            findings: findings.map(SaidFindingBody::from).collect(),
            failure: outcome.failure,
        }
    }
}

impl From<ComparedFinding> for SaidFindingBody {
    fn from(compared: ComparedFinding) -> Self {
        Self {
            severity: compared.severity,
            alert: compared.alert.map(|alert| alert.to_string()),
            finding: compared.finding.into(),
        }
    }
}

impl From<RuleComparison> for ComparisonBody {
    fn from(compared: RuleComparison) -> Self {
        let counts = &compared.counts;
        let other = compared.other.as_ref();
        Self {
            one: SideBody::of(&compared.one, counts.findings_one),
            other: other.map(|other| SideBody::of(other, counts.findings_other)),
            transactions: compared.transactions,
            sequences: compared.sequences,
            counts: CountsBody::of(counts),
            samples: compared.samples.into_iter().map(SampleBody::from).collect(),
        }
    }
}

impl From<TooManySamples> for Problem {
    fn from(error: TooManySamples) -> Self {
        Self::bad_request(format!("query parameter samples: {error}"))
    }
}

impl From<CompareRulesError> for Problem {
    fn from(error: CompareRulesError) -> Self {
        match error {
            CompareRulesError::Forbidden(error) => error.into(),
            CompareRulesError::NoSuchRule(error) => error.into(),
            CompareRulesError::TooManySamples(error) => error.into(),
            CompareRulesError::Read(error) => error.into(),
            CompareRulesError::Lane(error) => error.into(),
            CompareRulesError::SameInstall => {
                Self::bad_request(format!("query parameter with: {error}"))
            }
        }
    }
}

pub(super) async fn compare_rules(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    Filters(query): Filters<ComparisonQuery>,
) -> Result<Json<ComparisonBody>, Problem> {
    let asked = CompareRules {
        with: query.with,
        install: query.install,
        period: Period {
            from: query.from.map(|WireTime(from)| from),
            to: query.to.map(|WireTime(to)| to),
        },
        samples: query.samples,
    };
    let compared = compare::compare(&app, &caller, &path.into(), asked).await?;
    Ok(Json(compared.into()))
}
