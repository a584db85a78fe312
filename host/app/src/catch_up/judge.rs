//! The transactions that wait for a rule, judged page by page.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::keep::{KeepError, Keeping};
use super::record::{CatchUp, State};
use super::waiting::Waiting;
use crate::backtest::{Course, Judged, ListsAsOf, ListsMode, StreamError, Tested, Wanted, stream};
use crate::prepared_rule::{PreparedRule, prepare_installed};
use engine::lane::{
    Change, ChangeError, Fields, FindingsSchema, Lane, LaneError, MaskedReads, Services, TeamView,
};
use runtime::rule::RowOutcome;
use store::StoreError;
use store::key::{TeamId, TenantId};
use tenant::{Authority, Definitions, RefusedInfo, RuleInstall};

/// So many transactions are looked up and judged together.
const PAGE: usize = 16_384;

/// Why a rule catches up no further.
#[derive(Debug, thiserror::Error)]
pub(super) enum JudgeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error("the rule cannot be loaded: {0}")]
    Unavailable(String),
    #[error("the host stops")]
    Stopped,
}

impl JudgeError {
    /// Whether the same may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) | Self::Keep(KeepError::Store(error)) => error.is_transient(),
            Self::Stream(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Keep(_) | Self::Unavailable(_) | Self::Stopped => false,
        }
    }

    /// Whether somebody ended it.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Keep(KeepError::Cancelled))
    }
}

/// A rule that judges what waits for it.
pub(super) struct Judging {
    pub(super) services: Arc<Services>,
    pub(super) lane: Arc<Lane>,
    pub(super) tenant: TenantId,
    pub(super) team: TeamId,
    pub(super) view: Arc<TeamView>,
    /// How far it is.
    pub(super) catch_up: Arc<Mutex<CatchUp>>,
    pub(super) stopping: CancellationToken,
}

impl Judging {
    /// Judges until nothing waits any more, or the host stops. Blocks.
    pub(super) fn judge_all(&self) -> Result<(), JudgeError> {
        let definitions = self.lane.definitions();
        let CatchUp {
            team,
            rule,
            install: number,
            last,
            ..
        } = self.catch_up.lock().clone();
        let install = definitions.rule_of(&team, &rule);
        let install = install.filter(|install| install.number == number);
        let install = install.ok_or(KeepError::Outdated)?;
        let tested = self.load(&definitions, &install);
        let tested = tested.map_err(JudgeError::Unavailable)?;
        loop {
            if self.stopping.is_cancelled() {
                return Err(JudgeError::Stopped);
            }
            self.check_running()?;
            let revoked = self.lane.check(&authority_of(&self.catch_up));
            revoked.map_err(LaneError::from)?;
            let waiting = Waiting::read(
                &self.services.store,
                self.tenant,
                self.team,
                &rule,
                self.catch_up.lock().after + 1..=last,
                PAGE,
            )?;
            if waiting.0.is_empty() {
                return Ok(());
            }
            self.judge(&definitions, &install, &tested, &Arc::new(waiting))?;
        }
    }

    fn check_running(&self) -> Result<(), JudgeError> {
        match self.catch_up.lock().state {
            State::Running => Ok(()),
            _ => Err(KeepError::Cancelled.into()),
        }
    }

    /// The rule as it is installed, or why it cannot be had.
    fn load(&self, definitions: &Definitions, install: &RuleInstall) -> Result<Tested, String> {
        let prepared = prepare_installed(&self.services, self.tenant, definitions, install);
        let prepared = self.services.runtime.block_on(prepared);
        let PreparedRule { plugin, plan } = prepared.map_err(|error| error.to_string())?;
        let team = definitions.teams.get(&install.team);
        let schema = team.and_then(|team| team.schema());
        let schema = schema.ok_or("the team has no payload schema")?;
        Tested::bind(plugin, plan, &schema, install.row_limits()).map_err(|error| error.to_string())
    }

    /// Judges a page of them, which is not empty.
    fn judge(
        &self,
        definitions: &Arc<Definitions>,
        install: &Arc<RuleInstall>,
        rule: &Tested,
        waiting: &Arc<Waiting>,
    ) -> Result<(), JudgeError> {
        let places: BTreeSet<u64> = waiting.0.keys().copied().collect();
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else {
            return Ok(());
        };
        let rules = vec![rule.clone()];
        let lists = ListsAsOf::load(
            &self.services.store,
            self.tenant,
            self.team.0,
            definitions.clone(),
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
            limits: self.services.limits.inputs,
            // Alerts show what was posted.
            fields: Fields::All,
        };
        let mut failed = None;
        // Ends this stream alone: others of the host's go on.
        let stop = AtomicBool::new(false);
        stream(course, &stop, &mut |judged| {
            if self.stopping.is_cancelled() {
                failed = Some(JudgeError::Stopped);
            } else if let Err(error) = self
                .check_running()
                .and_then(|()| self.keep(install, rule, waiting, judged))
            {
                failed = Some(error);
            }
            match failed {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Which masked fields a rule reads: its transactions may be of any time.
    fn masked(&self, install: &RuleInstall, rule: &Tested) -> MaskedReads {
        let definitions = self.lane.definitions();
        let team = definitions.teams.get(&install.team);
        team.map_or_else(MaskedReads::default, |team| {
            MaskedReads::ever(&rule.plan, team)
        })
    }

    /// Keeps what comes of a batch in one commit.
    fn keep(
        &self,
        install: &Arc<RuleInstall>,
        rule: &Tested,
        waiting: &Arc<Waiting>,
        judged: Judged,
    ) -> Result<(), JudgeError> {
        let judged = Arc::new(judged);
        loop {
            let manifest = rule.plugin.manifest();
            let schema = FindingsSchema::of(&self.lane.definitions(), install, manifest);
            let keeping = Keeping {
                team: self.team,
                install: install.clone(),
                rule: rule.clone(),
                masked: self.masked(install, rule),
                made_by: self.services.made_by(),
                waiting: waiting.clone(),
                refused_infos: Arc::new(refused_infos(&schema, &judged)),
                judged: judged.clone(),
                schema,
                before: self.catch_up.lock().clone(),
            };
            let keep = move |change: &mut Change<'_>| keeping.keep(change);
            let by = authority_of(&self.catch_up);
            let kept = self.lane.change_when_room(&by, keep);
            match self.services.runtime.block_on(kept) {
                Ok(after) => {
                    *self.catch_up.lock() = after;
                    return Ok(());
                }
                // The infos are validated again, by the schema as it is now.
                Err(ChangeError::Refused(KeepError::SchemaChanged)) => {
                    if self.stopping.is_cancelled() {
                        return Err(JudgeError::Stopped);
                    }
                }
                Err(ChangeError::Refused(error)) => return Err(error.into()),
                Err(ChangeError::Lane(error)) => return Err(error.into()),
            }
        }
    }
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

/// On whose authority a rule catches up.
fn authority_of(catch_up: &Mutex<CatchUp>) -> Authority {
    let catch_up = catch_up.lock();
    catch_up.actor.authority(catch_up.needs)
}
