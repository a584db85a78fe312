//! Short runs of bytes, one after another.

/// The length of a piece; nothing longer can be kept.
const PIECE: usize = 1 << 16;

/// Bytes that are kept one after another, in pieces that never move. Whoever reads knows where they end.
#[derive(Debug, Default)]
pub(super) struct Arena(Vec<Vec<u8>>);

impl Arena {
    /// Keeps bytes, and returns where they are.
    ///
    /// # Panics
    /// If they are longer than a piece, or there are 4 GiB already.
    pub(super) fn push(&mut self, bytes: &[u8]) -> u32 {
        assert!(bytes.len() <= PIECE, "longer than a piece");
        match self.0.last() {
            Some(last) if last.len() + bytes.len() <= PIECE => {}
            // The first piece grows with what it holds, so that a small tenant stays small.
            None => self.0.push(Vec::new()),
            Some(_) => self.0.push(Vec::with_capacity(PIECE)),
        }
        let piece = self.0.len() - 1;
        let last = &mut self.0[piece];
        let place = piece * PIECE + last.len();
        last.extend_from_slice(bytes);
        u32::try_from(place).expect("fewer than 4 GiB of words")
    }

    /// The bytes from a place on, up to the end of its piece.
    pub(super) fn from(&self, place: u32) -> &[u8] {
        let place = place as usize;
        &self.0[place / PIECE][place % PIECE..]
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let pieces = self.0.iter().map(Vec::capacity);
        pieces.sum::<usize>() + self.0.capacity() * size_of::<Vec<u8>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_where_they_were_put() {
        let mut arena = Arena::default();
        let runs: Vec<Vec<u8>> = (0..100).map(|byte| vec![byte; 3_000]).collect();
        let places: Vec<u32> = runs.iter().map(|run| arena.push(run)).collect();
        for (run, place) in runs.iter().zip(places) {
            assert!(arena.from(place).starts_with(run));
        }
    }
}
