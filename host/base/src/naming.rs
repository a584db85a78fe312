//! Names that people tell apart by eye: logins, scopes, labels.
//!
//! Two names that look the same must not be two things. Logins follow RFC 8265: the profile UsernameCaseMapped of
//! PRECIS says which characters they may have, and which differences of case, width and composition do not count.
//! Other names may have spaces and symbols, too, and are compared likewise. In both, letters that look like letters of
//! another script (UTS 39) do not count as a difference. Plain ASCII letters and digits always do, however alike: `l`
//! and `1` are two.

use precis_profiles::precis_core::Error;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use precis_profiles::{UsernameCaseMapped, UsernameCasePreserved};
use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;
use unicode_security::mixed_script::AugmentedScriptSet;

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// A character that nobody sees, or that has no place in a name.
    #[error("the character {} is not allowed", code_point(*.0))]
    Character(char),
    /// Letters of several scripts, which may look alike.
    #[error("letters of different scripts are mixed, such as '{0}' and '{1}'")]
    MixedScripts(char, char),
    /// Parts that are written from right to left and from left to right, or nothing at all.
    #[error("the text cannot be used as a name, as RFC 8265 has it")]
    Form,
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// A login as it is stored: composed, of normal width, in the case in which it was written.
///
/// # Errors
/// Where a character is not allowed, or scripts are mixed.
pub fn login(text: &str) -> Result<String, NameFault> {
    let fault = |error| match error {
        Error::BadCodepoint(at) => {
            NameFault::Character(char::from_u32(at.cp).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Error::Invalid | Error::Unexpected(_) => NameFault::Form,
    };
    UsernameCaseMapped::enforce(text).map_err(fault)?;
    let login = UsernameCasePreserved::enforce(text).map_err(fault)?;
    check_scripts(&login)?;
    Ok(login.into_owned())
}

/// Checks a name that may have spaces and symbols.
///
/// # Errors
/// Where a character is invisible, or scripts are mixed.
pub fn check(text: &str) -> Result<(), NameFault> {
    // Emoji are made with joiners and selectors; `look` ignores them all the same.
    let is_part_of_emoji = |letter| matches!(letter, '\u{200D}' | '\u{FE0E}' | '\u{FE0F}');
    let mut hidden = text.chars().filter(|letter| is_invisible(*letter));
    match hidden.find(|letter| !is_part_of_emoji(*letter)) {
        Some(letter) => Err(NameFault::Character(letter)),
        None => check_scripts(text),
    }
}

/// What two names have in common that look the same: of case, width, composition, script, spaces and invisible
/// characters nothing is left. Not for showing.
pub fn look(text: &str) -> String {
    if text.is_ascii() {
        let words = text.split_ascii_whitespace();
        return words.collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    }
    let plain: String = text
        .nfkc()
        .filter(|letter| !is_invisible(*letter))
        .collect();
    let mut look = String::with_capacity(plain.len());
    for letter in plain.to_lowercase().chars() {
        if letter.is_ascii() {
            look.push(letter);
        } else {
            let mut bytes = [0; 4];
            let prototype = unicode_security::skeleton(letter.encode_utf8(&mut bytes));
            look.extend(prototype.flat_map(char::to_lowercase));
        }
    }
    let look: String = look.nfkc().collect();
    look.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two names look the same.
pub fn look_alike(one: &str, other: &str) -> bool {
    one == other || look(one) == look(other)
}

/// Whether there is anything to see in a text.
pub fn is_visible(text: &str) -> bool {
    let mut letters = text.chars();
    letters.any(|letter| !letter.is_whitespace() && !is_invisible(letter))
}

/// Whether nobody sees the character, or it changes how others are shown.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Refuses letters of several scripts. Latin letters beside Chinese, Japanese or Korean ones are no such mixture.
fn check_scripts(text: &str) -> Result<(), NameFault> {
    let others: String = text.chars().filter(|letter| !letter.is_ascii()).collect();
    if others.is_empty() || text.is_single_script() {
        return Ok(());
    }
    let of_others = AugmentedScriptSet::for_str(&others);
    if of_others.hanb || of_others.jpan || of_others.kore {
        return Ok(());
    }
    let mut seen = AugmentedScriptSet::default();
    let mut first = None;
    for letter in text.chars() {
        let script = AugmentedScriptSet::for_char(letter);
        if script.is_all() {
            continue;
        }
        seen.intersect_with(script);
        match first {
            Some(first) if seen.is_empty() => return Err(NameFault::MixedScripts(first, letter)),
            Some(_) => {}
            None => first = Some(letter),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_stored_as_they_were_written_but_for_width_and_composition() {
        let check = |text: &str, expect: &str| {
            assert_eq!(login(text).as_deref(), Ok(expect), "{text}");
        };
        check("Anna.Example@athora", "Anna.Example@athora");
        check("an.peeters+night_2", "an.peeters+night_2");
        check("Ａｎｎａ", "Anna");
        check("Jose\u{301}", "José");
        check("Анна", "Анна");
        check("山田taro", "山田taro");
        check("やまだ山田", "やまだ山田");
    }

    #[test]
    fn what_cannot_be_seen_or_is_mixed_is_no_login() {
        let check = |text: &str, expect: NameFault| {
            assert_eq!(login(text), Err(expect), "{text:?}");
        };
        for hidden in [
            '\u{202E}', '\u{200B}', '\u{FEFF}', '\u{AD}', '\u{2066}', '\u{7}', ' ',
        ] {
            check(&format!("an{hidden}na"), NameFault::Character(hidden));
        }
        // The second letter is Cyrillic.
        check("aнna", NameFault::MixedScripts('a', 'н'));
        check("pаypal", NameFault::MixedScripts('p', 'а'));
        check("ρaul", NameFault::MixedScripts('ρ', 'a'));
        check("", NameFault::Form);
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        let same = |one: &str, other: &str| {
            assert!(
                look_alike(one, other),
                "{one:?} {other:?}: {:?} {:?}",
                look(one),
                look(other)
            );
        };
        same("Anna.Example@athora", "anna.example@ATHORA");
        same("anna", "Ａｎｎａ");
        same("josé", "JOSE\u{301}");
        same("anna", "an\u{200B}na");
        same("anna", "\u{202E}anna");
        same("ace", "асе");
        same("ace1", "асе1");
        same("Night shift", "night  SHIFT");
        same("Night shift", "Night\u{A0}shift");
        same("VIP", "vip");
        same("straße", "STRAßE");
        let differ = |one: &str, other: &str| {
            assert!(
                !look_alike(one, other),
                "{one:?} {other:?}: {:?}",
                look(one)
            );
        };
        differ("anna", "anne");
        differ("user1", "userl");
        differ("user0", "userO");
        differ("corner", "comer");
        differ("josé", "jose");
        differ("Night shift", "Nightshift");
    }

    #[test]
    fn other_names_may_have_spaces_and_symbols() {
        for good in [
            "Night shift",
            "vip ⭐",
            "Équipe 2",
            "Ночная смена",
            "🧾 invoice",
            "❤\u{FE0F} fan",
            "ナイト",
            "a-b_c",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check("vip\u{200B}"), Err(NameFault::Character('\u{200B}')));
        assert_eq!(check("vіp"), Err(NameFault::MixedScripts('v', 'і')));
    }

    #[test]
    fn a_fault_names_the_character() {
        let fault = NameFault::Character('\u{202E}').to_string();
        assert_eq!(fault, "the character U+202E is not allowed");
    }
}
