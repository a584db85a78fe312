//! What two installs of rules said of the same transactions: `/v1/teams/{team}/rules/{rule}/comparison`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::finding::FindingBody;
use super::RulePath;
use super::compared::{Compared, Period, named};
use crate::http::{Filters, Params, Problem, WireTime};
use app::App;
use app::alerts::seen::Finding;
use app::teams::find_team;
use engine::alert::{Disclosure, FindingRecord, Origin};
use engine::judgement::{Comparison, Day, JudgedRow, Judgement, Kept, Kind, Severities, read_kept};
use json::JsonValue;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::{Definitions, Mode, Permission, RuleInstall};

/// The most samples of each kind.
const MAX_SAMPLES: usize = 100;

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
#[derive(Debug, Default, Serialize, JsonSchema)]
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

/// Tells the configuration under which a finding was made, where it is known.
pub(in super::super) type ConfigOf<'c> = dyn Fn(&FindingRecord) -> Option<JsonValue> + 'c;

/// Reads the findings of samples where they are kept, as a reader may see them.
pub(in super::super) struct Samples<'s> {
    pub(in super::super) store: &'s Store,
    pub(in super::super) tenant: TenantId,
    /// The configurations under which findings of the one, and of the other, were made.
    pub(in super::super) configs: [&'s ConfigOf<'s>; 2],
    /// The rules that said it.
    pub(in super::super) rules: [&'s str; 2],
    /// Of which team they are.
    pub(in super::super) team: &'s str,
    /// What is shown of them.
    pub(in super::super) disclosure: &'s Disclosure,
}

impl Samples<'_> {
    /// All samples of a comparison.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(in super::super) fn read(
        &self,
        compared: &Comparison,
    ) -> Result<Vec<SampleBody>, StoreError> {
        let mut samples = Vec::new();
        for (&kind, pairs) in &compared.samples {
            for pair in pairs {
                let Some(row) = pair.one.as_ref().or(pair.other.as_ref()) else {
                    continue;
                };
                samples.push(SampleBody {
                    kind: kind.into(),
                    transaction: row.txn_id.clone(),
                    sequence: row.sequence,
                    date_time: WireTime(Timestamp::from_micros(row.date_time)),
                    one: self.said(pair.one.as_ref(), self.rules[0], self.configs[0])?,
                    other: self.said(pair.other.as_ref(), self.rules[1], self.configs[1])?,
                });
            }
        }
        Ok(samples)
    }

    fn said(
        &self,
        row: Option<&JudgedRow>,
        rule: &str,
        config: &dyn Fn(&FindingRecord) -> Option<JsonValue>,
    ) -> Result<SaidBody, StoreError> {
        let mut body = SaidBody::default();
        let Some(row) = row else {
            return Ok(body);
        };
        match &row.said {
            Judgement::Failed { reason, .. } => {
                let origin = Origin {
                    team: self.team,
                    rule,
                    install: None,
                    at: row.judged_at,
                };
                body.failure = Some(self.disclosure.reason(reason, &origin));
            }
            Judgement::Found(findings) => {
                for finding in findings {
                    let Some(record) = read_kept(self.store, self.tenant, &finding.kept)? else {
                        continue;
                    };
                    let config = config(&record);
                    body.findings.push(SaidFindingBody {
                        severity: finding.severity.clone(),
                        alert: match &finding.kept {
                            Kept::Alert(alert) => Some(alert.to_string()),
                            Kept::Here(_) => None,
                        },
                        finding: Finding::of(record, self.team, config, self.disclosure).into(),
                    });
                }
            }
        }
        Ok(body)
    }
}

pub(super) async fn compare_rules(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    Filters(query): Filters<ComparisonQuery>,
) -> Result<Json<ComparisonBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    let team = find_team(&definitions, path.team())?;
    let one = match query.install {
        None => path.find(&definitions)?,
        Some(number) => {
            let name = format!("{}/{number}", path.rule());
            named(&definitions, path.team(), &name)?
        }
    };
    let other = query.with.as_deref();
    let other = other
        .map(|with| named(&definitions, path.team(), with))
        .transpose()?;
    if let Some(other) = &other
        && (one.rule == other.rule && one.number == other.number)
    {
        return Err(Problem::bad_request(
            "query parameter with: names the same install; a rule is compared with another rule, or with another of its installs, such as 'structuring/3'",
        ));
    }
    let samples = query.samples.unwrap_or(5);
    if samples > MAX_SAMPLES {
        return Err(Problem::bad_request(format!(
            "query parameter samples: {MAX_SAMPLES} at most"
        )));
    }
    let period = Period {
        from: query.from.map(|WireTime(from)| from),
        to: query.to.map(|WireTime(to)| to),
    };
    let durable = caller.lane.team(team.id).await?.durable();
    let disclosure = caller.disclosure();
    let tenant = caller.tenant;
    let compared = Compared::new(tenant, team.id, &definitions, (one, other), durable);
    let body = blocking(move || {
        body(
            &app.services.store,
            tenant,
            &definitions,
            &compared,
            period,
            samples,
            &disclosure,
        )
    });
    Ok(Json(body.await??))
}

fn body(
    store: &Store,
    tenant: TenantId,
    definitions: &Definitions,
    compared: &Compared,
    period: Period,
    samples: usize,
    disclosure: &Disclosure,
) -> Result<ComparisonBody, StoreError> {
    let comparison = compared.compare(store, period, samples)?;
    let team = &compared.one.team;
    let config = |record: &FindingRecord| {
        let install = definitions.install(team, &record.rule, record.install);
        install.map(|install| install.config.clone())
    };
    let samples = Samples {
        store,
        tenant,
        configs: [&config, &config],
        rules: [
            &compared.one.rule,
            compared.other.as_ref().map_or("", |other| &other.rule),
        ],
        team,
        disclosure,
    };
    let transactions = compared.transactions();
    Ok(ComparisonBody {
        one: SideBody::of(&compared.one, comparison.findings_one),
        other: compared
            .other
            .as_ref()
            .map(|other| SideBody::of(other, comparison.findings_other)),
        transactions,
        sequences: (transactions > 0)
            .then(|| [compared.sequences.start, compared.sequences.end - 1]),
        samples: samples.read(&comparison)?,
        counts: CountsBody::of(&comparison),
    })
}
