//! Texts that the host must know again, and nobody else may see.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret that is stored as it is, because the host signs with it. It is in
/// no log: `Debug` shows nothing of it. Only what goes into the store serializes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes in a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for signing, and for showing once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_stored_and_not_shown() {
        let secret = Secret::new("whsec_abc");
        assert_eq!(format!("{secret:?}"), "Secret");
        let stored = serde_json::to_string(&secret).expect("a text");
        assert_eq!(stored, "\"whsec_abc\"");
        let read: Secret = serde_json::from_str(&stored).expect("a secret");
        assert_eq!(read, secret);
    }
}
