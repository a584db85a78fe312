//! One transaction in a hundred is late by 1 to 170 days.

use std::time::{Duration, Instant};

use anyhow::ensure;

use super::super::Setting;
use super::super::figure::{Figure, Target};
use super::super::measure::median;
use super::grown::Grown;
use super::posts::{Post, Posts, percentile};
use super::progress::Progress;
use super::rows::Punctuality::{AllInTime, OneInAHundredLate};
use super::usage::Usage;

const ROUNDS: usize = 3;
/// Transactions of a batch that has late ones.
const BATCH: u64 = 2_000;
const BATCHES: u64 = 25;
/// No further batches are posted after so long.
const LONGEST: Duration = Duration::from_secs(60);

/// Posts with and without late transactions in turns, one at a time and in batches.
pub(super) async fn measure(setting: &Setting, grown: &Grown) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_millis(setting.amount(20_000));
    let (mut usual, mut mixed) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        Progress::say(format_args!(
            "one in a hundred late, round {round} of {ROUNDS}"
        ));
        usual.append(&mut Posts::during(grown, AllInTime, time).await?);
        mixed.append(&mut Posts::during(grown, OneInAHundredLate, time).await?);
    }
    let (late, other): (Vec<Post>, Vec<Post>) = mixed.into_iter().partition(|post| post.is_late);
    ensure!(!late.is_empty(), "no late transaction was posted");
    let latency = |posts: &[Post]| {
        format!(
            "{:.2} ms for 99 of 100, median {:.2} ms, longest {:.1} ms",
            percentile(posts, 99),
            percentile(posts, 50),
            percentile(posts, 100)
        )
    };
    let title = grown.plan.title();
    let mut figures = vec![
        Figure {
            what: format!(
                "growth, {title}: {} late transactions posted one at a time",
                late.len()
            ),
            measured: latency(&late),
            yardstick: format!("{} without late ones", latency(&usual)),
            value: percentile(&late, 99),
            target: Target::AtMost(5.0, "ms for 99 of 100"),
        },
        Figure {
            what: format!("growth, {title}: other transactions meanwhile"),
            measured: latency(&other),
            yardstick: format!("{} without late ones", latency(&usual)),
            value: percentile(&other, 99) / percentile(&usual, 99),
            target: Target::AtMost(2.0, "times for 99 of 100"),
        },
    ];
    figures.push(in_batches(grown).await?);
    Ok(figures)
}

async fn in_batches(grown: &Grown) -> anyhow::Result<Figure> {
    let process_id = grown.host.process_id();
    let (mut usual, mut mixed) = (Vec::new(), Vec::new());
    let (mut usual_used, mut mixed_used) = (0.0, 0.0);
    let mut rows = 0;
    let begun = Instant::now();
    while rows < BATCHES * BATCH && begun.elapsed() < LONGEST {
        rows += BATCH;
        for (punctuality, seconds, used) in [
            (AllInTime, &mut usual, &mut usual_used),
            (OneInAHundredLate, &mut mixed, &mut mixed_used),
        ] {
            let before = Usage::of(process_id)?;
            seconds.push(grown.post_following(BATCH, punctuality).await?);
            *used += Usage::of(process_id)?.since(before).processor_nanos;
        }
    }
    let cost = |used: f64| used / rows as f64 / 1e3;
    let told = |seconds: Vec<f64>, used: f64| {
        format!(
            "{:.1} ms a batch, {:.1} µs of processor time a transaction",
            median(seconds) * 1e3,
            cost(used)
        )
    };
    Ok(Figure {
        what: format!(
            "growth, {}: batches of {BATCH} with one in a hundred late",
            grown.plan.title()
        ),
        measured: told(mixed, mixed_used),
        yardstick: format!("{} without late ones", told(usual, usual_used)),
        value: mixed_used / usual_used,
        target: Target::None,
    })
}
