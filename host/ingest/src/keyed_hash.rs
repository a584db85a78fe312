//! What stands in place of values that are never stored.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A tenant's keyed hash: HMAC-SHA256 under the tenant's key.
///
/// The same value has the same hash everywhere within the tenant, so that
/// rules can group by it; without the key nobody can try values out.
#[derive(Clone)]
pub struct KeyedHash(Hmac<Sha256>);

impl KeyedHash {
    /// The hash under the tenant's key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(base::mac::keyed(key))
    }

    /// 64 hexadecimal digits.
    pub(super) fn of(&self, value: &str) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut mac = self.0.clone();
        mac.update(value.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .collect()
    }
}

/// Says nothing of the key.
impl fmt::Debug for KeyedHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("KeyedHash")
    }
}
