//! How the fields of keys become bytes, and back.

use super::{Key, PageKey, RunKey, TeamId, TenantId};

/// Writes the fields of a key, one after the other.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(tenant: TenantId, kind: u8) -> Self {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(&tenant.0.to_be_bytes());
        bytes.push(kind);
        Self(bytes)
    }

    pub(super) fn u8(mut self, number: u8) -> Self {
        self.0.push(number);
        self
    }

    pub(super) fn u32(self, number: u32) -> Self {
        self.rest(&number.to_be_bytes())
    }

    pub(super) fn u64(self, number: u64) -> Self {
        self.rest(&number.to_be_bytes())
    }

    pub(super) fn run(self, run: &RunKey) -> Self {
        self.u32(run.team.0).u8(run.index).u64(run.run)
    }

    pub(super) fn page(self, page: &PageKey) -> Self {
        self.rest(&page.session).u32(page.account).u32(page.page)
    }

    /// Bytes as they are: of a known length, or the key's last field.
    pub(super) fn rest(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Bytes of any length, of which none is a prefix of another.
    pub(super) fn ended(mut self, bytes: &[u8]) -> Self {
        for &byte in bytes {
            self.0.push(byte);
            if byte == 0 {
                self.0.push(0xFF);
            }
        }
        self.rest(&[0, 1])
    }

    pub(super) fn finish(self) -> Key {
        Key(self.0.into())
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads the fields of a key, one after the other; `None` where it is too short.
pub(super) struct Reader<'k>(&'k [u8]);

impl<'k> Reader<'k> {
    pub(super) fn new(bytes: &'k [u8]) -> Self {
        Self(bytes)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn id(&mut self) -> Option<[u8; 16]> {
        self.take()
    }

    pub(super) fn run(&mut self) -> Option<RunKey> {
        Some(RunKey {
            team: TeamId(self.u32()?),
            index: self.u8()?,
            run: self.u64()?,
        })
    }

    pub(super) fn page(&mut self) -> Option<PageKey> {
        Some(PageKey {
            session: self.id()?,
            account: self.u32()?,
            page: self.u32()?,
        })
    }

    /// The text to the end of the key.
    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(std::mem::take(&mut self.0).to_vec()).ok()
    }

    pub(super) fn ended(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            match self.u8()? {
                0 => match self.u8()? {
                    0xFF => bytes.push(0),
                    1 => return Some(bytes),
                    _ => return None,
                },
                byte => bytes.push(byte),
            }
        }
    }

    pub(super) fn ended_text(&mut self) -> Option<String> {
        String::from_utf8(self.ended()?).ok()
    }

    pub(super) fn at_end(&self) -> bool {
        self.0.is_empty()
    }
}
