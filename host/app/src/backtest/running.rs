//! A backtest that has not ended, as far as it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use uuid::Uuid;

use super::record::{BacktestRecord, End, Purity};
use super::tally::Tally;
use engine::judgement::{JudgedRow, Judgements};
use engine::lane::{Actor, Change};
use store::key::Record;

/// How fast it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Transactions in a second, since it was begun or taken up.
    pub rate: f64,
    /// About how many seconds are left.
    pub seconds_left: Option<f64>,
}

/// A backtest that has not ended. What is kept is changed in the lane alone.
pub(super) struct Running {
    /// As it is kept.
    record: Mutex<BacktestRecord>,
    /// As far as it is; none before it begins.
    progress: Mutex<Option<Progress>>,
    /// It must not go on.
    pub(super) stop: AtomicBool,
}

struct Progress {
    tally: Tally,
    begun: Instant,
    rows_before: u64,
}

impl Running {
    pub(super) fn new(record: BacktestRecord) -> Self {
        Self {
            record: Mutex::new(record),
            progress: Mutex::new(None),
            stop: AtomicBool::new(false),
        }
    }

    /// As it is kept.
    pub(super) fn record(&self) -> BacktestRecord {
        self.record.lock().clone()
    }

    /// As it is kept by now, after what was to be kept was not: it may go on from there.
    pub(super) fn go_back_to(&self, record: BacktestRecord) {
        *self.record.lock() = record;
        self.stop.store(false, Ordering::Relaxed);
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// It begins to judge.
    pub(super) fn begin(&self) {
        let tally = self.record.lock().tally.clone();
        *self.progress.lock() = Some(Progress {
            rows_before: tally.rows,
            tally,
            begun: Instant::now(),
        });
    }

    /// It got so far.
    pub(super) fn advance(&self, tally: &Tally) {
        if let Some(progress) = &mut *self.progress.lock() {
            progress.tally.clone_from(tally);
        }
    }

    /// As far as it is, and how fast; no pace before it begins. Its end is not seen here: before it is
    /// durable nobody may know of it, and then the store tells.
    pub(super) fn seen(&self) -> (BacktestRecord, Option<Pace>) {
        let mut record = self.record();
        (record.end, record.finished_at) = (None, None);
        let progress = self.progress.lock();
        let Some(Progress {
            tally,
            begun,
            rows_before,
        }) = &*progress
        else {
            return (record, None);
        };
        record.tally.clone_from(tally);
        let seconds = begun.elapsed().as_secs_f64();
        let rate = (tally.rows - rows_before) as f64 / seconds.max(1e-3);
        let all = record.extent.map_or(0, |extent| extent.rows);
        let left = all.saturating_sub(tally.rows) as f64;
        let seconds_left = (rate > 0.0).then(|| left / rate);
        (record, Some(Pace { rate, seconds_left }))
    }

    /// Keeps how far it is, and what its rule said since the last time; nothing where it has ended.
    pub(super) fn keep(&self, change: &mut Change<'_>, next: Next) {
        let mut record = self.record.lock();
        if record.end.is_some() {
            return;
        }
        record.tally = next.tally;
        record.purity = next.purity.or(record.purity.take());
        put_rows(change, record.id, next.rows);
        if let Some(end) = next.end {
            record.end = Some(end);
            record.finished_at = Some(change.at().as_micros());
            change.audit(&record.actor, "backtest.finish", record.id.to_string());
        }
        record.put(change);
    }

    /// Ends it where it is kept; false where it has ended already.
    pub(super) fn cancel(&self, change: &mut Change<'_>, by: &Actor) -> bool {
        let mut record = self.record.lock();
        if record.end.is_some() {
            return false;
        }
        record.end = Some(End::Cancelled { by: by.clone() });
        record.finished_at = Some(change.at().as_micros());
        change.audit(by, "backtest.cancel", record.id.to_string());
        record.put(change);
        self.stop();
        true
    }
}

/// What there is to keep.
#[derive(Clone)]
pub(super) struct Next {
    pub(super) tally: Tally,
    /// In sequence order.
    pub(super) rows: Vec<JudgedRow>,
    /// Where it is known by now.
    pub(super) purity: Option<Purity>,
    /// Where it ends.
    pub(super) end: Option<End>,
}

fn put_rows(change: &mut Change<'_>, backtest: Uuid, rows: Vec<JudgedRow>) {
    let Some(first) = rows.first() else {
        return;
    };
    let record = Record::BacktestJudgements {
        backtest: backtest.into_bytes(),
        first: first.sequence,
    };
    let judgements = Judgements { install: 0, rows };
    change.put_record(&record, judgements.write());
}
