//! The signature of a webhook, as the Standard Webhooks specification has it:
//! HMAC-SHA256 over `id.timestamp.body`, one for each secret, base64, behind `v1,`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A signature in the making: the body comes piece by piece.
pub(super) struct Signing(Vec<Hmac<Sha256>>);

impl Signing {
    /// Begins it under each of the keys, at a time in seconds since the epoch.
    pub(super) fn new(keys: &[Vec<u8>], id: &str, timestamp: i64) -> Self {
        let begun = keys.iter().map(|key| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(key).expect("a key of HMAC has any length");
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac
        });
        Self(begun.collect())
    }

    /// Takes in a piece of the body.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for mac in &mut self.0 {
            mac.update(bytes);
        }
    }

    /// The value of `webhook-signature`.
    pub(super) fn finish(self) -> String {
        let signatures = self.0.into_iter().map(|mac| {
            let code = mac.finalize().into_bytes();
            format!("v1,{}", BASE64_STANDARD.encode(code))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use standardwebhooks::Webhook;

    use super::*;

    #[test]
    fn it_is_what_the_specification_s_own_library_makes() {
        let check = |keys: &[&[u8]], body: &[u8]| {
            let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.to_vec()).collect();
            let mut signing = Signing::new(&keys, "run_1_0", 1_700_000_000);
            for piece in body.chunks(7) {
                signing.update(piece);
            }
            let expect: Vec<String> = keys
                .iter()
                .map(|key| {
                    let webhook = Webhook::from_bytes(key.clone()).expect("a key");
                    webhook
                        .sign("run_1_0", 1_700_000_000, body)
                        .expect("a signature")
                })
                .collect();
            assert_eq!(signing.finish(), expect.join(" "));
        };
        check(&[&[7; 32]], b"a,b\n1,2\n");
        check(&[&[7; 32], &[9; 32]], b"{\"type\":\"x\"}");
        check(&[&[1; 24]], b"");
    }
}
