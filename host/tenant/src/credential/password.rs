//! Passwords, hashed with argon2id at the strength that OWASP recommends (19 MiB, two passes).
//!
//! Hashing and verifying take tens of milliseconds of a core: call them on a
//! thread that may block.

use std::fmt;
use std::sync::OnceLock;

use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// A password that a user may choose.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a text is no [`Password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a password has at least {} characters and at most {} bytes",
    Password::MIN_CHARACTERS,
    Password::MAX_BYTES
)]
pub struct PasswordError;

impl Password {
    /// The fewest characters of a password.
    pub const MIN_CHARACTERS: usize = 12;
    /// The most bytes of a password.
    pub const MAX_BYTES: usize = 1024;

    /// Checks the length; which characters are used is the user's affair.
    pub fn new(text: &str) -> Result<Self, PasswordError> {
        if text.len() > Self::MAX_BYTES || text.chars().count() < Self::MIN_CHARACTERS {
            return Err(PasswordError);
        }
        Ok(Self(text.into()))
    }

    /// Hashes it under a new random salt.
    pub fn hash(&self) -> PasswordHash {
        let hash = Argon2::default().hash_password(self.0.expose_secret().as_bytes());
        // The length was checked and the parameters are constant.
        PasswordHash(hash.expect("a password of good length can be hashed"))
    }
}

/// What is stored of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(phc::PasswordHash);

/// Why a stored text is no [`PasswordHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored text is no password hash")]
pub struct MalformedPasswordHash;

impl PasswordHash {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Result<Self, MalformedPasswordHash> {
        phc::PasswordHash::new(text)
            .map(Self)
            .map_err(|_| MalformedPasswordHash)
    }

    /// Whether `given` is the password of this hash.
    ///
    /// It takes as long where there is no hash (no such user, or one without
    /// password), so that nobody learns by the clock which logins exist.
    pub fn verify(stored: Option<&Self>, given: &SecretString) -> bool {
        static NOBODY: OnceLock<PasswordHash> = OnceLock::new();
        let hash = stored.unwrap_or_else(|| {
            NOBODY.get_or_init(|| Password("the password of nobody".into()).hash())
        });
        let given = given.expose_secret().as_bytes();
        let fits = given.len() <= Password::MAX_BYTES;
        let verified = fits && Argon2::default().verify_password(given, &hash.0).is_ok();
        verified && stored.is_some()
    }
}

/// The PHC string: `$argon2id$v=19$…`.
impl fmt::Display for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_by_its_hash_alone() {
        let password = Password::new("correct horse battery").expect("long enough");
        let hash = password.hash();
        let stored = PasswordHash::parse(&hash.to_string()).expect("its own text");
        assert!(hash.to_string().starts_with("$argon2id$"));
        assert!(PasswordHash::verify(
            Some(&stored),
            &"correct horse battery".into()
        ));
        assert!(!PasswordHash::verify(
            Some(&stored),
            &"correct horse batterz".into()
        ));
        assert!(!PasswordHash::verify(
            None,
            &"the password of nobody".into()
        ));
        assert!(!format!("{password:?} {stored:?}").contains("horse"));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(Password::new("elevenchars").is_err());
        assert!(Password::new(&"x".repeat(1025)).is_err());
    }
}
