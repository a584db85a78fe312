//! Cursors, which lead from one page of a list to the next.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The bytes of a cursor's seal: 128 bits cannot be guessed.
const SEAL_BYTES: usize = 16;

/// Makes and opens cursors: positions, sealed so that nobody can make up one
/// that leads elsewhere. A position is not secret.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

impl Cursors {
    /// Cursors under a key of 32 random bytes. Cursors of another key are refused.
    pub fn new(key: &[u8; 32]) -> Self {
        let mut mac = base::mac::keyed(key);
        mac.update(b"cursor");
        Self(mac)
    }

    /// Seals a position in a list; `list` names whose list it is, which, and with what filters.
    pub fn seal(&self, list: &[&str], position: &[u8]) -> String {
        let mut bytes = self.mac(list, position).finalize().into_bytes()[..SEAL_BYTES].to_vec();
        bytes.extend_from_slice(position);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that was sealed for this list; none if it was not.
    pub fn open(&self, list: &[&str], cursor: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (seal, position) = bytes.split_at_checked(SEAL_BYTES)?;
        // Compares in constant time.
        self.mac(list, position).verify_truncated_left(seal).ok()?;
        Some(position.to_vec())
    }

    /// Every part goes in behind its length, so that no two lists look the same.
    fn mac(&self, list: &[&str], position: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in list.iter().map(|part| part.as_bytes()).chain([position]) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}
