//! Keys, tokens and passwords: their form, and how they are stored.
//!
//! Who has which, and what it permits, is known elsewhere.

mod key;
mod password;

pub use key::{Credential, CredentialDigest, CredentialKind, MalformedCredential};
pub use password::{MalformedPasswordHash, Password, PasswordError, PasswordHash};
