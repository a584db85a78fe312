//! The transactions that wait for a rule, judged page by page.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::keep::Keeping;
use super::record::CatchUp;
use super::run::CatchUpJob;
use super::waiting::Waiting;
use crate::backtest::{
    Course, Judged, ListsAsOf, ListsMode, PrepareError, StreamError, Tested, Wanted, stream,
};
use crate::prepared_rule::{PrepareInstallError, PreparedRule, prepare_installed};
use engine::lane::{Change, Fields, FindingsSchema, LaneError, MaskedReads, TeamView};
use jobs::Run;
use runtime::rule::RowOutcome;
use store::key::TeamId;
use tenant::{Authority, Definitions, RefusedInfo, RuleInstall};

/// So many transactions are looked up and judged together.
const PAGE: usize = 16_384;

/// Why a rule catches up no further.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CatchUpFault {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the schema of the rule's alert type changed meanwhile")]
    SchemaChanged,
    #[error("the rule was installed again meanwhile; ask again to go on with that install")]
    Outdated,
    #[error("the rule cannot be loaded: {0}")]
    Unavailable(#[from] UnavailableError),
}

/// Why an installed rule cannot judge stored transactions.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum UnavailableError {
    #[error(transparent)]
    Install(#[from] PrepareInstallError),
    #[error("the team has no payload schema")]
    NoSchema,
    #[error(transparent)]
    Misfit(#[from] PrepareError),
}

impl CatchUpFault {
    /// Whether the same may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Stream(error) => error.is_transient(),
            Self::SchemaChanged | Self::Outdated | Self::Unavailable(_) => false,
        }
    }
}

impl From<CatchUpFault> for WorkError {
    fn from(fault: CatchUpFault) -> Self {
        Self::Fault(fault)
    }
}

type WorkError = jobs::WorkError<CatchUpFault>;

/// A rule that judges what waits for it.
pub(super) struct Judging {
    pub(super) run: Arc<Run<CatchUpJob>>,
    pub(super) team: TeamId,
    pub(super) view: Arc<TeamView>,
}

impl Judging {
    /// Judges until nothing waits any more, or the host stops. Blocks.
    pub(super) fn judge_all(&self, record: &CatchUp, stop: &AtomicBool) -> Result<(), WorkError> {
        let (services, lane) = (self.run.services(), &self.run.lane);
        let definitions = lane.definitions();
        let install = definitions.rule_of(&record.team, &record.rule);
        let install = install.filter(|install| install.number == record.install);
        let install = install.ok_or(CatchUpFault::Outdated)?;
        let tested = self.load(&definitions, &install);
        let tested = tested.map_err(CatchUpFault::from)?;
        let by = record.actor.authority(record.needs);
        loop {
            if self.run.is_stopped() {
                return Err(WorkError::Stopped);
            }
            lane.check(&by).map_err(LaneError::from)?;
            let after = self.run.progress.lock().after;
            let waiting = Waiting::read(
                &services.store,
                self.run.tenant(),
                self.team,
                &record.rule,
                after + 1..=record.last,
                PAGE,
            )?;
            if waiting.0.is_empty() {
                return Ok(());
            }
            let page = Page {
                definitions: definitions.clone(),
                install: install.clone(),
                rule: tested.clone(),
                waiting: Arc::new(waiting),
                by: by.clone(),
            };
            self.judge(&page, stop)?;
        }
    }

    /// The rule as it is installed.
    fn load(
        &self,
        definitions: &Definitions,
        install: &RuleInstall,
    ) -> Result<Tested, UnavailableError> {
        let services = self.run.services();
        let prepared = prepare_installed(services, self.run.tenant(), definitions, install);
        let PreparedRule { plugin, plan } = services.runtime.block_on(prepared)?;
        let team = definitions.teams.get(&install.team);
        let schema = team.and_then(|team| team.schema());
        let schema = schema.ok_or(UnavailableError::NoSchema)?;
        Ok(Tested::bind(plugin, plan, &schema, install.row_limits())?)
    }

    /// Judges a page of them, which is not empty.
    fn judge(&self, page: &Page, stop: &AtomicBool) -> Result<(), WorkError> {
        let places: BTreeSet<u64> = page.waiting.0.keys().copied().collect();
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else {
            return Ok(());
        };
        let rules = vec![page.rule.clone()];
        let lists = ListsAsOf::load(
            &self.run.services().store,
            self.run.tenant(),
            self.team.0,
            page.definitions.clone(),
            Course::lists_of(&rules),
            ListsMode::Then,
        )?;
        let course = Course {
            view: self.view.clone(),
            rules,
            wanted: Wanted::Places(places),
            first,
            last,
            lists,
            limits: self.run.services().limits.inputs,
            // Alerts show what was posted.
            fields: Fields::All,
        };
        let mut failed = None;
        stream(course, stop, &mut |judged| match self.keep(page, judged) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })
        .map_err(CatchUpFault::from)?;
        failed.map_or(Ok(()), Err)
    }

    /// Which masked fields a rule reads: its transactions may be of any time.
    fn masked(&self, install: &RuleInstall, rule: &Tested) -> MaskedReads {
        let definitions = self.run.lane.definitions();
        let team = definitions.teams.get(&install.team);
        team.map_or_else(MaskedReads::default, |team| {
            MaskedReads::ever(&rule.plan, team)
        })
    }

    /// Keeps what comes of a batch in one commit.
    fn keep(&self, page: &Page, judged: Judged) -> Result<(), WorkError> {
        let judged = Arc::new(judged);
        let (services, install, rule) = (self.run.services(), &page.install, &page.rule);
        loop {
            if self.run.is_stopped() {
                return Err(WorkError::Stopped);
            }
            let manifest = rule.plugin.manifest();
            let schema = FindingsSchema::of(&self.run.lane.definitions(), install, manifest);
            let keeping = Keeping {
                team: self.team,
                install: install.clone(),
                rule: rule.clone(),
                masked: self.masked(install, rule),
                made_by: services.made_by(),
                waiting: page.waiting.clone(),
                refused_infos: Arc::new(refused_infos(&schema, &judged)),
                judged: judged.clone(),
                schema,
            };
            let keep = move |change: &mut Change<'_>, record: &mut CatchUp| {
                keeping.keep(change, record)?;
                Ok(record.clone())
            };
            match services.runtime.block_on(self.run.keep(&page.by, keep)) {
                Ok(so_far) => {
                    *self.run.progress.lock() = so_far;
                    return Ok(());
                }
                // The infos are validated again, by the schema as it is now.
                Err(WorkError::Fault(CatchUpFault::SchemaChanged)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Transactions that wait, and what judges them.
struct Page {
    definitions: Arc<Definitions>,
    install: Arc<RuleInstall>,
    rule: Tested,
    waiting: Arc<Waiting>,
    /// On whose authority alerts are made.
    by: Authority,
}

/// What the schema refuses of the findings of each row.
fn refused_infos(schema: &FindingsSchema, judged: &Judged) -> Vec<Vec<Option<RefusedInfo>>> {
    let said = judged.said.first();
    let outcomes = said.map_or(&[][..], |said| &said.tried.outcomes);
    let refused = outcomes.iter().map(|outcome| match outcome {
        RowOutcome::Findings { findings, .. } => schema.check(findings),
        _ => Vec::new(),
    });
    refused.collect()
}
