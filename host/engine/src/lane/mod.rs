//! One lane per tenant: all that changes a tenant happens in one order, in its lane.
//!
//! ```text
//! mailbox ─► turn on a worker: sequence ─► evaluate ─► raise ─► commit ─► answer, when durable
//! ```
//!
//! In reading order:
//!
//! - [`command`], [`mailbox`], [`pool`]: what waits for a lane, and who works on it;
//! - [`load`], [`state`], [`team`], [`rule`]: what a lane holds of its tenant;
//! - [`ingest`], [`waiters`]: a turn of transactions and who waits for it, by its stages [`sequence`], [`evaluate`] with
//!   [`info`], [`raise`], [`blocks`];
//! - [`change`], [`change_alerts`], [`change_parts`], [`change_records`], [`change_rules`]: everything else that changes a tenant;
//!   [`ask`]: how it is asked for; [`mark`]: which request made the change;
//! - [`finding`], [`merge`]: alerts that are made of findings, and those that join others; [`masked`]: which findings tell of
//!   masked fields;
//! - [`published`], [`searchable`], [`team_view`], [`tail`]: what readers see, which is only what is durable;
//! - [`alert_indexer`], [`alert_filler`]: who enters alerts into what is searched, beside all lanes;
//! - [`window_rows`]: earlier transactions, by the fields that part windows; [`window_rebuild`]: what is missing of them;
//! - [`stats`], [`meters`], [`recall`]: what rules have done, and which of them fail;
//! - [`indexer`]: writes the indexes of transactions behind; [`index_bell`]: wakes lanes that are too far ahead of them;
//!   [`outbox_bell`]: wakes who delivers; [`preparing_bell`]: wakes who prepares rules.
//!
//! What this module does not know: HTTP, who is calling, and whether they may.

mod alert_filler;
mod alert_indexer;
mod answer;
mod ask;
mod audit;
mod blocks;
mod change;
mod change_alerts;
mod change_parts;
mod change_records;
mod change_rules;
mod command;
mod evaluate;
mod failure_alert;
mod finding;
mod idle;
mod index_bell;
mod indexer;
mod info;
mod ingest;
mod known_values;
mod load;
mod mailbox;
mod mark;
mod masked;
mod merge;
mod meters;
mod outbox_bell;
mod outcome;
mod overlay;
mod pool;
mod preparing_bell;
mod published;
mod raise;
mod recall;
mod rule;
mod searchable;
mod sequence;
mod services;
mod state;
mod stats;
mod tail;
mod team;
mod team_view;
#[cfg(feature = "testing")]
pub mod testing;
mod waiters;
mod window_budget;
mod window_rebuild;
mod window_rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

pub use alert_indexer::AlertIndexer;
pub use answer::{Ingested, LaneError, Receipt};
pub use audit::{
    ACTIONS, Actor, AuditEntry, AuditRecord, ChainFault, ChainHash, ChainHead, ChainReport,
    DefinitionChange, VerifyError, read_head, verify_chain,
};
pub use change::{Change, ChangeError};
pub use command::{NewIngest, Posted};
pub use finding::{FoundInRow, RaisedAlert};
pub use idle::unload_idle_lanes;
pub use index_bell::IndexBell;
pub use indexer::Indexer;
pub use info::FindingsSchema;
pub use known_values::{UnknownValue, unknown_action, unknown_values};
pub use mark::Mark;
pub use masked::MaskedReads;
pub use outbox_bell::OutboxBell;
pub use outcome::{AlertBrief, Outcome, RuleOutcome, Said, SeenSaid};
pub use preparing_bell::PreparingBell;
pub use recall::recall_failing_rules;
pub use searchable::{IncompleteIndex, WholeIndex};
pub use services::{LaneLimits, LoadPluginError, Services};
pub use stats::{
    AllStats, LastFailure, Measured, RuleStats, SaidCounts, Sample, Streak, Taken, Tally,
};
pub use team_view::{
    Extent, Fields, Placed, SpanCounts, StoredTransaction, Stretch, TeamView, TransactionQuery,
    Walk,
};
pub use window_budget::WindowBudget;
pub use window_rows::{AheadReader, RowsBuilt, RowsError, TeamRows, WindowReader, WindowRows};

pub use load::read_definitions;

use command::{Command, Ingest};
use mailbox::{Mailbox, Pushed};
use pool::{Line, Pool, Weight};
use published::Published;
use searchable::Searchable;
use state::{LaneState, MAX_TURN_ROWS};

use crate::alert::{AlertIndex, open};
use base::condition::Condition;
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, Definitions, Revoked};

/// How long a search waits that is to find everything.
const SEARCH_PATIENCE: Duration = Duration::from_secs(30);

/// It is tried again with each request of the tenant.
static NOT_LOADED: Condition = Condition::new("a lane cannot be loaded");

/// The workers that all lanes share.
pub struct Lanes {
    pool: Pool,
    services: Arc<Services>,
}

impl Lanes {
    /// Starts so many workers.
    pub fn start(services: Arc<Services>, workers: usize) -> std::io::Result<Self> {
        Ok(Self {
            pool: Pool::start(workers)?,
            services,
        })
    }

    /// The lane of a new tenant, which has no alerts. It reads its state from the store when it is first needed.
    pub fn lane(&self, tenant: TenantId, definitions: Definitions) -> Arc<Lane> {
        self.lane_with(tenant, definitions, Searchable::empty())
    }

    /// The lane of a tenant that the store knows. The index of its alerts is [to be filled](AlertIndexer::fill).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn stored_lane(
        &self,
        tenant: TenantId,
        definitions: Definitions,
    ) -> Result<Arc<Lane>, StoreError> {
        let alerts = match open::read_count(&self.services.store, tenant)? {
            Some(0) => Searchable::empty(),
            count => Searchable::to_be_filled(count.unwrap_or_default()),
        };
        Ok(self.lane_with(tenant, definitions, alerts))
    }

    fn lane_with(
        &self,
        tenant: TenantId,
        definitions: Definitions,
        alerts: Searchable,
    ) -> Arc<Lane> {
        Arc::new(Lane {
            tenant,
            mailbox: Mailbox::default(),
            state: Mutex::new(None),
            published: Arc::new(Published::new(definitions, alerts)),
            stats: Arc::default(),
            services: self.services.clone(),
            line: self.pool.line(),
            is_heavy: AtomicBool::new(false),
            made_at: Instant::now(),
            last_turn: AtomicU64::new(0),
        })
    }

    /// Ends the workers. The lanes must be idle.
    pub fn stop(self) {
        self.pool.stop();
    }
}

/// One answer for each transaction, once all are durable.
pub type IngestAnswer = oneshot::Receiver<Result<Vec<Ingested>, LaneError>>;

/// The lane of one tenant.
pub struct Lane {
    tenant: TenantId,
    mailbox: Mailbox,
    /// None until it is first needed, and after a commit failed.
    state: Mutex<Option<LaneState>>,
    published: Arc<Published>,
    stats: Arc<AllStats>,
    services: Arc<Services>,
    line: Line,
    /// Whether it had large rules when it was last worked on.
    is_heavy: AtomicBool,
    made_at: Instant,
    /// When the last turn ended, in milliseconds after it was made.
    last_turn: AtomicU64,
}

impl Lane {
    /// Judges transactions of one team, in their order. Answers when all are durable.
    ///
    /// # Errors
    /// Where too much waits, there is no such team, or the store fails.
    pub async fn ingest(self: &Arc<Self>, ingest: NewIngest) -> Result<Vec<Ingested>, LaneError> {
        match self.submit(ingest) {
            Ok(answered) => answered.await.unwrap_or(Err(LaneError::Stopping)),
            Err(_) => Err(LaneError::Full),
        }
    }

    /// Puts transactions into the lane's order, and answers where their answers
    /// will be; gives them back where too much waits.
    ///
    /// # Errors
    /// Only that one: to be submitted again in a moment.
    pub fn submit(self: &Arc<Self>, ingest: NewIngest) -> Result<IngestAnswer, NewIngest> {
        let (answer, answered) = oneshot::channel();
        match self.push(Command::Ingest(Ingest { ingest, answer })) {
            Ok(()) => Ok(answered),
            Err(command) => match *command {
                Command::Ingest(refused) => Err(refused.ingest),
                Command::Change(_) => unreachable!("a mailbox gives back what it was given"),
            },
        }
    }

    /// Checks that an authority holds now, by what is durable. Before something is written the lane checks it again.
    ///
    /// # Errors
    /// Where something of it was taken away.
    pub fn check(&self, by: &Authority) -> Result<(), Revoked> {
        by.check(&self.definitions(), self.services.clock.now())
    }

    /// The tenant's number.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What the tenant has defined, as far as it is durable.
    pub fn definitions(&self) -> Arc<Definitions> {
        self.published.definitions()
    }

    /// Up to which position everything is durable; 0 before the lane was loaded.
    pub fn position(&self) -> u64 {
        self.published.position()
    }

    /// Looks into the index of the tenant's alerts, once it is whole, with all that is durable. Where it is not filled in
    /// time, or alerts are damaged, what it has is looked into. Blocks; must not be called on a thread of the runtime.
    pub fn search<T>(&self, search: impl FnOnce(&AlertIndex) -> T) -> T {
        let filled = self.whole_index(SEARCH_PATIENCE);
        // What is missing then is nothing that could be waited for.
        let _ = self.services.runtime.block_on(filled);
        self.search_now(|index, _| search(index))
    }

    /// Looks into the index of the tenant's alerts as far as it is filled, with all that became durable since the start.
    /// May block for a moment.
    pub fn search_now<T>(
        &self,
        search: impl FnOnce(&AlertIndex, Option<IncompleteIndex>) -> T,
    ) -> T {
        let indexed = self.published.alerts().read();
        search(indexed.index(), indexed.incomplete())
    }

    /// Waits until the index of the tenant's alerts is whole, for so long at most.
    ///
    /// # Errors
    /// How far it is.
    pub async fn whole_index(&self, patience: Duration) -> Result<WholeIndex, IncompleteIndex> {
        let alerts = self.published.alerts();
        let filled = tokio::time::timeout(patience, alerts.filled(false)).await;
        filled.unwrap_or_else(|_| alerts.progress())
    }

    /// Waits until the index of the tenant's alerts is filled, as work that has time: says whether it is whole.
    pub async fn index_filled(&self) -> bool {
        self.published.alerts().filled(true).await.is_ok()
    }

    /// How far the index of the tenant's alerts is; none if it is whole.
    pub fn index_progress(&self) -> Option<IncompleteIndex> {
        self.published.alerts().progress().err()
    }

    /// How many alerts the tenant has, merged ones too.
    pub fn alert_count(&self) -> u64 {
        self.search_now(|index, incomplete| incomplete.map_or(index.len() as u64, |it| it.of))
    }

    /// How many versions of alerts and of their parts are durable and not in the index yet.
    pub fn unindexed(&self) -> usize {
        self.published.alerts().pending()
    }

    /// A team's transactions, for reading.
    ///
    /// # Errors
    /// Where there is no such team, or the lane cannot be loaded.
    pub async fn team(self: &Arc<Self>, id: u32) -> Result<Arc<TeamView>, LaneError> {
        if let Some(team) = self.published.team(id) {
            return Ok(team);
        }
        self.load().await?;
        self.published.team(id).ok_or(LaneError::NoSuchTeam)
    }

    /// Reads the lane's state from the store, if that was not done yet.
    ///
    /// # Errors
    /// Where reading fails.
    pub async fn load(self: &Arc<Self>) -> Result<(), LaneError> {
        let nothing = |_: &mut Change<'_>| Ok::<(), std::convert::Infallible>(());
        match self.change(nothing).await {
            Ok(()) => Ok(()),
            Err(ChangeError::Lane(error)) => Err(error),
            Err(ChangeError::Refused(never)) => match never {},
        }
    }

    /// How far the indexes of windows are that rules in force need and that are being made, one entry for each team; its
    /// transactions are refused meanwhile.
    pub fn rebuilt_windows(&self) -> Vec<RowsBuilt> {
        self.published.rebuilds()
    }

    /// How many rules fail, as far as the lane was loaded.
    pub fn failing_rules(&self) -> usize {
        self.stats.failing()
    }

    /// What a rule has done.
    pub fn rule_stats(&self, team: &str, rule: &str) -> Arc<RuleStats> {
        self.stats.of(team, rule)
    }

    /// How many transactions wait.
    pub fn waiting_rows(&self) -> usize {
        self.mailbox.rows()
    }

    /// How many changes wait.
    pub fn waiting_changes(&self) -> usize {
        self.mailbox.changes()
    }

    /// Whether nothing waits and nothing is worked on.
    pub fn is_idle(&self) -> bool {
        self.mailbox.is_idle()
    }

    fn push(self: &Arc<Self>, command: Command) -> Result<(), Box<Command>> {
        if self.mailbox.push(command)? == Pushed::WasIdle {
            self.line.join(self.clone());
        }
        Ok(())
    }

    fn push_ahead(self: &Arc<Self>, command: Command) -> Result<(), Box<Command>> {
        if self.mailbox.push_ahead(command)? == Pushed::WasIdle {
            self.line.join(self.clone());
        }
        Ok(())
    }

    /// How long its turns may be.
    fn weight(&self) -> Weight {
        if self.is_heavy.load(Ordering::Relaxed) {
            Weight::Heavy
        } else {
            Weight::Light
        }
    }

    /// Works for one turn, on a worker's thread.
    fn take_turn(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let mut failed = match self.published.has_failed() {
            true => state.take(),
            false => None,
        };
        if let Some(unplaced) = failed.as_mut().and_then(|it| it.unplaced.take()) {
            let reason = "the transactions before these were not committed".to_owned();
            unplaced.fail(&LaneError::NotDurable(reason));
        }
        if state.is_none() {
            let (services, published) = (&self.services, &self.published);
            match LaneState::load(services, self.tenant, published, &self.stats, failed) {
                Ok(loaded) => {
                    NOT_LOADED.ended();
                    *state = Some(loaded);
                }
                Err(error) => {
                    NOT_LOADED.holds(format_args!("tenant {}: {error}", self.tenant.0));
                    let failure = LaneError::NotDurable(error.to_string());
                    self.mailbox.set_unplaced(false);
                    for command in self.mailbox.take_turn(MAX_TURN_ROWS) {
                        command.fail(failure.clone());
                    }
                    return;
                }
            }
        }
        if let Some(state) = state.as_mut() {
            if state.is_heavy() && self.weight() == Weight::Light {
                // Only now is it known; it takes its turn among its like.
                self.is_heavy.store(true, Ordering::Relaxed);
                return;
            }
            // Work that could not be committed at once is not begun.
            futures::executor::block_on(self.services.store.room());
            let commands = match (self.must_wait(state), &state.unplaced) {
                (false, Some(_)) => self.mailbox.take_ahead().into_iter().collect(),
                (false, None) => self.mailbox.take_turn(state.turn_rows),
                (true, unplaced) => match self.mailbox.take_change(unplaced.is_some()) {
                    Some(change) => vec![change],
                    None => return,
                },
            };
            state.work(commands, TurnUnderWay::of(self));
            self.mailbox.set_unplaced(state.unplaced.is_some());
            self.is_heavy.store(state.is_heavy(), Ordering::Relaxed);
        }
    }

    /// Whether transactions must wait until an index has caught up: the lane is woken then, and has no worker until then.
    fn must_wait(self: &Arc<Self>, state: &LaneState) -> bool {
        if !state.is_ahead_of_indexes() {
            return false;
        }
        self.mailbox.hold();
        self.services.index_bell.wake(self.clone());
        // The last progress may have been before that.
        if state.is_ahead_of_indexes() {
            return true;
        }
        self.mailbox.release();
        false
    }

    /// Transactions need no longer wait for an index.
    fn go_on(self: &Arc<Self>) {
        if self.mailbox.release() {
            self.line.join(self.clone());
        }
    }

    /// After a panic: what the lane held is not to be trusted.
    fn give_up(&self) {
        tracing::error!(
            tenant = self.tenant.0,
            "a turn panicked; the lane is rebuilt"
        );
        self.published.set_failed();
    }

    /// Ends a turn; says whether more waits.
    fn end_turn(&self) -> bool {
        self.note_turn();
        self.mailbox.end_turn()
    }
}

/// A turn of transactions, until it is decided whether they are durable.
struct TurnUnderWay(Arc<Lane>);

impl TurnUnderWay {
    fn of(lane: &Arc<Lane>) -> Self {
        lane.mailbox.set_off();
        Self(lane.clone())
    }
}

impl Drop for TurnUnderWay {
    fn drop(&mut self) {
        if self.0.mailbox.land() {
            self.0.line.join(self.0.clone());
        }
    }
}
