//! What Python takes a letter for, by the Unicode data of CPython 3.15: that of Unicode 17.0.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// `isalpha`: letters, and not what only counts as alphabetic, such as the sign of a circled letter.
pub(super) fn is_alpha(letter: char) -> bool {
    letter.general_category_group() == GeneralCategoryGroup::Letter
}

/// `isalnum`: letters and whatever has a value as a number.
pub(super) fn is_alnum(letter: char) -> bool {
    is_alpha(letter) || letter.general_category_group() == GeneralCategoryGroup::Number
}

/// `isdigit`: decimal digits of any script, and what Unicode lists as digits besides, such as superscripts.
pub(super) fn is_digit(letter: char) -> bool {
    letter.general_category() == GeneralCategory::DecimalNumber
        || matches!(
            letter,
            '\u{b2}'..='\u{b3}' | '\u{b9}' | '\u{1369}'..='\u{1371}' | '\u{19da}' | '\u{2070}'
                | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}'
                | '\u{2474}'..='\u{247c}' | '\u{2488}'..='\u{2490}' | '\u{24ea}'
                | '\u{24f5}'..='\u{24fd}' | '\u{24ff}' | '\u{2776}'..='\u{277e}'
                | '\u{2780}'..='\u{2788}' | '\u{278a}'..='\u{2792}' | '\u{10a40}'..='\u{10a43}'
                | '\u{10e60}'..='\u{10e68}' | '\u{11052}'..='\u{1105a}'
                | '\u{1f100}'..='\u{1f10a}'
        )
}

/// What keeps a text from being lower case.
pub(super) fn is_upper_or_title(letter: char) -> bool {
    letter.is_uppercase() || is_title(letter)
}

/// What keeps a text from being upper case.
pub(super) fn is_lower_or_title(letter: char) -> bool {
    letter.is_lowercase() || is_title(letter)
}

fn is_title(letter: char) -> bool {
    letter.general_category() == GeneralCategory::TitlecaseLetter
}
