//! Randomness that is the same in every instance.

use super::Lent;
use super::bindings::wasi::random::{insecure, insecure_seed, random};

/// Random bytes that one instance may ask for in all.
const MAX_BYTES: u64 = 1 << 20;

/// Where every instance begins.
const SEED: u64 = 0x7665_7276_6574_0001;

/// Weyl's sequence, mixed. It is written out here because another library's
/// generator may change with its version, and what plugins get must not.
pub(super) struct Generator {
    state: u64,
    bytes_left: u64,
}

impl Default for Generator {
    fn default() -> Self {
        Self {
            state: SEED,
            bytes_left: MAX_BYTES,
        }
    }
}

impl Generator {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn spend(&mut self, bytes: u64) -> wasmtime::Result<()> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => self.bytes_left = left,
            None => wasmtime::bail!("the plugin asked for more than {MAX_BYTES} random bytes"),
        }
        Ok(())
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        self.spend(8)?;
        Ok(self.next())
    }

    fn bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.spend(count)?;
        let count = usize::try_from(count)?;
        let mut bytes = Vec::with_capacity(count.next_multiple_of(8));
        while bytes.len() < count {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(count);
        Ok(bytes)
    }
}

impl random::Host for Lent<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.kept.random.bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.kept.random.number()
    }
}

impl insecure::Host for Lent<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.kept.random.bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.kept.random.number()
    }
}

impl insecure_seed::Host for Lent<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((SEED, !SEED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instance_gets_the_same() {
        let mut first = Generator::default();
        let expect = [0x2b, 0x3b];
        assert_eq!(first.bytes(2).unwrap(), expect);
        let mut second = Generator::default();
        assert_eq!(second.bytes(11).unwrap()[..2], expect);
        assert_ne!(first.number().unwrap(), first.number().unwrap());
    }

    #[test]
    fn randomness_is_bounded() {
        let mut generator = Generator::default();
        assert_eq!(generator.bytes(MAX_BYTES).unwrap().len() as u64, MAX_BYTES);
        let refused = generator.number().unwrap_err().to_string();
        assert_eq!(
            refused,
            "the plugin asked for more than 1048576 random bytes"
        );
        assert!(Generator::default().bytes(u64::MAX).is_err());
    }
}
