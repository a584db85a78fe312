//! How far a backtest is that has not ended, and what there is to store of it.

use std::time::Instant;

use parking_lot::Mutex;
use uuid::Uuid;

use super::record::{BacktestRecord, Purity};
use super::tally::Tally;
use engine::judgement::{JudgedRow, Judgements};
use engine::lane::Change;
use store::key::Record;

/// How fast it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Transactions in a second, since it was begun or taken up.
    pub rate: f64,
    /// About how many seconds are left.
    pub seconds_left: Option<f64>,
}

/// How far a backtest is; nothing before it begins to judge.
#[derive(Default)]
pub struct Running(Mutex<Option<Judging>>);

struct Judging {
    tally: Tally,
    begun: Instant,
    rows_before: u64,
}

impl Running {
    /// It begins to judge, after what was counted before.
    pub(super) fn begin(&self, tally: Tally) {
        *self.0.lock() = Some(Judging {
            rows_before: tally.rows,
            tally,
            begun: Instant::now(),
        });
    }

    /// It got so far.
    pub(super) fn advance(&self, tally: &Tally) {
        if let Some(judging) = &mut *self.0.lock() {
            judging.tally.clone_from(tally);
        }
    }

    /// Puts what was counted by now into a record, and returns how fast it is, once it has begun.
    pub(super) fn write(&self, record: &mut BacktestRecord) -> Option<Pace> {
        let judging = self.0.lock();
        let Judging {
            tally,
            begun,
            rows_before,
        } = judging.as_ref()?;
        record.tally.clone_from(tally);
        let seconds = begun.elapsed().as_secs_f64();
        let rate = (tally.rows - rows_before) as f64 / seconds.max(1e-3);
        let all = record.extent.map_or(0, |extent| extent.rows);
        let left = all.saturating_sub(tally.rows) as f64;
        let seconds_left = (rate > 0.0).then(|| left / rate);
        Some(Pace { rate, seconds_left })
    }
}

/// What there is to store of a backtest.
#[derive(Clone)]
pub struct Next {
    pub(super) tally: Tally,
    /// What its rule said since the last time, in sequence order.
    pub(super) rows: Vec<JudgedRow>,
    /// Where it is known by now.
    pub(super) purity: Option<Purity>,
}

impl Next {
    /// Puts how far the backtest is into its record, with what its rule said beside it.
    pub(super) fn put(self, change: &mut Change<'_>, record: &mut BacktestRecord) {
        record.tally = self.tally;
        record.purity = self.purity.or(record.purity.take());
        put_rows(change, record.id, self.rows);
    }
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
