//! Transactions through windows and rules: a pipeline of threads, with no more right to the cores than the caller's.
//!
//! ```text
//! read ─► windows ─► judge, judge … ─► the caller, in order
//! ```
//!
//! *Invariants.* Whatever the number of threads, the caller is given the same batches with the same outcomes. There are never
//! more than a few of them at a time, however many transactions there are.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Scope;
use std::time::Duration;

use domain::time::Timestamp;
use domain::window::{BoundPlan, HistoryError, InputBatch, Inputs};
use parking_lot::Mutex;

use super::course::{Course, Tested, Wanted};
use super::lists::{ListVersions, ListsAsOf};
use base::background::Breather;
use engine::lane::{AheadReader, Fields, Placed, RowsError, TeamView};
use runtime::rule::{Batch, Tried};
use store::StoreError;

/// So many transactions are judged at once, unless their inputs are long.
const BATCH_ROWS: u32 = 1_024;
/// A batch of so many bytes of inputs is long enough.
const BATCH_BYTES: usize = 4 << 20;
/// So many steps of reading wait for the windows.
const STEPS_AHEAD: usize = 2;

/// Why a stream ends before its end.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StreamError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
    #[error(
        "the host failed while {doing}: {message}; please report it with the lines of its log around it"
    )]
    Panicked { doing: String, message: String },
}

impl StreamError {
    fn panicked(doing: impl Into<String>, panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Panicked {
            doing: doing.into(),
            message: text.unwrap_or("a panic without a message").to_owned(),
        }
    }

    /// Whether the same may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::History(HistoryError(error)) => {
                let error = error.downcast_ref::<StoreError>();
                error.is_none_or(StoreError::is_transient)
            }
            Self::Rows(error) => error.is_transient(),
            Self::Thread(_) => true,
            Self::Panicked { .. } => false,
        }
    }
}

/// Transactions of neighbouring places, and what the rules say of them.
pub struct Judged {
    /// Those that were judged.
    pub rows: Vec<Placed>,
    /// Their inputs.
    pub inputs: InputBatch,
    /// Which of the inputs each rule was given.
    pub columns: Arc<Vec<Vec<usize>>>,
    /// The lists that the rules read, as they were for all of them.
    pub lists: ListVersions,
    /// What each rule says, in the order of the rules.
    pub said: Vec<Said>,
    /// All transactions up to this place are judged.
    pub reach: u64,
    /// Processor time of computing the inputs.
    pub inputs_took: Duration,
    /// About how many bytes the windows take: they grow with the transactions within them, not with those before.
    pub windows_bytes: usize,
}

/// What one rule says of a batch.
pub struct Said {
    /// What it says, and what that took in fuel.
    pub tried: Tried,
    /// Processor time.
    pub took: Duration,
}

/// Judges a course's transactions, and gives them to `each` in order, until it breaks off or `stop` is set. Blocks.
///
/// # Errors
/// Where the store cannot be read, or one of the threads panics.
pub fn stream(
    course: Course,
    stop: &AtomicBool,
    each: &mut dyn FnMut(Judged) -> ControlFlow<()>,
) -> Result<(), StreamError> {
    let judges = std::thread::available_parallelism().map_or(2, usize::from);
    let (reading, windows) = begin(course)?;
    let (rules, columns) = (windows.rules.clone(), windows.columns.clone());
    let panicked = Mutex::new(None);
    let ended = std::thread::scope(|scope| {
        let (placed_to, placed) = sync_channel(STEPS_AHEAD);
        let (batches_to, batches) = channel();
        let (judged_to, judged) = channel();
        let (permits_to, permits) = channel();
        // Each judge has one batch, and another waits for it.
        for _ in 0..2 * judges {
            let _ = permits_to.send(());
        }
        let reading = noting(&panicked, "reading transactions", move || {
            reading.run(&placed_to);
        });
        let windows = noting(&panicked, "computing inputs", move || {
            windows.run(&placed, &permits, &batches_to, stop);
        });
        start(scope, "backtest-read", reading)?;
        start(scope, "backtest-window", windows)?;
        let batches = Arc::new(Mutex::new(batches));
        for _ in 0..judges {
            let (batches, judged_to) = (batches.clone(), judged_to.clone());
            let (rules, columns) = (&rules, &columns);
            start(scope, "backtest-judge", move || {
                let judge = |observed| judge(rules, columns, observed, stop);
                judge_all(&judge, &batches, &judged_to);
            })?;
        }
        drop((batches, judged_to));
        in_order(judged, permits_to, stop, each)
    });
    panicked.into_inner().map_or(ended, Err)
}

/// A part that notes that it panicked; the parts after it then end, since what they wait for is dropped.
fn noting(
    panicked: &Mutex<Option<StreamError>>,
    doing: &'static str,
    part: impl FnOnce() + Send,
) -> impl FnOnce() + Send {
    move || {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(part)) {
            *panicked.lock() = Some(StreamError::panicked(doing, &*panic));
        }
    }
}

/// Starts a part, under a name that the system shows: up to 15 bytes. Where one cannot be started, those before it end, since
/// what they wait for is dropped.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    part: impl FnOnce() + Send + 'scope,
) -> Result<(), StreamError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    let started = thread.spawn_scoped(scope, part);
    started.map(drop).map_err(StreamError::Thread)
}

/// Gives batches on in order. What it holds is dropped when it ends, which ends all others.
fn in_order(
    judged: Receiver<(u64, Result<Judged, StreamError>)>,
    permits: Sender<()>,
    stop: &AtomicBool,
    each: &mut dyn FnMut(Judged) -> ControlFlow<()>,
) -> Result<(), StreamError> {
    let mut early = HashMap::new();
    let mut next = 0;
    while let Ok((number, batch)) = judged.recv() {
        early.insert(number, batch);
        while let Some(batch) = early.remove(&next) {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            next += 1;
            let ended = batch.map(&mut *each);
            // Rules that are at work need not end what nobody wants.
            if !matches!(ended, Ok(ControlFlow::Continue(()))) {
                stop.store(true, Ordering::Relaxed);
                return ended.map(drop);
            }
            let _ = permits.send(());
        }
    }
    Ok(())
}

/// Prepares what windows are computed from.
fn begin(course: Course) -> Result<(Reading, Windows), StreamError> {
    let Course {
        view,
        rules,
        wanted,
        first,
        last,
        lists,
        limits,
        fields,
    } = course;
    let plans: Vec<Arc<BoundPlan>> = rules.iter().map(|rule| rule.bound.clone()).collect();
    let mut inputs = Inputs::new(&plans, limits);
    if first <= 1 {
        inputs.begin_at_the_first();
    }
    let columns = (0..plans.len()).map(|plan| inputs.columns_of(plan).to_vec());
    let columns = Arc::new(columns.collect());
    let rows = view.window_rows(&inputs.row_layouts())?.reading_ahead();
    let reading = Reading {
        view,
        first,
        last,
        fields,
    };
    let windows = Windows {
        rows,
        rules: Arc::new(rules),
        columns,
        inputs,
        wanted,
        lists,
    };
    Ok((reading, windows))
}

type Step = Result<Vec<Placed>, StoreError>;

/// Reads transactions.
struct Reading {
    view: Arc<TeamView>,
    first: u64,
    last: u64,
    fields: Fields,
}

impl Reading {
    fn run(self, to: &SyncSender<Step>) {
        let Self {
            view,
            first,
            last,
            fields,
        } = self;
        let mut walk = view.walk(first..=last, Timestamp::MIN, fields);
        while let Some(step) = walk.step().transpose() {
            let is_error = step.is_err();
            if to.send(step).is_err() || is_error {
                return;
            }
        }
    }
}

/// Transactions with their inputs, to be judged.
struct Observed {
    rows: Vec<Placed>,
    inputs: InputBatch,
    lists: ListVersions,
    reach: u64,
    took: Duration,
    windows_bytes: usize,
}

type Numbered = (u64, Result<Observed, StreamError>);

/// Computes inputs.
struct Windows {
    rows: AheadReader,
    rules: Arc<Vec<Tested>>,
    columns: Arc<Vec<Vec<usize>>>,
    inputs: Inputs,
    wanted: Wanted,
    lists: ListsAsOf,
}

impl Windows {
    fn run(
        mut self,
        placed: &Receiver<Step>,
        permits: &Receiver<()>,
        to: &Sender<Numbered>,
        stop: &AtomicBool,
    ) {
        let mut batches = Batches {
            number: 0,
            open: None,
            breather: Breather::default(),
            permits,
            to,
        };
        for step in placed {
            let observed = step
                .map_err(StreamError::from)
                .and_then(|step| self.take(step, &mut batches));
            match observed {
                Ok(ControlFlow::Continue(())) if !stop.load(Ordering::Relaxed) => {}
                Ok(_) => return,
                Err(error) => {
                    // Who no longer listens has stopped.
                    let _ = to.send((batches.number, Err(error)));
                    return;
                }
            }
        }
        let _ = batches.close();
    }

    /// Takes transactions in; breaks off where nobody wants them.
    fn take(
        &mut self,
        step: Vec<Placed>,
        batches: &mut Batches<'_>,
    ) -> Result<ControlFlow<()>, StreamError> {
        let begun = processor_time();
        let mut step = step.into_iter();
        let mut read_ahead = 0;
        loop {
            if step.len().is_multiple_of(Inputs::LOOK_AHEAD) {
                let next = step.as_slice().iter().take(Inputs::LOOK_AHEAD);
                self.inputs
                    .look_ahead(next.map(|placed| &placed.transaction));
            }
            if read_ahead == 0 {
                read_ahead = AheadReader::TRANSACTIONS;
                let next = step.as_slice().iter().take(read_ahead);
                let wanted = next.filter(|placed| self.wanted.wants(placed));
                let wanted = wanted.map(|placed| &placed.transaction);
                self.rows.read_for(&mut self.inputs, wanted);
            }
            read_ahead -= 1;
            let Some(placed) = step.next() else { break };
            if !self.wanted.wants(&placed) {
                self.inputs.pass(placed.sequence, &placed.transaction);
                continue;
            }
            if self.lists.advance_to(placed.sequence) && batches.close().is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let open = batches.open.get_or_insert_with(|| Observed {
                rows: Vec::with_capacity(BATCH_ROWS as usize),
                inputs: self.inputs.begin(),
                lists: self.lists.versions().clone(),
                reach: 0,
                took: Duration::ZERO,
                windows_bytes: self.inputs.memory_bytes(),
            });
            self.inputs.observe(
                placed.sequence,
                &placed.transaction,
                &self.lists,
                &self.rows.before(placed.sequence),
                &mut open.inputs,
            )?;
            open.reach = placed.sequence;
            open.rows.push(placed);
            let is_full = open.inputs.count >= BATCH_ROWS || open.inputs.bytes() >= BATCH_BYTES;
            if is_full && batches.close().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if let Some(open) = &mut batches.open {
            open.took += processor_time().saturating_sub(begun);
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The batch that is being put together, and where it goes.
struct Batches<'w> {
    number: u64,
    open: Option<Observed>,
    breather: Breather,
    permits: &'w Receiver<()>,
    to: &'w Sender<Numbered>,
}

impl Batches<'_> {
    /// Sends what is open when there is room for it; breaks off where nobody wants it.
    fn close(&mut self) -> ControlFlow<()> {
        let Some(open) = self.open.take() else {
            return ControlFlow::Continue(());
        };
        if self.permits.recv().is_err() || self.to.send((self.number, Ok(open))).is_err() {
            return ControlFlow::Break(());
        }
        self.number += 1;
        // All others wait for this thread.
        self.breather.breathe();
        ControlFlow::Continue(())
    }
}

/// Judges batches, one after the other, until there are none left. A panic is the outcome of its batch: whoever waits for
/// the batches in order would wait for a missing one forever.
fn judge_all(
    judge: &impl Fn(Observed) -> Judged,
    batches: &Mutex<Receiver<Numbered>>,
    to: &Sender<(u64, Result<Judged, StreamError>)>,
) {
    loop {
        let received = batches.lock().recv();
        let Ok((number, observed)) = received else {
            return;
        };
        let judged = observed.and_then(|observed| {
            let last = observed.reach;
            let first = observed.rows.first().map_or(last, |row| row.sequence);
            catch_unwind(AssertUnwindSafe(|| judge(observed))).map_err(|panic| {
                let doing = format!("judging the transactions from sequence {first} to {last}");
                StreamError::panicked(doing, &*panic)
            })
        });
        if to.send((number, judged)).is_err() {
            return;
        }
    }
}

fn judge(
    rules: &[Tested],
    columns: &Arc<Vec<Vec<usize>>>,
    observed: Observed,
    stop: &AtomicBool,
) -> Judged {
    let Observed {
        rows,
        inputs,
        lists,
        reach,
        took,
        windows_bytes,
    } = observed;
    let sequences: Vec<u64> = rows.iter().map(|placed| placed.sequence).collect();
    let mut tried = Vec::with_capacity(rules.len());
    for (rule, columns) in rules.iter().zip(&**columns) {
        let begun = processor_time();
        let values = inputs.select(columns);
        let said = rule.plugin.try_out(
            &Batch {
                prepared: &rule.plan.prepared,
                inputs: &values,
                sequences: &sequences,
                limits: rule.limits,
            },
            stop,
        );
        tried.push(Said {
            tried: said,
            took: processor_time().saturating_sub(begun),
        });
    }
    Judged {
        rows,
        inputs,
        columns: columns.clone(),
        lists,
        said: tried,
        reach,
        inputs_took: took,
        windows_bytes,
    }
}

/// What this thread has used of a processor.
fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}
