//! Brings an index up to date out of the stored blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::time::Timestamp;
use window_index::Row;

use super::RowsError;
use super::index::{RowIndex, Written};
use crate::lane::team_view::{Fields, TeamView};

/// How often it is said how far a long build is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Takes stored transactions up to a durable one into an index. Where somebody else does so already it waits for them.
pub(super) fn bring_up_to(
    index: &RowIndex,
    view: &Arc<TeamView>,
    durable: u64,
) -> Result<(), RowsError> {
    let _building = index.building.lock();
    let first = index.watermark().max(1);
    if first > durable {
        return Ok(());
    }
    let mut told = Instant::now();
    let fields = Fields::Named(index.layout().field_names());
    let mut walk = view.walk(first..=durable, Timestamp::MIN, fields);
    let mut written: Vec<(Written, i64, u64)> = Vec::new();
    while let Some(step) = walk.step()? {
        let mut count = 0;
        let mut next = first;
        for placed in &step {
            next = placed.sequence + 1;
            if written.len() == count {
                written.push(Default::default());
            }
            let (row, at, sequence) = &mut written[count];
            if index.write(&placed.transaction, row) {
                *at = placed.transaction.date_time.as_micros();
                *sequence = placed.sequence;
                count += 1;
            }
        }
        let rows = written[..count].iter().map(|(row, at, sequence)| Row {
            key: row.hash,
            at: *at,
            sequence: *sequence,
            values: &row.values,
        });
        index.append(rows, next)?;
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            tracing::info!(
                index = %index.layout(),
                done = next - 1,
                of = durable,
                "an index of rows is made from the stored transactions"
            );
        }
    }
    // Nothing is skipped: what a walk does not give is not there.
    index.append(std::iter::empty(), durable + 1)?;
    Ok(())
}
