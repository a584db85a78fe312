//! The host is killed in the middle of a batch, and started again.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::Setting;
use super::super::batch::send;
use super::super::figure::{Figure, Target};
use super::grown::Grown;
use super::posts::Poster;
use super::progress::Progress;
use super::rows::Punctuality::AllInTime;

/// Transactions of one batch.
const BATCH: u64 = 10_000;
/// Batches before the kill.
const BATCHES: usize = 20;
/// So many batches in a row must have the full rate on average.
const IN_A_ROW: usize = 5;
/// The part of the former rate that counts as full.
const FULL: f64 = 0.9;
const LONGEST: Duration = Duration::from_secs(300);

/// Kills the host. Returns the host that was started after it.
pub(super) async fn measure(
    setting: &Setting,
    grown: Grown,
) -> anyhow::Result<(Grown, Vec<Figure>)> {
    let batch = setting.amount(BATCH);
    let mut seconds = 0.0;
    for _ in 0..BATCHES {
        seconds += grown.post_following(batch, AllInTime).await?;
    }
    let usual = (BATCHES as u64 * batch) as f64 / seconds;
    let first = grown.next.fetch_add(batch, Ordering::Relaxed);
    let body = grown.rows.ndjson(first..first + batch, AllInTime);
    let poster = grown.tenant.poster();
    let under_way = tokio::spawn(async move { send(&poster, &body).await });
    tokio::time::sleep(Duration::from_secs_f64(batch as f64 / usual / 2.0)).await;

    let begun = Instant::now();
    let grown = grown.killed(|_| Ok(()))?;
    // It failed with the host, or was answered just before.
    let _ = under_way.await;
    Poster::of(&grown, AllInTime)?.post().await?;
    let first_post = begun.elapsed().as_secs_f64();
    let full = full_rate(&grown, batch, FULL * usual, begun).await?;

    let title = grown.plan.title();
    let figures = vec![
        Figure {
            what: format!("growth, {title}: from a kill to the first post that is accepted"),
            measured: format!("{first_post:.2} s"),
            yardstick: String::new(),
            value: first_post,
            target: Target::AtMost(2.0, "s"),
        },
        Figure {
            what: format!("growth, {title}: from a kill to the full rate of batches of {batch}"),
            measured: match full {
                Some(seconds) => format!("{seconds:.1} s"),
                None => format!("not within {} s", LONGEST.as_secs()),
            },
            yardstick: format!("{usual:.0} a second before it, of which {FULL} counts as full"),
            value: full.unwrap_or(f64::INFINITY),
            target: Target::AtMost(60.0, "s"),
        },
    ];
    Ok((grown, figures))
}

/// Seconds until batches begin to have a rate.
async fn full_rate(
    grown: &Grown,
    batch: u64,
    rate: f64,
    begun: Instant,
) -> anyhow::Result<Option<f64>> {
    let mut progress = Progress::new("waiting for the full rate".to_owned());
    let mut sent = Vec::new();
    while begun.elapsed() < LONGEST {
        let at = begun.elapsed().as_secs_f64();
        sent.push((at, grown.post_following(batch, AllInTime).await?));
        if let Some(last) = sent.last_chunk::<IN_A_ROW>() {
            let seconds: f64 = last.iter().map(|(_, seconds)| seconds).sum();
            let reached = (IN_A_ROW as u64 * batch) as f64 / seconds;
            if reached >= rate {
                return Ok(Some(last[0].0));
            }
            progress.tell(|| format!("{reached:.0} a second"));
        }
    }
    Ok(None)
}
