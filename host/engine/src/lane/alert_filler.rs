//! Fills the indexes of alerts after a start, beside all else.
//!
//! One thread reads the alerts of all tenants from the store, some hundred of one tenant at a time and newest first, so that
//! a search that does not wait finds what people work on. Tenants whose search waits come first. Otherwise the thread
//! rests where live work wants the cores.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::alert::{Alert, AlertId, Marking};
use metrics::gauge;

use super::Lane;
use super::answer::LaneError;
use super::searchable::{Comment, Slice};
use crate::alert::parts::comments_between;
use crate::alert::{AlertRecord, decide, read_install};
use base::background::Breather;
use base::condition::Condition;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// How many alerts are read at once.
const SLICE: usize = 256;
/// After so long filling is tried again that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How often metrics are written: there may be many tenants.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// How many tenants have an index that is not filled.
const TENANTS: &str = "vervet_alert_index_filling_tenants";
/// How many of their alerts are missing in it.
const MISSING: &str = "vervet_alert_index_missing_alerts";

/// It is tried again every second.
static NOT_FILLED: Condition = Condition::new("the index of a tenant's alerts cannot be filled");

/// Why alerts cannot be read now.
#[derive(Debug, thiserror::Error)]
enum FillError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Fills the indexes of alerts.
pub(super) struct AlertFiller {
    /// Dropped to stop it.
    going: Sender<()>,
    thread: JoinHandle<()>,
}

impl AlertFiller {
    /// Starts the thread; none if nothing is to be filled.
    pub(super) fn start(
        lanes: impl IntoIterator<Item = Arc<Lane>>,
    ) -> std::io::Result<Option<Self>> {
        let lanes = lanes.into_iter();
        let unfilled = lanes.filter(|lane| lane.published.alerts().is_unfilled());
        let fills: VecDeque<Fill> = unfilled.map(Fill::of).collect();
        show_progress(&fills);
        if fills.is_empty() {
            return Ok(None);
        }
        let (going, stop) = channel();
        let thread = std::thread::Builder::new()
            .name("alert-filler".to_owned())
            .spawn(move || run(fills, &stop))?;
        Ok(Some(Self { going, thread }))
    }

    /// Ends it, wherever it is.
    pub(super) fn stop(self) {
        drop(self.going);
        let _ = self.thread.join();
    }
}

fn run(mut fills: VecDeque<Fill>, stop: &Receiver<()>) {
    let mut breather = Breather::default();
    let mut shown_at = Instant::now();
    while let Some(mut fill) = take_next(&mut fills) {
        let mut pause = Duration::ZERO;
        match fill.step() {
            Ok(Step::More) => {
                NOT_FILLED.ended();
                fills.push_back(fill);
            }
            Ok(Step::Done) => NOT_FILLED.ended(),
            Err(error) => {
                NOT_FILLED.holds(format_args!("tenant {}: {error}", fill.lane.tenant.0));
                fills.push_back(fill);
                pause = PAUSE;
            }
        }
        if fills.is_empty() || shown_at.elapsed() >= SHOWN_EVERY {
            show_progress(&fills);
            shown_at = Instant::now();
        }
        if stop.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
            break;
        }
        if !fills.iter().any(Fill::is_wanted) {
            breather.breathe();
        }
    }
    for fill in fills {
        fill.lane.published.alerts().give_up_filling();
    }
}

/// The next to go on with: the first that somebody waits for.
fn take_next(fills: &mut VecDeque<Fill>) -> Option<Fill> {
    let wanted = fills.iter().position(Fill::is_wanted);
    fills.remove(wanted.unwrap_or_default())
}

fn show_progress(fills: &VecDeque<Fill>) {
    let missing = fills.iter().filter_map(|fill| fill.lane.index_progress());
    let missing: u64 = missing.map(|index| index.of - index.searched).sum();
    gauge!(TENANTS).set(fills.len() as f64);
    gauge!(MISSING).set(missing as f64);
}

/// The index of one tenant that is to be filled.
struct Fill {
    lane: Arc<Lane>,
    /// The oldest alert that was read.
    below: Option<AlertId>,
    /// Alerts that cannot be read.
    damaged: u64,
}

/// What came of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    More,
    Done,
}

impl Fill {
    fn of(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            below: None,
            damaged: 0,
        }
    }

    fn is_wanted(&self) -> bool {
        self.lane.published.alerts().is_wanted()
    }

    /// Reads and enters the next alerts. After an error it reads them again.
    fn step(&mut self) -> Result<Step, FillError> {
        let services = &self.lane.services;
        let (store, tenant) = (&services.store, self.lane.tenant);
        let mut read = read_below(store, tenant, self.below)?;
        let is_undecided =
            |alert: &Alert| *alert.content.marking() == Marking::Undecided && alert.rule.is_some();
        if self.lane.position() == 0 && read.slice.alerts.iter().any(is_undecided) {
            // What such alerts tell of masked fields is known once the lane has looked at the rules.
            futures::executor::block_on(self.lane.load())?;
        }
        let definitions = self.lane.definitions();
        for alert in &mut read.slice.alerts {
            decide(alert, &definitions);
        }
        let searchable = self.lane.published.alerts();
        searchable.fill(&read.slice);
        self.damaged += read.damaged;
        self.below = read.last.or(self.below);
        if read.has_more {
            return Ok(Step::More);
        }
        searchable.end_filling(self.damaged);
        Ok(Step::Done)
    }
}

/// Alerts and comments that were read.
#[derive(Default)]
struct Read {
    slice: Slice,
    /// The oldest alert of them.
    last: Option<AlertId>,
    has_more: bool,
    damaged: u64,
}

/// Reads the newest alerts below one, with their comments.
fn read_below(store: &Store, tenant: TenantId, below: Option<AlertId>) -> Result<Read, StoreError> {
    let range = match below {
        Some(below) => KeyRange::alerts_before(tenant, below.into_bytes()),
        None => KeyRange::alerts(tenant),
    };
    let mut read = Read::default();
    let mut count = 0;
    for entry in store.range(range, Direction::Reverse) {
        let (key, value) = entry?;
        let Some((_, Record::Alert { alert, .. })) = Key::parse(&key) else {
            continue;
        };
        let id = AlertId::from_bytes(alert);
        // The newest version comes first.
        if read.last == Some(id) {
            continue;
        }
        if count == SLICE {
            read.has_more = true;
            break;
        }
        count += 1;
        read.last = Some(id);
        match read_alert(store, tenant, id, &value) {
            Ok(alert) => read.slice.alerts.push(alert),
            Err(error) => read.skip(tenant, error)?,
        }
    }
    if let Some(last) = read.last {
        for part in comments_between(store, tenant, last, below) {
            match part {
                Ok(part) => read.slice.comments.extend(Comment::of(&part)),
                Err(error) => read.skip(tenant, error)?,
            }
        }
    }
    Ok(read)
}

impl Read {
    /// Goes on without what is damaged. What cannot be read now may be read later.
    fn skip(&mut self, tenant: TenantId, error: StoreError) -> Result<(), StoreError> {
        if error.is_transient() {
            return Err(error);
        }
        tracing::error!(tenant = tenant.0, %error, "an alert is not found by searches");
        self.damaged += 1;
        Ok(())
    }
}

/// An alert, with what one that an earlier release kept does not say itself.
fn read_alert(
    store: &Store,
    tenant: TenantId,
    id: AlertId,
    value: &[u8],
) -> Result<Alert, StoreError> {
    let mut alert = AlertRecord::read(value)
        .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
    alert.install = read_install(store, tenant, &alert)?;
    Ok(alert)
}
