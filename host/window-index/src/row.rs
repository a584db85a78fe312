//! Rows, and the keys under which the tree keeps them.

use std::ops::Bound;

/// A keyed hash of the value of the indexed field.
pub type RowKey = [u8; 16];

/// One row: where it belongs, and the values that a reader wants to see of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'r> {
    /// The keyed hash of the value of the indexed field.
    pub key: RowKey,
    /// Microseconds since the epoch.
    pub at: i64,
    /// The sequence number of the row in its team.
    pub sequence: u64,
    /// What the index keeps of the row; its form is the caller's.
    pub values: &'r [u8],
}

/// Key (16 bytes) │ time (8) │ sequence number (8), so that the order of bytes is that of key, time and sequence number.
pub(crate) type TreeKey = [u8; 32];

/// The key of the entry that holds the watermark. It is shorter than every [`TreeKey`] and comes before all of them.
pub(crate) const WATERMARK_KEY: [u8; 1] = [0];

/// Returns the key of a row in the tree.
pub(crate) fn tree_key(key: &RowKey, at: i64, sequence: u64) -> TreeKey {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(key);
    bytes[16..24].copy_from_slice(&ordered(at).to_be_bytes());
    bytes[24..].copy_from_slice(&sequence.to_be_bytes());
    bytes
}

/// Returns time and sequence number of a key that [`tree_key`] made, or `None` if it has another length.
pub(crate) fn place(key: &[u8]) -> Option<(i64, u64)> {
    let key: &TreeKey = key.try_into().ok()?;
    let word = |from: usize| {
        key[from..from + 8]
            .iter()
            .fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
    };
    Some((word(16).wrapping_add(1 << 63).cast_signed(), word(24)))
}

/// Returns the range of the tree keys of a key with `from < at <= to`.
pub(crate) fn span(key: &RowKey, from: i64, to: i64) -> (Bound<TreeKey>, Bound<TreeKey>) {
    (
        Bound::Excluded(tree_key(key, from, u64::MAX)),
        Bound::Included(tree_key(key, to, u64::MAX)),
    )
}

/// Maps signed numbers to unsigned ones of the same order.
fn ordered(at: i64) -> u64 {
    at.cast_unsigned() ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_keys_sort_by_key_time_and_sequence_number() {
        let mut keys = Vec::new();
        for key in [[0; 16], [1; 16], [255; 16]] {
            for at in [i64::MIN, -1, 0, 1, i64::MAX] {
                for sequence in [0, 1, u64::MAX] {
                    let bytes = tree_key(&key, at, sequence);
                    assert_eq!(place(&bytes), Some((at, sequence)));
                    assert!(bytes.as_slice() > WATERMARK_KEY.as_slice());
                    keys.push(bytes);
                }
            }
        }
        assert!(keys.is_sorted());
        assert_eq!(place(&WATERMARK_KEY), None);
    }
}
