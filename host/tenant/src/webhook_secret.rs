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
    /// Those before it that still sign, the newest first. A release before this one kept one, or null.
    #[serde(rename = "former", with = "one_or_many")]
    pub former: Vec<FormerSecret>,
    /// Microseconds since the epoch.
    pub created_at: i64,
}

/// The former secrets as they are stored.
mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::FormerSecret;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Many(Vec<FormerSecret>),
        One(FormerSecret),
        None,
    }

    pub(super) fn serialize<S: Serializer>(
        former: &[FormerSecret],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        former.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<FormerSecret>, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Many(former) => former,
            Stored::One(former) => vec![former],
            Stored::None => Vec::new(),
        })
    }
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
            former: Vec::new(),
            created_at: at,
        }
    }

    /// The former secrets that sign at a moment, the newest first.
    pub fn former_at(&self, at: i64) -> impl Iterator<Item = &FormerSecret> {
        self.former.iter().filter(move |former| at < former.until)
    }

    /// Takes a new secret, whose moment is that of the renewal. The one that it replaces signs, too, until the moment
    /// `until`, or no more; those before keep the end that was promised for each.
    pub fn renew(&mut self, new: Self, until: Option<i64>) {
        let at = new.created_at;
        let replaced = until.map(|until| FormerSecret {
            secret: self.secret.clone(),
            until,
        });
        let earlier = self.former_at(at).cloned();
        let former = replaced.into_iter().chain(earlier).collect();
        *self = Self { former, ..new };
    }

    /// The secrets that sign at a moment, the newest first: the bytes of the keys.
    pub fn keys(&self, at: i64) -> Vec<Vec<u8>> {
        std::iter::once(&self.secret)
            .chain(self.former_at(at).map(|former| &former.secret))
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

    fn generate(at: i64) -> WebhookSecret {
        WebhookSecret::generate("nightly", "https://a.example/", at)
    }

    #[test]
    fn every_former_secret_signs_until_the_end_that_was_promised() {
        let (first, second, third) = (generate(1), generate(2), generate(3));
        let key = |secret: &WebhookSecret| secret.keys(0)[0].clone();
        let keys = [key(&third), key(&second), key(&first)];
        assert_eq!(keys[0].len(), BYTES);
        let mut secret = first.clone();
        secret.renew(second, Some(10));
        assert_eq!(secret.keys(9), [keys[1].clone(), keys[2].clone()]);
        secret.renew(third, Some(8));
        assert_eq!(secret.keys(7), keys);
        assert_eq!(secret.keys(8), [keys[0].clone(), keys[2].clone()]);
        assert_eq!(secret.keys(10), keys[..1]);

        let fourth = generate(8);
        secret.renew(fourth.clone(), None);
        // The third was ended at once; the first still has its promise.
        assert_eq!(secret.keys(8), [key(&fourth), keys[2].clone()]);
        assert_eq!(secret.former.len(), 1, "what has ended is forgotten");
        assert_eq!(secret.definition_key(), first.definition_key());
        let shown = format!("{secret:?}");
        assert!(!shown.contains(PREFIX), "{shown}");
    }

    #[test]
    fn what_an_earlier_release_stored_is_read() {
        let stored = |former: &str| {
            let json = format!(
                r#"{{"export":"e","url":"u","secret":"whsec_YQ==","former":{former},"created_at":1}}"#
            );
            let read: WebhookSecret = serde_json::from_str(&json).expect("it is read");
            read
        };
        assert!(stored("null").former.is_empty());
        let one = stored(r#"{"secret":"whsec_Yg==","until":5}"#);
        assert_eq!(one.keys(4), [b"a".to_vec(), b"b".to_vec()]);
        let again = serde_json::to_string(&one).expect("it is stored");
        let again: WebhookSecret = serde_json::from_str(&again).expect("it is read");
        assert_eq!(again.keys(4), one.keys(4));
    }
}
