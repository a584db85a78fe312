//! The same transactions in other orders.

use std::sync::Arc;

use super::super::Setting;
use super::super::figure::{Figure, Target};
use super::arrival::Arrival;
use super::grown::{Grown, Plan};
use super::progress::Progress;
use super::usage::{self, Usage};

const ROWS: u32 = 2_000_000;

/// Fills one directory for each order.
pub(super) async fn measure(setting: &Setting, plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let plan = Plan {
        rows: setting.amount(ROWS.into()),
        ..plan.clone()
    };
    let by_time = nanos(setting, &plan, Arrival::ByTime).await?;
    let mut figures = Vec::new();
    for arrival in [Arrival::ByCustomer, Arrival::Shuffled, Arrival::Reversed] {
        let nanos = nanos(setting, &plan, arrival).await?;
        figures.push(Figure {
            what: format!(
                "growth, {} {arrival}: processor time of a transaction",
                plan.title()
            ),
            measured: format!("{:.1} µs", nanos / 1e3),
            yardstick: format!("{:.1} µs {}", by_time / 1e3, Arrival::ByTime),
            value: nanos / by_time,
            target: Target::AtMost(2.0, "times"),
        });
    }
    Ok(figures)
}

/// Nanoseconds of processor time for a transaction, with the work that the host puts off.
async fn nanos(setting: &Setting, plan: &Plan, arrival: Arrival) -> anyhow::Result<f64> {
    Progress::say(format_args!("{} {arrival}", plan.title()));
    let grown = Grown::create(setting, plan).await?;
    let (rows, seed, count) = (grown.rows.clone(), plan.seed, u32::try_from(plan.rows)?);
    let sequence = tokio::task::spawn_blocking(move || arrival.sequence(&rows, count, seed));
    let sequence = Arc::new(sequence.await?);
    let process_id = grown.host.process_id();
    let before = Usage::of(process_id)?;
    grown.post(&sequence, 0..plan.rows).await?;
    usage::drain(process_id).await?;
    let used = Usage::of(process_id)?.since(before);
    grown.remove()?;
    Ok(used.processor_nanos / plan.rows as f64)
}
