//! HMAC-SHA256 under the host's own keys.

use hmac::{Hmac, KeyInit};
use sha2::Sha256;

/// A code in the making, under a key of 32 random bytes.
pub fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC fills a short key up to its block with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block.into())
}
