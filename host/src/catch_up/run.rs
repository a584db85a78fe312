//! Rules that catch up, in the background.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::task::JoinSet;

use super::waiting::Waiting;
use crate::background::{self, BackgroundError};
use crate::backtest::{Course, Judged, ListsAsOf, ListsMode, StreamError, Tested, Wanted, stream};
use crate::judgement::{CaughtUp, Judgement, Judgements, KeptFinding};
use crate::lane::{
    Actor, Change, ChangeError, Fields, FoundInRow, Lane, LaneError, Services, TeamView,
};
use crate::plugin::rule::RowOutcome;
use crate::store::StoreError;
use crate::store::key::{Record, TeamId, TenantId};
use crate::tenant::{Definitions, Mode, RuleInstall};

/// So many transactions are looked up and judged together.
const PAGE: usize = 16_384;
/// The most rules of a tenant that catch up at the same time.
const MAX_AT_WORK: usize = 4;

/// Why a rule does not begin to catch up.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error("the rule is catching up already")]
    UnderWay,
    #[error("{MAX_AT_WORK} rules are catching up; wait until one of them is done")]
    TooMany,
    #[error("the rule is off; install it in mode 'live' or 'shadow' first")]
    Off,
}

/// How far a rule is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum State {
    Running,
    Done,
    /// Why it ended before its end; whoever asks again goes on with what still waits.
    Failed(String),
}

/// A rule that catches up, as far as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// How far it is.
    pub state: State,
    /// By which install.
    pub install: u64,
    /// Who asked for it.
    pub actor: Actor,
    /// When, in microseconds since the epoch.
    pub asked_at: i64,
    /// How many transactions waited at the beginning.
    pub rows: u64,
    /// How many of them are judged by now.
    pub judged: u64,
    /// In how many of those something was found.
    pub found: u64,
    /// How many alerts were made.
    pub alerts: u64,
    /// How many could not be judged again, and wait on.
    pub failed: u64,
    /// Why the last of them could not.
    pub last_failure: Option<String>,
}

/// What is to be judged.
pub struct Asked {
    /// The team's number.
    pub team: u32,
    /// The team's transactions.
    pub view: Arc<TeamView>,
    /// The rule's install that is in force.
    pub install: Arc<RuleInstall>,
    /// Who asks.
    pub actor: Actor,
    /// How many transactions wait.
    pub rows: u64,
}

/// A rule of a team of a tenant.
type Which = (TenantId, String, String);

/// The rules that catch up, in all tenants; and how the last time ended, until the host stops.
#[derive(Default)]
pub struct CatchUps {
    known: Mutex<HashMap<Which, Arc<Mutex<CatchUp>>>>,
    stopping: Arc<AtomicBool>,
    tasks: Mutex<JoinSet<()>>,
}

impl CatchUps {
    /// How far a rule is, or how it ended; none where nobody asked since the host started.
    pub fn get(&self, tenant: TenantId, team: &str, rule: &str) -> Option<CatchUp> {
        let which = (tenant, team.to_owned(), rule.to_owned());
        let known = self.known.lock();
        known.get(&which).map(|catch_up| catch_up.lock().clone())
    }

    /// Begins, in the background, and answers how it begins.
    ///
    /// # Errors
    /// Where it is under way, too many others are, or the rule is off.
    pub fn run(
        self: &Arc<Self>,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        asked: Asked,
    ) -> Result<CatchUp, AskError> {
        let Asked {
            team,
            view,
            install,
            actor,
            rows,
        } = asked;
        if install.mode == Mode::Off {
            return Err(AskError::Off);
        }
        let which = (tenant, install.team.clone(), install.rule.clone());
        let begun = CatchUp {
            state: State::Running,
            install: install.number,
            actor,
            asked_at: services.clock.now().as_micros(),
            rows,
            judged: 0,
            found: 0,
            alerts: 0,
            failed: 0,
            last_failure: None,
        };
        let seen = Arc::new(Mutex::new(begun.clone()));
        {
            let mut known = self.known.lock();
            let runs = |catch_up: &Arc<Mutex<CatchUp>>| catch_up.lock().state == State::Running;
            if known.get(&which).is_some_and(runs) {
                return Err(AskError::UnderWay);
            }
            let of_tenant = known.iter().filter(|((of, ..), _)| *of == tenant);
            if of_tenant.filter(|(_, catch_up)| runs(catch_up)).count() >= MAX_AT_WORK {
                return Err(AskError::TooMany);
            }
            known.insert(which, seen.clone());
        }
        let work = Work {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            team: TeamId(team),
            view,
            install,
            seen,
            stop: self.stopping.clone(),
        };
        let mut tasks = self.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work.run());
        Ok(begun)
    }

    /// Begins no more, and waits until what is under way has kept what it judged.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        while tasks.join_next().await.is_some() {}
    }
}

/// Why it ends before its end.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error("the rule was installed again meanwhile; ask again to go on with that install")]
    Outdated,
    #[error("the rule cannot be loaded: {0}")]
    Unavailable(String),
    #[error("the host was stopped; ask again to go on")]
    Stopped,
}

#[derive(Clone)]
struct Work {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    team: TeamId,
    view: Arc<TeamView>,
    install: Arc<RuleInstall>,
    seen: Arc<Mutex<CatchUp>>,
    stop: Arc<AtomicBool>,
}

impl Work {
    async fn run(self) {
        let (seen, install) = (self.seen.clone(), self.install.clone());
        let worked = background::run("catch-up", move || self.work()).await;
        let reason = match worked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error @ (BackgroundError::Thread(_) | BackgroundError::Panicked)) => {
                Some(error.to_string())
            }
        };
        if let Some(reason) = &reason {
            let (team, rule) = (&install.team, &install.rule);
            tracing::warn!(team, rule, reason, "a rule did not catch up wholly");
        }
        seen.lock().state = reason.map_or(State::Done, State::Failed);
    }

    fn work(&self) -> Result<(), WorkError> {
        let definitions = self.lane.definitions();
        let rule = self.rule(&definitions).map_err(WorkError::Unavailable)?;
        let last = self.view.durable();
        let mut after = 0;
        loop {
            let waiting = Waiting::read(
                &self.services.store,
                self.tenant,
                self.team,
                &self.install.rule,
                after + 1..=last,
                PAGE,
            )?;
            let Some((&highest, _)) = waiting.0.last_key_value() else {
                return Ok(());
            };
            self.judge(&definitions, &rule, &Arc::new(waiting))?;
            after = highest;
        }
    }

    /// The rule as it is installed, or why it cannot be had.
    fn rule(&self, definitions: &Definitions) -> Result<Tested, String> {
        let (name, version) = (&self.install.plugin, &self.install.version);
        let published = definitions.plugins.get(&format!("{name}/{version}"));
        let published =
            published.ok_or_else(|| format!("plugin {name} {version} is not published"))?;
        let loading = self.services.load_rule(self.tenant, published);
        let plugin = self.services.runtime.block_on(loading);
        let plugin = plugin.map_err(|error| error.to_string())?;
        let team = definitions.teams.get(&self.install.team);
        let schema = team.and_then(|team| team.schema());
        let schema = schema.ok_or("the team has no payload schema")?;
        let config = self.install.config.to_string();
        Tested::prepare(plugin, &config, &schema, self.install.row_limits())
            .map_err(|error| error.to_string())
    }

    fn judge(
        &self,
        definitions: &Arc<Definitions>,
        rule: &Tested,
        waiting: &Arc<Waiting>,
    ) -> Result<(), WorkError> {
        let places: BTreeSet<u64> = waiting.0.keys().copied().collect();
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else {
            return Ok(());
        };
        let lists = rule.bound.lists().into_iter().map(str::to_owned);
        let lists = ListsAsOf::load(
            &self.services.store,
            self.tenant,
            self.team.0,
            definitions.clone(),
            lists.collect(),
            ListsMode::Then,
        )?;
        let course = Course {
            view: self.view.clone(),
            rules: vec![rule.clone()],
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
            if self.stop.load(Ordering::Relaxed) {
                failed = Some(WorkError::Stopped);
            } else if let Err(error) = self.keep(rule, waiting, judged) {
                failed = Some(error);
            }
            match failed {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Makes the alerts of a batch, and marks its transactions, in one commit.
    fn keep(&self, rule: &Tested, waiting: &Arc<Waiting>, judged: Judged) -> Result<(), WorkError> {
        let keeping = Keeping {
            work: self.clone(),
            rule: rule.clone(),
            waiting: waiting.clone(),
            judged: Arc::new(judged),
        };
        let keep = move |change: &mut Change<'_>| keeping.keep(change);
        let kept = self.lane.change_when_room(keep);
        match self.services.runtime.block_on(kept) {
            Ok(kept) => {
                kept.count(&mut self.seen.lock());
                Ok(())
            }
            Err(ChangeError::Refused(error)) => Err(error),
            Err(ChangeError::Lane(error)) => Err(error.into()),
        }
    }
}

/// What a batch comes to.
#[derive(Default)]
struct Kept {
    judged: u64,
    found: u64,
    alerts: u64,
    failed: u64,
    last_failure: Option<String>,
}

impl Kept {
    fn count(self, seen: &mut CatchUp) {
        seen.judged += self.judged;
        seen.found += self.found;
        seen.alerts += self.alerts;
        seen.failed += self.failed;
        seen.last_failure = self.last_failure.or(seen.last_failure.take());
    }
}

#[derive(Clone)]
struct Keeping {
    work: Work,
    rule: Tested,
    waiting: Arc<Waiting>,
    judged: Arc<Judged>,
}

impl Keeping {
    fn keep(&self, change: &mut Change<'_>) -> Result<Kept, WorkError> {
        let Work { install, .. } = &self.work;
        let in_force = change.definitions().rule_of(&install.team, &install.rule);
        if in_force.is_none_or(|in_force| in_force.number != install.number) {
            return Err(WorkError::Outdated);
        }
        let mut kept = Kept::default();
        let mut records: HashMap<u64, Judgements> = HashMap::new();
        let said = self.judged.said.first();
        let outcomes = said.map_or(&[][..], |said| &said.tried.outcomes);
        for (index, outcome) in outcomes.iter().enumerate() {
            kept.judged += 1;
            let found = match outcome {
                RowOutcome::Failed(failure) => {
                    kept.failed += 1;
                    kept.last_failure = Some(failure.to_string());
                    continue;
                }
                RowOutcome::Clear => Vec::new(),
                RowOutcome::Findings { findings, fuel } => {
                    kept.found += 1;
                    self.raise(change, index, findings, *fuel, &mut kept)?
                }
            };
            let sequence = self.judged.rows[index].sequence;
            self.mark(change, &mut records, sequence, found)?;
        }
        for (first, judgements) in records {
            change.keep_record(&self.record(first), judgements.write());
        }
        Ok(kept)
    }

    /// Makes the alerts of a live rule; of a shadow the findings are kept.
    fn raise(
        &self,
        change: &mut Change<'_>,
        index: usize,
        findings: &[domain::rule::Finding],
        fuel: u64,
        kept: &mut Kept,
    ) -> Result<Vec<KeptFinding>, StoreError> {
        let Work {
            install, services, ..
        } = &self.work;
        let placed = &self.judged.rows[index];
        let found = FoundInRow {
            install,
            manifest: self.rule.plugin.manifest(),
            plan: &self.rule.plan,
            columns: &self.judged.columns[0],
            made_by: &services.made_by(),
            sequence: placed.sequence,
            transaction: &placed.transaction,
            batch: &self.judged.inputs,
            index,
            findings,
            fuel,
            late: true,
        };
        let version = |name: &str| {
            let mut lists = self.judged.lists.iter();
            lists
                .find(|(list, _)| list == name)
                .map(|(_, version)| *version)
        };
        if install.mode == Mode::Shadow {
            let of_type = change
                .definitions()
                .type_defaults(found.alert_type(), change.at());
            return Ok(found.kept_here(change.at(), of_type.severity, &version));
        }
        let raised = change.raise_with(&found, &version)?;
        kept.alerts += raised.len() as u64;
        for raised in &raised {
            if let Some(reason) = &raised.refused_info {
                kept.last_failure = Some(reason.clone());
            }
        }
        Ok(raised.into_iter().map(|raised| raised.kept).collect())
    }

    /// Marks a transaction as caught up in the record that tells of it.
    fn mark(
        &self,
        change: &mut Change<'_>,
        records: &mut HashMap<u64, Judgements>,
        sequence: u64,
        found: Vec<KeptFinding>,
    ) -> Result<(), StoreError> {
        let Some(&first) = self.waiting.0.get(&sequence) else {
            return Ok(());
        };
        let judgements = match records.entry(first) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let Some(value) = change.record(&self.record(first))? else {
                    return Ok(());
                };
                let judgements = Judgements::read(&value).map_err(|error| {
                    let what = format!("what rule '{}' said", self.work.install.rule);
                    StoreError::damaged(what, error.to_string())
                })?;
                unknown.insert(judgements)
            }
        };
        let mut rows = judgements.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.sequence == sequence)
            && let Judgement::Failed { caught_up, .. } = &mut row.said
        {
            *caught_up = Some(CaughtUp {
                at: change.at().as_micros(),
                install: self.work.install.number,
                found,
            });
        }
        Ok(())
    }

    fn record(&self, first: u64) -> Record {
        Record::Judgements {
            team: self.work.team,
            rule: self.work.install.rule.clone(),
            first,
        }
    }
}
