//! How much memory the index takes.

use super::AlertIndex;
use super::row_sets::{allocated, bitmap_bytes};

impl AlertIndex {
    /// Bytes of memory, as far as they grow with alerts. Looks at every word and value: not for every request.
    pub fn bytes(&self) -> usize {
        let postings = self.postings.values().map(bitmap_bytes).sum::<usize>()
            + self.postings.capacity() * size_of::<(super::Field, u32, roaring::RoaringBitmap)>();
        let comments = self.said.values().flatten();
        let comments = comments.map(|(_, words)| allocated(size_of_val(&**words)) + 32);
        let waiting = self.waiting.values().map(|rows| 32 + 4 * rows.capacity());
        self.rows.bytes()
            + self.by_id.allocation_size()
            + self.names.bytes()
            + self.values.bytes()
            + postings
            + self.due.bytes()
            + bitmap_bytes(&self.whole)
            + bitmap_bytes(&self.neutral)
            + self.words.bytes()
            + self.withheld.bytes()
            + self.word_lists.bytes()
            + comments.sum::<usize>()
            + self.said.capacity() * 32
            + self.profiles.bytes()
            + self.transactions.bytes()
            + waiting.sum::<usize>()
    }
}
