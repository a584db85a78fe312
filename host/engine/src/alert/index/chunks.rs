//! Arrays that grow without moving what they hold, and without room for twice as much.

use std::ops::{Index, IndexMut};

/// How many values one chunk has.
const CHUNK: usize = 1_024;

/// A growing array in chunks of equal length.
#[derive(Debug)]
pub(super) struct Chunks<T>(Vec<Vec<T>>);

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Chunks<T> {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        match self.0.split_last() {
            None => 0,
            Some((last, full)) => full.len() * CHUNK + last.len(),
        }
    }

    /// Appends a value.
    pub(super) fn push(&mut self, value: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(value),
            // The first chunk grows with what it holds, so that a small tenant stays small.
            None => self.0.push(vec![value]),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                self.0.push(chunk);
            }
        }
    }

    /// The values, for changing.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// The values.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }

    /// Bytes of memory, without what the values hold elsewhere.
    pub(super) fn bytes(&self) -> usize {
        let of_chunks = self.0.iter().map(|chunk| chunk.capacity() * size_of::<T>());
        of_chunks.sum::<usize>() + self.0.capacity() * size_of::<Vec<T>>()
    }
}

impl<T> Index<usize> for Chunks<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.0[at / CHUNK][at % CHUNK]
    }
}

impl<T> IndexMut<usize> for Chunks<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.0[at / CHUNK][at % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_were_put() {
        let mut chunks = Chunks::default();
        for value in 0..3 * CHUNK + 1 {
            chunks.push(value);
        }
        assert_eq!(chunks.len(), 3 * CHUNK + 1);
        chunks[CHUNK] += 1;
        assert_eq!(chunks[CHUNK], CHUNK + 1);
        assert_eq!(chunks[CHUNK - 1], CHUNK - 1);
        assert_eq!(chunks[3 * CHUNK], 3 * CHUNK);
    }
}
