//! The entries of the three indexes.

use domain::time::Timestamp;

use super::IndexRow;

/// Which of a team's indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IndexKind {
    /// By the hash of `txn_id`.
    Transaction = 1,
    /// By the hash of `customer_id`, then time.
    Customer = 2,
    /// By time.
    Time = 3,
}

/// The longest entry, in bytes.
const MAX_WIDTH: usize = 24;

impl IndexKind {
    pub(super) const ALL: [Self; 3] = [Self::Transaction, Self::Customer, Self::Time];

    /// The length of an entry, in bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Transaction | Self::Time => 16,
            Self::Customer => 24,
        }
    }

    /// Whether its runs have filters: only hashes are asked for that may be nowhere.
    pub(super) fn has_filter(self) -> bool {
        self == Self::Transaction
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The entries of rows, in order; each is to be [trimmed](Self::trim).
    pub(super) fn sorted_entries(self, rows: &[IndexRow]) -> Vec<[u8; MAX_WIDTH]> {
        let mut entries: Vec<_> = rows
            .iter()
            .map(|row| {
                let time = ordered(row.date_time);
                match self {
                    Self::Transaction => join([row.txn_id, row.sequence, 0]),
                    Self::Customer => join([row.customer_id, time, row.sequence]),
                    Self::Time => join([time, row.sequence, 0]),
                }
            })
            .collect();
        entries.sort_unstable();
        entries
    }

    /// The bytes of an entry that count.
    pub(super) fn trim(self, entry: &[u8; MAX_WIDTH]) -> &[u8] {
        &entry[..self.width()]
    }
}

/// Numbers as an entry has them.
pub(super) fn join(numbers: [u64; 3]) -> [u8; MAX_WIDTH] {
    let mut entry = [0; MAX_WIDTH];
    for (bytes, number) in entry.chunks_exact_mut(8).zip(numbers) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
    entry
}

/// The number in the eight bytes from `at` on.
///
/// # Panics
/// Where the entry ends before; entries are of their kind's width.
pub(super) fn number(entry: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&entry[at..at + 8]);
    u64::from_be_bytes(bytes)
}

const SIGN: u64 = 1 << 63;

/// A moment as a number in the order of moments.
pub(super) fn ordered(moment: Timestamp) -> u64 {
    moment.as_micros() as u64 ^ SIGN
}

/// The moment of a number.
pub(super) fn moment(ordered: u64) -> Timestamp {
    Timestamp::from_micros((ordered ^ SIGN) as i64)
}

/// How many of the entries, which lie end to end in order, are below one.
pub(super) fn count_below(entries: &[u8], width: usize, bound: &[u8]) -> usize {
    let (mut low, mut high) = (0, entries.len() / width);
    while low < high {
        let middle = low + (high - low) / 2;
        if &entries[middle * width..(middle + 1) * width] < bound {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
