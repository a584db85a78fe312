//! Comparing what two installs of rules said of the same transactions.

use std::sync::Arc;

use super::compared::{Compared, Period, named};
use super::samples::{ComparedTransaction, Samples};
use super::{NoSuchRule, RuleName};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use engine::alert::{Disclosure, FindingRecord};
use engine::judgement::Comparison;
use engine::lane::LaneError;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::{Definitions, Permission, RuleInstall};

/// The most samples of each kind.
const MAX_SAMPLES: usize = 100;
/// Samples of each kind where nobody says.
const DEFAULT_SAMPLES: usize = 5;

/// What a rule is compared with, and over which transactions.
#[derive(Clone, Debug, Default)]
pub struct CompareRules {
    /// Another rule of the team, such as `structuring`, whose newest install is meant; or one of its installs, or of this
    /// rule's, such as `structuring/3`. If there is none, the result shows only what this install found.
    pub with: Option<String>,
    /// Which install of this rule; the one in force if there is none.
    pub install: Option<u64>,
    /// Which transactions.
    pub period: Period,
    /// How many samples of each kind, 100 at most; 5 if there is none.
    pub samples: Option<usize>,
}

/// What two installs said of the transactions that both judged. If there is one install alone, whatever it found is
/// counted as found by the one only.
#[derive(Clone, Debug)]
pub struct RuleComparison {
    /// The one.
    pub one: Arc<RuleInstall>,
    /// The other.
    pub other: Option<Arc<RuleInstall>>,
    /// How many transactions both judged, or the one that is alone, whenever those happened.
    pub transactions: u64,
    /// The first and the last of them, by sequence.
    pub sequences: Option<[u64; 2]>,
    /// How what they said differs, without its samples.
    pub counts: Comparison,
    /// The newest transactions of each kind, oldest first.
    pub samples: Vec<ComparedTransaction>,
}

/// Why rules cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareRulesError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// An install would be compared with itself.
    #[error(
        "names the same install; a rule is compared with another rule, or with another of its installs, such as 'structuring/3'"
    )]
    SameInstall,
    /// More samples are asked for than there may be.
    #[error(transparent)]
    TooManySamples(#[from] TooManySamples),
    /// What the rules said cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// More samples are asked for than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_SAMPLES} at most")]
pub struct TooManySamples;

/// Compares what two installs said of the transactions that both judged, live or in shadow.
///
/// # Errors
/// Where the caller may not, there is no such rule or install, both are the same, or too many samples are asked for.
pub async fn compare(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    asked: CompareRules,
) -> Result<RuleComparison, CompareRulesError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    let team = rule.find_team(&definitions)?;
    let one = match asked.install {
        None => rule.in_force(&definitions)?,
        Some(number) => {
            let name = format!("{}/{number}", rule.rule);
            named(&definitions, rule.team(), &name)?
        }
    };
    let other = asked.with.as_deref();
    let other = other
        .map(|with| named(&definitions, rule.team(), with))
        .transpose()?;
    if let Some(other) = &other
        && (one.rule == other.rule && one.number == other.number)
    {
        return Err(CompareRulesError::SameInstall);
    }
    let samples = sample_count(asked.samples)?;
    let durable = caller.lane.team(team.id).await?.durable();
    let disclosure = caller.disclosure();
    let tenant = caller.tenant;
    let work = Work {
        compared: Compared::new(tenant, team.id, &definitions, (one, other), durable),
        tenant,
        definitions,
        period: asked.period,
        samples,
        disclosure,
    };
    Ok(on_disk(app, move |app| work.compare(&app.services.store)).await?)
}

/// How many samples of each kind are shown: as many as are asked for, else 5.
///
/// # Errors
/// Where too many are asked for.
pub fn sample_count(asked: Option<usize>) -> Result<usize, TooManySamples> {
    let samples = asked.unwrap_or(DEFAULT_SAMPLES);
    match samples > MAX_SAMPLES {
        true => Err(TooManySamples),
        false => Ok(samples),
    }
}

struct Work {
    compared: Compared,
    tenant: TenantId,
    definitions: Arc<Definitions>,
    period: Period,
    samples: usize,
    disclosure: Disclosure,
}

impl Work {
    fn compare(self, store: &Store) -> Result<RuleComparison, StoreError> {
        let compared = &self.compared;
        let mut comparison = compared.compare(store, self.period, self.samples)?;
        let team = &compared.one.team;
        let config = |record: &FindingRecord| {
            let install = self.definitions.install(team, &record.rule, record.install);
            install.map(|install| install.config.clone())
        };
        let samples = Samples {
            store,
            tenant: self.tenant,
            configs: [&config, &config],
            rules: [
                &compared.one.rule,
                compared.other.as_ref().map_or("", |other| &other.rule),
            ],
            team,
            disclosure: &self.disclosure,
        };
        let samples = samples.take(&mut comparison)?;
        let transactions = compared.transactions();
        let (first, end) = (compared.sequences.start, compared.sequences.end);
        Ok(RuleComparison {
            one: compared.one.clone(),
            other: compared.other.clone(),
            transactions,
            sequences: (transactions > 0).then(|| [first, end - 1]),
            samples,
            counts: comparison,
        })
    }
}
