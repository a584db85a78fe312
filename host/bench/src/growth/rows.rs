//! The transactions that a directory is filled with: the same for the same seed.

use std::fmt;

use bytes::Bytes;
use clap::ValueEnum;
use domain::time::Timestamp;

use super::super::workload::{BEGIN, Payload, scatter};
use super::zipf::Zipf;

/// Days over which the transactions are spread.
const DAYS: i64 = 180;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// By how many days transactions are late.
const LATE_DAYS: std::ops::Range<i64> = 1..170;
/// Transactions of a customer, and of a counterparty, on average.
const ROWS_PER_KEY: u64 = 10;
/// One transaction in so many is late, where some are.
const LATE_EVERY: u64 = 100;
/// Late ones are none of those that rules find something in, which are multiples of `LATE_EVERY`, too.
const LATE_FROM: u64 = 50;

/// How keys are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Draw {
    /// Each as often as any other
    Uniform,
    /// By Zipf's law with exponent 1
    Zipf,
}

impl fmt::Display for Draw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Uniform => "drawn uniformly",
            Self::Zipf => "drawn by Zipf's law",
        })
    }
}

/// Whether some transactions are late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Punctuality {
    AllInTime,
    OneInAHundredLate,
}

/// A field with keys; each has draws of its own.
#[derive(Clone, Copy)]
enum KeyField {
    Customer,
    Counterparty,
    Contract,
}

/// Transactions by number: number 0 is the oldest, and the time between two is always the same.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    keys: u64,
    zipf: Option<Zipf>,
    seed: u64,
    /// Microseconds between two transactions.
    pause: i64,
}

impl Rows {
    /// So many transactions in 180 days; later numbers go on at the same pace.
    pub(super) fn new(count: u64, draw: Draw, seed: u64) -> Self {
        let keys = Self::keys_of(count);
        Self {
            keys,
            zipf: (draw == Draw::Zipf).then(|| Zipf::new(keys)),
            seed: scatter(seed),
            pause: DAYS * DAY_MICROS / count.max(1) as i64,
        }
    }

    /// The number of different customers, and of counterparties, among so many transactions.
    pub(super) fn keys_of(count: u64) -> u64 {
        (count / ROWS_PER_KEY).max(1)
    }

    /// The customer of a transaction.
    pub(super) fn customer(&self, number: u64) -> u64 {
        self.key(number, KeyField::Customer)
    }

    /// Whether a transaction is late where some are.
    pub(super) fn is_late(number: u64, punctuality: Punctuality) -> bool {
        punctuality == Punctuality::OneInAHundredLate && number % LATE_EVERY == LATE_FROM
    }

    /// Appends a transaction as JSON.
    pub(super) fn write(&self, out: &mut String, number: u64, punctuality: Punctuality) {
        Payload {
            number,
            noise: scatter(number ^ self.seed),
            customer: self.customer(number),
            counterparty: self.key(number, KeyField::Counterparty),
            at: self.time(number, punctuality),
            description: format_args!("Contract {}", self.key(number, KeyField::Contract)),
        }
        .write(out);
    }

    /// Transactions as NDJSON.
    pub(super) fn ndjson(
        &self,
        numbers: impl Iterator<Item = u64>,
        punctuality: Punctuality,
    ) -> Bytes {
        let mut body = String::new();
        for number in numbers {
            self.write(&mut body, number, punctuality);
            body.push('\n');
        }
        body.into()
    }

    fn time(&self, number: u64, punctuality: Punctuality) -> Timestamp {
        let in_time = BEGIN + number as i64 * self.pause;
        let lateness = if Self::is_late(number, punctuality) {
            let span = (LATE_DAYS.end - LATE_DAYS.start) * DAY_MICROS;
            let part = scatter(self.seed ^ !number) % span as u64;
            LATE_DAYS.start * DAY_MICROS + part as i64
        } else {
            0
        };
        Timestamp::from_micros(in_time - lateness)
    }

    fn key(&self, number: u64, field: KeyField) -> u64 {
        let mut state = scatter(scatter(number ^ self.seed) ^ field as u64);
        match self.zipf {
            None => state % self.keys,
            Some(zipf) => zipf.draw(|| {
                state = scatter(state);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_seed_decides_what_is_sent() {
        let send = |seed| {
            let rows = Rows::new(1_000, Draw::Zipf, seed);
            rows.ndjson(0..1_000, Punctuality::OneInAHundredLate)
        };
        assert_eq!(send(1), send(1));
        assert_ne!(send(1), send(2));
    }

    #[test]
    fn uniform_keys_are_all_drawn_about_ten_times() {
        let rows = Rows::new(100_000, Draw::Uniform, 1);
        let customers: HashSet<u64> = (0..100_000).map(|number| rows.customer(number)).collect();
        assert!(customers.len() > 9_980, "{} customers", customers.len());
        assert!(customers.iter().all(|&customer| customer < 10_000));
    }

    #[test]
    fn one_in_a_hundred_is_late_by_1_to_170_days() {
        let rows = Rows::new(100_000, Draw::Uniform, 1);
        let mut late = 0;
        for number in 0..100_000 {
            let in_time = rows.time(number, Punctuality::AllInTime);
            let at = rows.time(number, Punctuality::OneInAHundredLate);
            let lateness = in_time.as_micros() - at.as_micros();
            if lateness != 0 {
                late += 1;
                assert!((DAY_MICROS..170 * DAY_MICROS).contains(&lateness));
            }
        }
        assert_eq!(late, 1_000);
    }

    #[test]
    fn transactions_fill_180_days() {
        let rows = Rows::new(1_000_000, Draw::Uniform, 1);
        let last = rows.time(1_000_000, Punctuality::AllInTime);
        assert_eq!(last.as_micros() - BEGIN, DAYS * DAY_MICROS);
    }
}
