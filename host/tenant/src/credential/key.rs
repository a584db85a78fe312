//! API keys and tokens: `prefix_`, 43 characters of base62 (32 random bytes), and a checksum of 6.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The characters of 32 bytes in base62: 62^43 > 2^256.
const BODY_CHARACTERS: usize = 43;
const CHECKSUM_CHARACTERS: usize = 6;
const PREFIX_CHARACTERS: usize = 4;
const LENGTH: usize = PREFIX_CHARACTERS + BODY_CHARACTERS + CHECKSUM_CHARACTERS;
/// The prefix, and 8 characters of the body: 47 bits, of 256 that must be guessed.
const RECOGNIZABLE_CHARACTERS: usize = 12;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a key or token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// `vvt_`: posts and reads the transactions of one team.
    TeamKey,
    /// `vva_`: may what the scopes of its user permit.
    AccessToken,
    /// `vvh_`: administers the host, and sees no tenant's data.
    HostToken,
    /// `vvs_`: what a browser has in which a user is signed in. Pages take it; the API does not.
    SignIn,
    /// `vvp_`: lets a user set a password once. One page takes it; the API does not.
    PasswordCode,
}

impl CredentialKind {
    const ALL: [Self; 5] = [
        Self::TeamKey,
        Self::AccessToken,
        Self::HostToken,
        Self::SignIn,
        Self::PasswordCode,
    ];

    /// The four characters that it begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::TeamKey => "vvt_",
            Self::AccessToken => "vva_",
            Self::HostToken => "vvh_",
            Self::SignIn => "vvs_",
            Self::PasswordCode => "vvp_",
        }
    }
}

/// A key or token of the right form. `Debug` shows no more than what [`recognizable`](Self::recognizable) does.
#[derive(Clone)]
pub struct Credential {
    kind: CredentialKind,
    text: SecretString,
}

/// Why a text is no [`Credential`]; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no key or token: it begins with vvt_, vva_ or vvh_, has {LENGTH} characters, and its checksum fits; was a part of it lost?"
)]
pub struct MalformedCredential;

impl Credential {
    /// A new one from 32 bytes of the operating system's randomness.
    pub fn generate(kind: CredentialKind) -> Self {
        let mut random = [0; 32];
        rand::fill(&mut random);
        let mut text = format!("{}{}", kind.prefix(), base62(random));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self {
            kind,
            text: text.into(),
        }
    }

    /// Checks form and checksum, so that most typing errors are found before anything is looked up.
    pub fn parse(text: &str) -> Result<Self, MalformedCredential> {
        let kind = CredentialKind::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()));
        let kind = kind.ok_or(MalformedCredential)?;
        let is_base62 = text
            .bytes()
            .skip(PREFIX_CHARACTERS)
            .all(|byte| byte.is_ascii_alphanumeric());
        if text.len() != LENGTH || !is_base62 {
            return Err(MalformedCredential);
        }
        let (body, sum) = text.split_at(LENGTH - CHECKSUM_CHARACTERS);
        if checksum(body) != sum {
            return Err(MalformedCredential);
        }
        Ok(Self {
            kind,
            text: text.into(),
        })
    }

    /// What it is for.
    pub fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// The text itself, to be shown once.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The first characters, by which its owner recognises it.
    pub fn recognizable(&self) -> &str {
        &self.expose()[..RECOGNIZABLE_CHARACTERS]
    }

    /// What is stored of it. 256 random bits need neither salt nor a slow hash.
    pub fn digest(&self) -> CredentialDigest {
        CredentialDigest(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credential({}…)", self.recognizable())
    }
}

/// The SHA-256 of a [`Credential`]; compared in constant time.
#[derive(Clone, Copy, Eq)]
pub struct CredentialDigest([u8; 32]);

impl CredentialDigest {
    /// A digest that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for CredentialDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for CredentialDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CredentialDigest")
    }
}

/// 43 characters, the most significant first.
fn base62(bytes: [u8; 32]) -> String {
    let mut number = bytes;
    let mut digits = [0; BODY_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in &mut number {
            let value = remainder * 256 + u32::from(*byte);
            // Below 256, because the remainder is below 62.
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = BASE62[remainder as usize];
    }
    digits.iter().copied().map(char::from).collect()
}

/// The CRC-32 of prefix and body in base62: 62^6 > 2^32.
fn checksum(text: &str) -> String {
    let mut number = crc32fast::hash(text.as_bytes());
    let mut digits = [0; CHECKSUM_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_recognised_by_its_form() {
        for kind in CredentialKind::ALL {
            let credential = Credential::generate(kind);
            let text = credential.expose();
            assert_eq!(text.len(), LENGTH);
            let parsed = Credential::parse(text).expect("its own text");
            assert_eq!(
                (parsed.kind(), parsed.digest()),
                (kind, credential.digest())
            );
            assert_ne!(Credential::generate(kind).digest(), credential.digest());
        }
    }

    #[test]
    fn every_single_typing_error_is_found() {
        let text = Credential::generate(CredentialKind::TeamKey)
            .expose()
            .to_owned();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(wrong).expect("ASCII");
            assert_eq!(
                Credential::parse(&wrong).err(),
                Some(MalformedCredential),
                "{at}"
            );
        }
        for wrong in [
            "",
            "vvt_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text} "),
            "vvt_é",
        ] {
            assert!(Credential::parse(wrong).is_err());
        }
    }

    #[test]
    fn nothing_shows_the_secret() {
        let credential = Credential::generate(CredentialKind::AccessToken);
        let shown = format!("{credential:?} {:?}", credential.digest());
        assert!(
            !shown.contains(&credential.expose()[RECOGNIZABLE_CHARACTERS..][..5]),
            "{shown}"
        );
    }

    #[test]
    fn base62_keeps_the_order_and_the_length() {
        assert_eq!(base62([0; 32]), "0".repeat(43));
        let mut one = [0; 32];
        one[31] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(41)));
        assert!(base62([255; 32]) > base62([254; 32]));
    }
}
