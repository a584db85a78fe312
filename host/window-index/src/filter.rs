//! Which keys a table may have.

use crate::row::RowKey;

/// Knows the keys of a table, and says of one in a hundred others that it is among them, too.
#[derive(Debug)]
pub(crate) struct KeyFilter {
    words: Vec<u64>,
}

/// Bits for each key, at least, of which two are set.
const BITS: usize = 16;

impl KeyFilter {
    /// A filter of at most `count` keys.
    pub(crate) fn of<'k>(keys: impl Iterator<Item = &'k RowKey>, count: usize) -> Self {
        let words = (count * BITS / 64).next_power_of_two();
        let mut filter = Self {
            words: vec![0; words],
        };
        for key in keys {
            for (word, bit) in filter.bits(key) {
                filter.words[word] |= bit;
            }
        }
        filter
    }

    pub(crate) fn may_have(&self, key: &RowKey) -> bool {
        let mut bits = self.bits(key).into_iter();
        bits.all(|(word, bit)| self.words[word] & bit != 0)
    }

    /// Words, and a bit of each. A key is a keyed hash, so its halves are two hashes.
    fn bits(&self, key: &RowKey) -> [(usize, u64); 2] {
        let whole = u128::from_le_bytes(*key);
        [whole as u64, (whole >> 64) as u64].map(|half| {
            let word = (half >> 6) as usize % self.words.len();
            (word, 1 << (half % 64))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_and_most_others_are_not() {
        let key = |number: u64| {
            let hash = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            (hash ^ hash >> 64).to_le_bytes()
        };
        let keys: Vec<RowKey> = (0..10_000).map(key).collect();
        let filter = KeyFilter::of(keys.iter(), keys.len());
        assert!(keys.iter().all(|key| filter.may_have(key)));
        let others = (10_000..20_000).map(key);
        let wrong = others.filter(|key| filter.may_have(key)).count();
        assert!(wrong < 300, "{wrong}");
        assert!(!KeyFilter::of([].iter(), 0).may_have(&key(1)));
    }
}
