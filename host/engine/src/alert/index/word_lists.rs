//! The words of each row, as numbers: what it stands under must be known when its words change.

use super::arena::Arena;

/// Lists of the numbers of words, packed.
///
/// Numbers rise, so that each is kept as its distance from the one before, seven bits to a byte: most take one byte or
/// three. A list that is no row's any more is given up, and its bytes stay until [`is_wasteful`](Self::is_wasteful).
#[derive(Debug, Default)]
pub(super) struct WordLists {
    arena: Arena,
    kept: usize,
    given_up: usize,
}

/// Where the words of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WordList(u32);

/// The words of a title and of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowWords {
    /// Those that everybody may see, rising.
    pub(super) seen: Vec<u32>,
    /// Those that are shown only to who may see masked fields, rising.
    pub(super) withheld: Vec<u32>,
}

/// Fewer bytes than this are not worth packing anew.
const WORTH_IT: usize = 1 << 16;

impl WordList {
    /// No words at all.
    pub(super) const NONE: Self = Self(u32::MAX);
}

impl WordLists {
    /// Keeps the words of a row.
    pub(super) fn keep(&mut self, words: &RowWords) -> WordList {
        if words.seen.is_empty() && words.withheld.is_empty() {
            return WordList::NONE;
        }
        let mut packed = Vec::with_capacity(3 * (words.seen.len() + words.withheld.len()) + 2);
        for list in [&words.seen, &words.withheld] {
            pack(&mut packed, list.len() as u32);
            let mut before = 0;
            for number in list {
                pack(&mut packed, number - before);
                before = *number;
            }
        }
        self.kept += packed.len();
        WordList(self.arena.push(&packed))
    }

    /// The words of a row.
    pub(super) fn read(&self, list: WordList) -> RowWords {
        if list == WordList::NONE {
            return RowWords::default();
        }
        self.unpacked(list).0
    }

    /// The words of a row, and how many bytes they take.
    fn unpacked(&self, list: WordList) -> (RowWords, usize) {
        let packed = self.arena.from(list.0);
        let mut left = packed;
        let [seen, withheld] = [(); 2].map(|()| {
            let count = unpack(&mut left);
            let mut before = 0;
            let numbers = (0..count).map(|_| {
                before += unpack(&mut left);
                before
            });
            numbers.collect()
        });
        (RowWords { seen, withheld }, packed.len() - left.len())
    }

    /// Gives up the words of a row.
    pub(super) fn give_up(&mut self, list: WordList) {
        if list != WordList::NONE {
            self.given_up += self.unpacked(list).1;
        }
    }

    /// Whether most of what is kept is no row's any more, and it is time to copy the rest.
    pub(super) fn is_wasteful(&self) -> bool {
        self.given_up > WORTH_IT && 2 * self.given_up > self.kept
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.arena.bytes()
    }
}

fn pack(packed: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

fn unpack(packed: &mut &[u8]) -> u32 {
    let mut number = 0;
    let mut shift = 0;
    while let Some((byte, left)) = packed.split_first() {
        *packed = left;
        number |= u32::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_kept() {
        let mut lists = WordLists::default();
        let check = |lists: &mut WordLists, seen: &[u32], withheld: &[u32]| {
            let words = RowWords {
                seen: seen.to_vec(),
                withheld: withheld.to_vec(),
            };
            let list = lists.keep(&words);
            assert_eq!(lists.read(list), words);
            list
        };
        assert_eq!(check(&mut lists, &[], &[]), WordList::NONE);
        check(&mut lists, &[0], &[]);
        check(&mut lists, &[], &[0, 1, 127, 128, 129]);
        check(&mut lists, &[5, 300, 70_000, u32::MAX], &[1 << 28]);
    }

    #[test]
    fn what_is_given_up_is_worth_copying_once_it_is_most() {
        let mut lists = WordLists::default();
        let words = RowWords {
            seen: (0..1_000).map(|number| 1_000_000 * number).collect(),
            withheld: Vec::new(),
        };
        let kept: Vec<WordList> = (0..1_000).map(|_| lists.keep(&words)).collect();
        for list in &kept[..490] {
            lists.give_up(*list);
        }
        assert!(!lists.is_wasteful());
        for list in &kept[490..520] {
            lists.give_up(*list);
        }
        assert!(lists.is_wasteful());
    }
}
