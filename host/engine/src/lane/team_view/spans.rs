//! How many transactions happened in each of several spans of time.

use domain::time::Timestamp;

use super::TeamView;
use store::StoreError;
use store::index::Found;

/// So many entries of the index are in memory at once.
const STEP: usize = 50_000;

/// How many transactions happened in each span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanCounts {
    /// For each bound but the last, how many happened then or later and before the next bound.
    pub counts: Vec<u64>,
    /// Where there were more than were to be counted: of this moment and of earlier ones not all are counted.
    pub incomplete_until: Option<Timestamp>,
}

impl TeamView {
    /// Counts the durable transactions between bounds, which rise; so many at most, the newest. No transaction is read.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count_in_spans(
        &self,
        bounds: &[Timestamp],
        most: usize,
    ) -> Result<SpanCounts, StoreError> {
        let (Some(from), Some(to)) = (bounds.first(), bounds.last()) else {
            return Ok(SpanCounts {
                counts: Vec::new(),
                incomplete_until: None,
            });
        };
        let mut counts = vec![0_u64; bounds.len() - 1];
        let mut count = |at: Timestamp| {
            let behind = bounds.partition_point(|bound| *bound <= at);
            if let Some(count) = behind.checked_sub(1).and_then(|span| counts.get_mut(span)) {
                *count += 1;
            }
        };
        let durable = self.durable();
        // The tail is looked at first: what moves from it to the indexes meanwhile must not be missed, nor counted twice.
        let unindexed = {
            let tail = self.tail.read();
            let mut first = u64::MAX;
            for entry in tail.entries() {
                first = first.min(entry.sequence);
                if entry.sequence <= durable && (*from..*to).contains(&entry.date_time) {
                    count(entry.date_time);
                }
            }
            first
        };
        let (mut after, mut looked_at): (Option<Found>, usize) = (None, 0);
        loop {
            let page = self.index.time_range(*from, *to, after, STEP)?;
            for found in &page {
                if found.sequence <= durable && found.sequence < unindexed {
                    count(found.date_time);
                }
            }
            looked_at += page.len();
            match page.last() {
                Some(last) if page.len() == STEP && looked_at >= most => {
                    let incomplete_until = Some(last.date_time);
                    return Ok(SpanCounts {
                        counts,
                        incomplete_until,
                    });
                }
                Some(last) if page.len() == STEP => {
                    after = Some(Found {
                        date_time: last.date_time,
                        sequence: last.sequence,
                    });
                }
                _ => {
                    return Ok(SpanCounts {
                        counts,
                        incomplete_until: None,
                    });
                }
            }
        }
    }
}
