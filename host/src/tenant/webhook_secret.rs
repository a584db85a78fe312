//! With what webhooks are signed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::secret::Secret;

/// What the secrets of webhooks begin with, as the Standard Webhooks specification has it.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret.
const BYTES: usize = 32;

/// The secret with which an export's webhook to one URL is signed: two
/// receivers of an export do not know each other's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookSecret {
    /// The export's name.
    pub export: String,
    /// To which URL.
    pub url: String,
    /// `whsec_` and base64.
    pub secret: Secret,
    /// The one before, while both sign.
    pub former: Option<FormerSecret>,
    /// Microseconds since the epoch.
    pub created_at: i64,
}

/// A secret that another took the place of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FormerSecret {
    /// `whsec_` and base64.
    pub secret: Secret,
    /// Until then it signs, too: microseconds since the epoch.
    pub until: i64,
}

impl WebhookSecret {
    /// A new one, from the operating system's randomness.
    pub fn generate(export: &str, url: &str, at: i64) -> Self {
        let random: [u8; BYTES] = rand::random();
        Self {
            export: export.to_owned(),
            url: url.to_owned(),
            secret: Secret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(random))),
            former: None,
            created_at: at,
        }
    }

    /// The secrets that sign at a moment, the newest first: the bytes of the keys.
    pub fn keys(&self, at: i64) -> Vec<Vec<u8>> {
        let former = self.former.iter().filter(|former| at < former.until);
        std::iter::once(&self.secret)
            .chain(former.map(|former| &former.secret))
            .filter_map(|secret| {
                let text = secret.expose();
                let base64 = text.strip_prefix(PREFIX).unwrap_or(text);
                BASE64_STANDARD.decode(base64).ok()
            })
            .collect()
    }

    /// The key of the definition for an export's webhook to a URL, which may be longer than keys are.
    pub fn key_of(export: &str, url: &str) -> String {
        let digest = Sha256::digest(url);
        let hex: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{export}/{hex}")
    }

    pub(super) fn definition_key(&self) -> String {
        Self::key_of(&self.export, &self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_secret_signs_until_its_end() {
        let former = WebhookSecret::generate("nightly", "https://a.example/", 1);
        let mut secret = WebhookSecret::generate("nightly", "https://a.example/", 2);
        assert_eq!(secret.keys(5)[0].len(), BYTES);
        secret.former = Some(FormerSecret {
            secret: former.secret.clone(),
            until: 10,
        });
        let both = [secret.keys(2)[0].clone(), former.keys(2)[0].clone()];
        assert_eq!(secret.keys(9), both);
        assert_eq!(secret.keys(10), both[..1]);
        assert_eq!(secret.definition_key(), former.definition_key());
        let shown = format!("{secret:?}");
        assert!(!shown.contains(PREFIX), "{shown}");
    }
}
