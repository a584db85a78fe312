//! Words, and the rows in which they stand.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use roaring::RoaringBitmap;
use unicode_segmentation::UnicodeSegmentation;

/// The longest word that is told apart, in bytes.
const MAX_WORD_BYTES: usize = 64;
/// The most different words of one alert's texts that are found.
const MAX_WORDS: usize = 2_000;

/// Words, and the rows in which they stand.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: BTreeMap<Arc<str>, u32>,
    rows: Vec<RoaringBitmap>,
}

/// The words of a text, in lower case, as Unicode tells them apart.
pub(super) fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().map(|word| {
        let mut word = word.to_lowercase();
        let mut end = word.len().min(MAX_WORD_BYTES);
        while !word.is_char_boundary(end) {
            end -= 1;
        }
        word.truncate(end);
        word
    })
}

impl Words {
    /// The numbers of the words of texts, rising.
    pub(super) fn intern<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Box<[u32]> {
        let mut numbers = Vec::new();
        for word in texts.flat_map(words_of).take(MAX_WORDS) {
            let number = match self.numbers.get(&*word) {
                Some(number) => *number,
                None => {
                    let number = u32::try_from(self.rows.len()).expect("fewer than 2^32 words");
                    self.numbers.insert(word.into(), number);
                    self.rows.push(RoaringBitmap::new());
                    number
                }
            };
            numbers.push(number);
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into()
    }

    /// A row has other words; both rising.
    pub(super) fn replace(&mut self, row: u32, before: &[u32], after: &[u32]) {
        for gone in before {
            if after.binary_search(gone).is_err() {
                self.rows[*gone as usize].remove(row);
            }
        }
        for new in after {
            if before.binary_search(new).is_err() {
                self.rows[*new as usize].insert(row);
            }
        }
    }

    /// The rows in which a word stands.
    pub(super) fn exactly(&self, word: &str) -> RoaringBitmap {
        let number = self.numbers.get(word);
        number.map_or_else(RoaringBitmap::new, |number| {
            self.rows[*number as usize].clone()
        })
    }

    /// The rows in which a word begins so.
    pub(super) fn beginning(&self, prefix: &str) -> RoaringBitmap {
        let words = self.numbers.range::<str, _>((Included(prefix), Unbounded));
        let words = words.take_while(|(word, _)| word.starts_with(prefix));
        let mut rows = RoaringBitmap::new();
        for (_, number) in words {
            rows |= &self.rows[*number as usize];
        }
        rows
    }
}
