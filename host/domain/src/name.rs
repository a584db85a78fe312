//! The names that customers give to their things.

use std::fmt;
use std::sync::Arc;

/// A name in paths and references: 1 to 64 characters of `a-z`, `0-9`, `-` and
/// `_`, beginning with a letter or a digit.
///
/// Tenants, teams, rules, lists, exports and plugins have names of this form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is no [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 1 to 64 characters, only a-z, 0-9, '-' and '_', and begins with a letter or a digit"
)]
pub struct NameError;

impl Name {
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Checks a text.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let begins = text.bytes().next().is_some_and(plain);
        let goes_on = text
            .bytes()
            .all(|byte| plain(byte) || byte == b'-' || byte == b'_');
        if fits && begins && goes_on {
            Ok(Self(text.into()))
        } else {
            Err(NameError)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["a", "0", "athora-csv", "tm_1", &"x".repeat(64)] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "_a",
            "A",
            "a b",
            "ä",
            "a/b",
            "..",
            &"x".repeat(65),
        ] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }
}
