//! Which hashes a run cannot have: a Bloom filter whose bits for a hash are all in one cache line.

/// Bits for each hash. With seven probes about one hash in five thousand that is not there seems to
/// be. Each that does costs a chunk, a thousand times what the filter costs, and an index has some twenty runs.
const BITS_FOR_EACH: u64 = 24;

/// Bits that are set for a hash.
const PROBES: u32 = 7;

/// A cache line of bits.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line([u64; 8]);

/// A set of 64-bit hashes that may have more than were added.
pub(super) struct Filter {
    lines: Vec<Line>,
}

impl Filter {
    /// An empty filter for so many hashes.
    pub(super) fn new(hashes: u64) -> Self {
        let lines = (hashes * BITS_FOR_EACH).div_ceil(512).max(1);
        Self {
            lines: vec![Line::default(); lines as usize],
        }
    }

    /// Lines follow the order of hashes, so that hashes which are added in order go through memory in order.
    fn line(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.lines.len() as u128) >> 64) as usize
    }

    pub(super) fn add(&mut self, hash: u64) {
        let line = self.line(hash);
        for (word, bit) in probes(hash) {
            self.lines[line].0[word] |= bit;
        }
    }

    /// Whether a hash may have been added.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let line = &self.lines[self.line(hash)].0;
        probes(hash).all(|(word, bit)| line[word] & bit != 0)
    }

    /// How long the filter's bytes are.
    pub(super) fn byte_len(&self) -> usize {
        self.lines.len() * size_of::<Line>()
    }

    /// The filter's bytes, little endian.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.byte_len());
        for word in self.lines.iter().flat_map(|line| line.0) {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }

    /// Reads what [`encode`](Self::encode) writes; `None` where it is of no such length.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (lines, rest) = bytes.as_chunks::<64>();
        if lines.is_empty() || !rest.is_empty() {
            return None;
        }
        let lines = lines.iter().map(|bytes| {
            let mut line = Line::default();
            for (word, bytes) in line.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            line
        });
        Some(Self {
            lines: lines.collect(),
        })
    }
}

/// The word and the bit of each probe, from a mix of the hash, whose high bits chose the line.
fn probes(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    let mut mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (0..PROBES).map(move |probe| {
        let at = mixed >> (9 * probe) & 511;
        ((at / 64) as usize, 1 << (at % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_added_is_there_and_little_else() {
        let hash = |number: u64| siphasher::sip::SipHasher13::new().hash(&number.to_le_bytes());
        let mut filter = Filter::new(20_000);
        (0..20_000).for_each(|number| filter.add(hash(number)));
        let mut bytes = Vec::new();
        filter.encode(&mut bytes);
        assert!(bytes.len() < 20_000 * 25 / 8);
        let filter = Filter::decode(&bytes).unwrap();
        assert!((0..20_000).all(|number| filter.may_have(hash(number))));
        let wrong = (20_000..120_000).filter(|number| filter.may_have(hash(*number)));
        assert!(wrong.count() < 60);
        assert!(Filter::decode(&bytes[1..]).is_none());
    }
}
