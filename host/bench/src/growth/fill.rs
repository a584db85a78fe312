//! A directory is filled, beside a tenth of it: processor time, memory, and what is read and written.

use std::sync::Arc;
use std::time::Instant;

use super::super::Setting;
use super::super::figure::{Figure, Target};
use super::arrival::Sequence;
use super::grown::{Grown, Plan};
use super::usage::{self, Usage};
use base::grouped::grouped;

/// From so many transactions on, a log-structured index may have grown by its logarithm.
const MANY: u64 = 20_000_000;

/// Fills a directory after its yardstick, and leaves the host running on it.
pub(super) async fn measure(
    setting: &Setting,
    plan: &Plan,
) -> anyhow::Result<(Grown, Vec<Figure>)> {
    let small = plan.yardstick();
    let (grown, yardstick) = Filled::of(setting, &small).await?;
    grown.remove()?;
    let (grown, filled) = Filled::of(setting, plan).await?;
    Ok((grown, figures(plan, &filled, &small, &yardstick)))
}

/// What filling took.
struct Filled {
    /// Nanoseconds of processor time for a transaction of the last tenth, with the work that the host had put off.
    last_tenth: f64,
    /// The same for all transactions.
    all: f64,
    /// Transactions a second, without the time in which the host worked off the rest.
    rate: f64,
    slowest_batch: f64,
    peak_mib: f64,
    usage: Usage,
    disk_a_row: f64,
}

impl Filled {
    async fn of(setting: &Setting, plan: &Plan) -> anyhow::Result<(Grown, Self)> {
        let grown = Grown::create(setting, plan).await?;
        let process_id = grown.host.process_id();
        let disk_before = usage::disk_bytes(&grown.folder)?;
        let before = Usage::of(process_id)?;
        let sequence = Arc::new(Sequence::Rising);
        let tenth = plan.rows / 10;

        let begun = Instant::now();
        let first = grown.post(&sequence, 0..plan.rows - tenth).await?;
        let mut posting = begun.elapsed();
        // What the first nine tenths left to be merged is not the last one's.
        usage::drain(process_id).await?;
        let before_last = Usage::of(process_id)?;
        let begun = Instant::now();
        let last = grown.post(&sequence, plan.rows - tenth..plan.rows).await?;
        posting += begun.elapsed();
        usage::drain(process_id).await?;

        let after = Usage::of(process_id)?;
        let disk = usage::disk_bytes(&grown.folder)?.saturating_sub(disk_before);
        let rows = plan.rows as f64;
        let filled = Self {
            last_tenth: after.since(before_last).processor_nanos / tenth as f64,
            all: after.since(before).processor_nanos / rows,
            rate: rows / posting.as_secs_f64(),
            slowest_batch: first.max(last),
            peak_mib: usage::peak_mib(process_id)?,
            usage: after.since(before),
            disk_a_row: disk as f64 / rows,
        };
        Ok((grown, filled))
    }

    fn moved(&self) -> String {
        const MB: u64 = 1_000_000;
        format!(
            "{} MB read, {} MB written",
            grouped(self.usage.read / MB),
            grouped(self.usage.written / MB)
        )
    }

    fn pace(&self) -> String {
        format!(
            "{:.0} a second, slowest batch {:.2} s",
            self.rate, self.slowest_batch
        )
    }
}

fn figures(plan: &Plan, filled: &Filled, small: &Plan, yardstick: &Filled) -> Vec<Figure> {
    let title = plan.title();
    let most_times = match plan {
        Plan {
            window_mib: Some(_),
            ..
        } => 5.0,
        Plan { rows: MANY.., .. } => 2.5,
        Plan { .. } => 1.5,
    };
    let most_mib = if plan.rows < MANY { 1_536.0 } else { 4_096.0 };
    vec![
        Figure {
            what: format!("growth, {title}: processor time of a transaction in the last tenth"),
            measured: format!(
                "{:.1} µs, {:.1} µs over all",
                filled.last_tenth / 1e3,
                filled.all / 1e3
            ),
            yardstick: format!(
                "{:.1} µs in the last tenth of {} transactions, {:.1} µs over all of them",
                yardstick.last_tenth / 1e3,
                grouped(small.rows),
                yardstick.all / 1e3
            ),
            value: filled.last_tenth / yardstick.last_tenth,
            target: Target::AtMost(most_times, "times"),
        },
        Figure {
            what: format!("growth, {title}: memory resident at most"),
            measured: format!("{:.0} MiB", filled.peak_mib),
            yardstick: format!(
                "{:.0} MiB with {} transactions",
                yardstick.peak_mib,
                grouped(small.rows)
            ),
            value: filled.peak_mib,
            target: Target::AtMost(most_mib, "MiB"),
        },
        Figure {
            what: format!("growth, {title}: disk for a transaction"),
            measured: format!("{:.0} bytes; {}", filled.disk_a_row, filled.moved()),
            yardstick: format!(
                "{:.0} bytes; {} for {} transactions",
                yardstick.disk_a_row,
                yardstick.moved(),
                grouped(small.rows)
            ),
            value: filled.disk_a_row,
            target: Target::AtMost(600.0, "bytes"),
        },
        Figure {
            what: format!("growth, {title}: batches"),
            measured: filled.pace(),
            yardstick: format!(
                "{} with {} transactions",
                yardstick.pace(),
                grouped(small.rows)
            ),
            value: filled.rate,
            target: Target::None,
        },
    ]
}
