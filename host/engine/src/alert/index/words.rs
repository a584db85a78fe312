//! The words of a text.
//!
//! Titles and queries are parted into words alike: compatibility forms, composed and decomposed letters, and upper and
//! lower case are one (NFKC and case folding); words are those of UAX #29, and an emoji, an arrow or another symbol is a
//! word of its own. Accents tell words apart, as they do names. Punctuation and the symbols of ASCII are no words: a
//! search asks nothing by them.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

/// The longest word that is told apart, in bytes.
pub(super) const MAX_WORD_BYTES: usize = 64;

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
