//! The indexes of windows are lost while the host is stopped, and made again from the stored transactions.

use std::fs;
use std::time::Instant;

use super::super::figure::{Figure, Target};
use super::grown::Grown;
use super::posts::Poster;
use super::rows::Punctuality::AllInTime;
use base::grouped::grouped;

/// Kills the host and removes its indexes. Returns the host that was started after it.
pub(super) async fn measure(grown: Grown) -> anyhow::Result<(Grown, Vec<Figure>)> {
    let begun = Instant::now();
    let grown = grown.killed(|folder| fs::remove_dir_all(folder.join("windows")))?;
    Poster::of(&grown, AllInTime)?.post().await?;
    let seconds = begun.elapsed().as_secs_f64();
    let millions = grown.plan.rows as f64 / 1e6;
    let figure = Figure {
        what: format!(
            "growth, {}: from a start without indexes of windows to the first post that is accepted",
            grown.plan.title()
        ),
        measured: format!("{seconds:.1} s"),
        yardstick: format!(
            "{:.1} s for each million of {}",
            seconds / millions,
            grouped(grown.plan.rows)
        ),
        value: seconds,
        target: Target::None,
    };
    Ok((grown, vec![figure]))
}
