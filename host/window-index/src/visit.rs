//! Reading the rows of a key.

use std::ops::{ControlFlow, Range};

use crate::error::{Fault, IndexError};
use crate::inner::Inner;
use crate::row::{RowKey, place};
use crate::tail::Tail;

/// What is done with each row: its time in microseconds since the epoch, its sequence number and its values. Breaking off
/// ends the visit.
pub type Visit<'v> = dyn FnMut(i64, u64, &[u8]) -> ControlFlow<()> + 'v;

/// A row that is still in memory: time, sequence number, and where its values are.
type Recent = (i64, u64, Range<usize>);

impl Inner {
    pub(crate) fn visit(
        &self,
        key: &RowKey,
        from: i64,
        to: i64,
        before: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(), IndexError> {
        self.intact()?;
        if from >= to {
            return Ok(());
        }
        // The tails first: a tail leaves memory when its rows are in the tree. So a row may be in both, never in neither.
        let mut values = Vec::new();
        let recent = self.recent(key, from, to, before, &mut values);
        let mut recent = recent.into_iter().peekable();
        let mut last = None;
        for entry in self.read(key, from, to) {
            let entry = entry.map_err(|error| self.fault(error.into()))?;
            let Some((at, sequence)) = place(&entry.key.user_key) else {
                return Err(self.fault(Fault::Damage("a key is not 32 bytes long".to_owned())));
            };
            if last.replace((at, sequence)) == Some((at, sequence)) {
                continue;
            }
            while let Some((at, sequence, range)) =
                recent.next_if(|(a, s, _)| (*a, *s) < (at, sequence))
            {
                if visit(at, sequence, &values[range]).is_break() {
                    return Ok(());
                }
            }
            recent.next_if(|(a, s, _)| (*a, *s) == (at, sequence));
            if sequence < before && visit(at, sequence, &entry.value).is_break() {
                return Ok(());
            }
        }
        for (at, sequence, range) in recent {
            if visit(at, sequence, &values[range]).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Copies the rows in memory, each once and in order, so that no lock is held while they are visited.
    fn recent(
        &self,
        key: &RowKey,
        from: i64,
        to: i64,
        before: u64,
        values: &mut Vec<u8>,
    ) -> Vec<Recent> {
        let mut recent: Vec<Recent> = Vec::new();
        let mut copy = |tail: &Tail, below: u64| {
            tail.of_key(key, |row| {
                if from < row.at && row.at <= to && row.sequence < below.min(before) {
                    let start = values.len();
                    values.extend_from_slice(row.values);
                    recent.push((row.at, row.sequence, start..values.len()));
                }
            });
        };
        let state = self.state().read();
        for sealed in &state.sealed {
            copy(&sealed.tail, sealed.watermark);
        }
        copy(&state.active, u64::MAX);
        drop(state);
        recent.sort_unstable_by_key(|(at, sequence, _)| (*at, *sequence));
        recent.dedup_by_key(|(at, sequence, _)| (*at, *sequence));
        recent
    }
}
