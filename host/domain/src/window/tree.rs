//! Summaries of neighbouring chunks, so that a wide window is put together from few of them.

use std::ops::Range;

use super::chunk::Shape;
use super::moments::Moments;

/// A binary tree over the closed chunks of a series.
///
/// Node 1 is the root, the children of node n are 2n and 2n+1; a leaf is one
/// chunk. Leaves before the first living chunk are those of dropped ones:
/// nothing asks for them again, though nodes above still count them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    leaves: usize,
    first: usize,
    len: usize,
    rows: Vec<u64>,
    moments: Vec<Moments>,
    bytes: usize,
}

impl Tree {
    /// A tree over chunks: the number of rows and the summary of each.
    pub(super) fn new(chunks: Vec<(u64, Vec<Moments>)>, shape: &Shape) -> Self {
        let leaves = (2 * chunks.len()).next_power_of_two().max(4);
        let stride = shape.measures.len();
        let len = chunks.len();
        let mut tree = Self {
            leaves,
            first: 0,
            len,
            rows: vec![0; 2 * leaves],
            moments: Vec::with_capacity(2 * leaves * stride),
            bytes: 0,
        };
        for _ in 0..2 * leaves {
            tree.moments.extend(shape.summary());
        }
        for (index, (rows, summary)) in chunks.into_iter().enumerate() {
            tree.set(leaves + index, rows, summary);
        }
        for node in (1..leaves).rev() {
            tree.refresh(node, stride);
        }
        tree.bytes =
            2 * leaves * size_of::<u64>() + tree.moments.iter().map(Moments::bytes).sum::<usize>();
        tree
    }

    /// How many chunks it covers.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The chunks as they were given to [`new`](Self::new), with what was added since.
    pub(super) fn into_chunks(mut self, shape: &Shape) -> Vec<(u64, Vec<Moments>)> {
        let stride = shape.measures.len();
        let start = self.leaves + self.first;
        let mut moments = self
            .moments
            .drain(start * stride..(start + self.len) * stride);
        self.rows[start..start + self.len]
            .iter()
            .map(|&rows| (rows, moments.by_ref().take(stride).collect()))
            .collect()
    }

    /// Whether another chunk has room.
    pub(super) fn has_room(&self) -> bool {
        self.first + self.len < self.leaves
    }

    /// Covers one more chunk, for which there is room.
    pub(super) fn push(&mut self, rows: u64, summary: Vec<Moments>) {
        let stride = summary.len();
        let mut node = self.leaves + self.first + self.len;
        self.len += 1;
        self.set(node, rows, summary);
        while node > 1 {
            node /= 2;
            self.refresh(node, stride);
        }
    }

    /// Forgets the first chunk.
    pub(super) fn pop(&mut self) {
        self.first += 1;
        self.len -= 1;
    }

    /// Counts one more row of a chunk; `add` puts it into each summary that covers the chunk.
    pub(super) fn add(&mut self, chunk: usize, stride: usize, add: impl Fn(&mut [Moments])) {
        let mut node = self.leaves + self.first + chunk;
        while node > 0 {
            self.rows[node] += 1;
            add(&mut self.moments[node * stride..(node + 1) * stride]);
            node /= 2;
        }
    }

    /// Rows in a range of chunks; merges the wanted measures of them into `into`.
    pub(super) fn measure(
        &self,
        chunks: Range<usize>,
        stride: usize,
        wanted: &[usize],
        into: &mut [Moments],
    ) -> u64 {
        let mut total = 0;
        let mut take = |node: usize| {
            total += self.rows[node];
            for (&measure, moments) in wanted.iter().zip(&mut *into) {
                moments.merge(&self.moments[node * stride + measure]);
            }
        };
        let base = self.leaves + self.first;
        let (mut low, mut high) = (base + chunks.start, base + chunks.end);
        while low < high {
            if low % 2 == 1 {
                take(low);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                take(high);
            }
            low /= 2;
            high /= 2;
        }
        total
    }

    /// Bytes in all, as of when it was built.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn set(&mut self, node: usize, rows: u64, summary: Vec<Moments>) {
        let stride = summary.len();
        self.rows[node] = rows;
        for (to, from) in self.moments[node * stride..].iter_mut().zip(summary) {
            *to = from;
        }
    }

    fn refresh(&mut self, node: usize, stride: usize) {
        self.rows[node] = self.rows[2 * node] + self.rows[2 * node + 1];
        for measure in 0..stride {
            let mut merged = self.moments[2 * node * stride + measure].clone();
            merged.merge(&self.moments[(2 * node + 1) * stride + measure]);
            self.moments[node * stride + measure] = merged;
        }
    }
}
