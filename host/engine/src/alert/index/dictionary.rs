//! Words, and the rows in which they stand.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use roaring::RoaringBitmap;

use super::arena::Arena;
use super::chunks::Chunks;
use super::row_sets::{RowSet, RowSets};
use super::words::{MAX_WORD_BYTES, words_of};

/// The most different words of one alert's texts that are found.
const MAX_WORDS: usize = 2_000;

/// So many of the newest words are in no order: a search looks at each.
const MAX_UNSORTED: usize = 4_096;

/// Words, and the rows in which they stand. Titles with amounts have a word of their own each, so what matters is how
/// much a word takes that stands in one row.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    hasher: RandomState,
    /// The texts of words, each behind its length.
    texts: Arena,
    words: Chunks<Word>,
    by_text: HashTable<u32>,
    /// The numbers of all words but the newest, by text.
    sorted: Vec<u32>,
    sets: RowSets,
}

#[derive(Debug)]
struct Word {
    text: u32,
    rows: RowSet,
}

const _: () = assert!(MAX_WORD_BYTES <= u8::MAX as usize);

impl Dictionary {
    /// The numbers of the words of texts, rising.
    pub(super) fn intern<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Vec<u32> {
        let words = texts.flat_map(words_of).take(MAX_WORDS);
        let mut numbers: Vec<u32> = words.map(|word| self.number(&word)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn number(&mut self, word: &str) -> u32 {
        let hash = self.hasher.hash_one(word.as_bytes());
        if let Some(number) = self.find_hashed(hash, word) {
            return number;
        }
        let number = u32::try_from(self.words.len()).expect("fewer than 2^32 words");
        let mut text = Vec::with_capacity(1 + word.len());
        text.push(word.len() as u8);
        text.extend_from_slice(word.as_bytes());
        self.words.push(Word {
            text: self.texts.push(&text),
            rows: RowSet::EMPTY,
        });
        let (hasher, texts, words) = (&self.hasher, &self.texts, &self.words);
        self.by_text.insert_unique(hash, number, |number| {
            hasher.hash_one(text_of(texts, &words[*number as usize]))
        });
        if self.words.len() - self.sorted.len() > MAX_UNSORTED {
            self.sort_newest();
        }
        number
    }

    fn find(&self, word: &str) -> Option<u32> {
        self.find_hashed(self.hasher.hash_one(word.as_bytes()), word)
    }

    fn find_hashed(&self, hash: u64, word: &str) -> Option<u32> {
        let is_it = |number: &u32| self.text(*number) == word.as_bytes();
        self.by_text.find(hash, is_it).copied()
    }

    fn text(&self, number: u32) -> &[u8] {
        text_of(&self.texts, &self.words[number as usize])
    }

    /// The numbers of the words that are in no order.
    fn newest(&self) -> std::ops::Range<u32> {
        self.sorted.len() as u32..self.words.len() as u32
    }

    /// Puts the newest words among the others, by text.
    fn sort_newest(&mut self) {
        let mut newest: Vec<u32> = self.newest().collect();
        newest.sort_unstable_by_key(|number| self.text(*number));
        let mut sorted = std::mem::take(&mut self.sorted);
        let mut end = sorted.len();
        // Not for twice as many: words are forgotten by nobody, but few come in the end.
        sorted.reserve_exact(newest.len());
        sorted.resize(end + newest.len(), 0);
        // From the last on: what is behind its place moves up by as many as are left to put.
        for (left, number) in newest.iter().enumerate().rev() {
            let text = self.text(*number);
            let place = sorted[..end].partition_point(|other| self.text(*other) < text);
            sorted.copy_within(place..end, place + left + 1);
            sorted[place + left] = *number;
            end = place;
        }
        self.sorted = sorted;
    }

    /// A row has other words; both rising.
    pub(super) fn replace(&mut self, row: u32, before: &[u32], after: &[u32]) {
        for gone in before {
            if after.binary_search(gone).is_err() {
                let word = &mut self.words[*gone as usize];
                self.sets.remove(&mut word.rows, row);
            }
        }
        for new in after {
            if before.binary_search(new).is_err() {
                let word = &mut self.words[*new as usize];
                self.sets.insert(&mut word.rows, row);
            }
        }
    }

    /// The rows in which a word stands.
    pub(super) fn exactly(&self, word: &str) -> RoaringBitmap {
        let mut rows = RoaringBitmap::new();
        if let Some(number) = self.find(word) {
            self.add_rows(&mut rows, number);
        }
        rows
    }

    /// The rows in which a word begins so.
    pub(super) fn beginning(&self, prefix: &str) -> RoaringBitmap {
        let prefix = prefix.as_bytes();
        let first = |number: &u32| self.text(*number) < prefix;
        let sorted = &self.sorted[self.sorted.partition_point(first)..];
        let sorted = sorted.iter().copied();
        let sorted = sorted.take_while(|number| self.text(*number).starts_with(prefix));
        let newest = self.newest();
        let newest = newest.filter(|number| self.text(*number).starts_with(prefix));
        let mut rows = RoaringBitmap::new();
        for number in sorted.chain(newest) {
            self.add_rows(&mut rows, number);
        }
        rows
    }

    fn add_rows(&self, rows: &mut RoaringBitmap, number: u32) {
        self.sets.add_to(rows, self.words[number as usize].rows);
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes()
            + self.words.bytes()
            + self.by_text.allocation_size()
            + self.sorted.capacity() * size_of::<u32>()
            + self.sets.bytes()
    }
}

fn text_of<'t>(texts: &'t Arena, word: &Word) -> &'t [u8] {
    let kept = texts.from(word.text);
    let (length, rest) = kept.split_first().unwrap_or((&0, &[]));
    &rest[..usize::from(*length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginnings_sorted_or_not() {
        let mut dictionary = Dictionary::default();
        let count = 3 * MAX_UNSORTED as u32 + 100;
        // In no order of their texts.
        for row in 0..count {
            let title = format!("cash of {}", (u64::from(row) * 7_919) % 1_000_003);
            let words = dictionary.intern([&*title].into_iter());
            dictionary.replace(row, &[], &words);
        }
        assert!(dictionary.newest().len() <= MAX_UNSORTED && !dictionary.newest().is_empty());
        let texts: Vec<&[u8]> = dictionary
            .sorted
            .iter()
            .map(|number| dictionary.text(*number))
            .collect();
        assert!(texts.is_sorted());
        for prefix in ["1", "12", "99", "c", "cash", "777", "of", "ofx", ""] {
            let expect = (0..count).filter(|row| {
                let number = ((u64::from(*row) * 7_919) % 1_000_003).to_string();
                [&*number, "cash", "of"]
                    .iter()
                    .any(|word| word.starts_with(prefix))
            });
            let expect: RoaringBitmap = expect.collect();
            assert_eq!(dictionary.beginning(prefix), expect, "{prefix}");
        }
        assert_eq!(dictionary.exactly("cash").len(), u64::from(count));
        assert!(dictionary.exactly("cas").is_empty());
        assert_eq!(dictionary.exactly("7919").iter().collect::<Vec<_>>(), [1]);
    }
}
