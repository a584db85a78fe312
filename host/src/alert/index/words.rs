//! Words, and the rows in which they stand.
//!
//! Titles and queries are parted into words alike: compatibility forms, composed and decomposed letters, and upper and
//! lower case are one (NFKC and case folding); words are those of UAX #29, and an emoji, an arrow or another symbol is a
//! word of its own. Accents tell words apart, as they do names. Punctuation and the symbols of ASCII are no words: a
//! search asks nothing by them.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use roaring::RoaringBitmap;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
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

/// The words of a text, in the form in which they are compared.
pub(super) fn words_of(text: &str) -> Vec<String> {
    if text.is_ascii() {
        // Most titles are, and need none of the tables.
        let words = text.unicode_words();
        return words
            .map(|word| shortened(word.to_ascii_lowercase()))
            .collect();
    }
    let text = comparable(text);
    let segments = text.split_word_bounds().filter(|segment| {
        let is_word = |letter: char| {
            letter.is_alphanumeric()
                || !letter.is_ascii()
                    && letter.general_category_group() == GeneralCategoryGroup::Symbol
        };
        segment.chars().any(is_word)
    });
    segments
        .map(|segment| shortened(segment.to_owned()))
        .collect()
}

/// A text without what does not show, in one form of each letter.
fn comparable(text: &str) -> String {
    // Folding may part a letter into two, which are composed again.
    let shown = text.chars().filter(|letter| !is_hidden(*letter));
    let folded = shown.nfkc().flat_map(folded);
    folded.nfkc().collect()
}

/// The letters as which a letter is compared: Unicode's case folding, by way of upper case, so that `ß` is `ss` and both
/// forms of sigma are one.
fn folded(letter: char) -> impl Iterator<Item = char> {
    // A capital ß has no other upper case.
    let lower = letter.to_lowercase();
    lower
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

/// Joiners, variation selectors and whatever else has no width: texts that look alike must be found alike.
fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

fn shortened(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(MAX_WORD_BYTES));
    word
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_read_alike_have_the_same_words() {
        let check = |text: &str, expect: &[&str]| assert_eq!(words_of(text), expect, "{text}");
        check(
            "Cash of 9,728.42 - twice",
            &["cash", "of", "9,728.42", "twice"],
        );
        check("Café", &["café"]);
        check("Cafe\u{301}", &["café"]);
        check("ＣＡＦÉ ﬁne", &["café", "fine"]);
        check("STRASSE Straße", &["strasse", "strasse"]);
        check("ΟΔΟΣ οδος οδοσ", &["οδοσ", "οδοσ", "οδοσ"]);
        check("BE → NL – 1 200 €", &["be", "→", "nl", "1", "200", "€"]);
        check("fire 🔥🔥 ❤\u{fe0f}", &["fire", "🔥", "🔥", "❤"]);
        check("👩\u{200d}💻", &["👩", "💻"]);
        check("so\u{ad}ft\u{200b}ware é", &["software", "é"]);
        check("– … « » !? = $", &[]);
        check("東京", &["東", "京"]);
    }

    #[test]
    fn a_word_in_any_form_is_one_word() {
        // The others are the same in each form.
        let has_forms = |letter: &char| {
            let text = letter.to_string();
            comparable(&text) != text || text.chars().nfkd().ne(text.chars())
        };
        for letter in ('\u{80}'..=char::MAX).filter(has_forms) {
            let text = format!("a{letter}b");
            let words = words_of(&text);
            for form in [
                text.nfc().collect::<String>(),
                text.nfd().collect(),
                text.nfkc().collect(),
                text.nfkd().collect(),
            ] {
                assert_eq!(words_of(&form), words, "{text} {:x}", u32::from(letter));
            }
            for word in &words {
                assert_eq!(words_of(word).concat(), *word, "{:x}", u32::from(letter));
            }
        }
    }
}
