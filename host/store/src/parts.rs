//! Long values, cut into parts.
//!
//! ```text
//! under the key itself      00 │ value                                    a value of one part
//!                           01 │ parts u32 │ bytes u64 │ crc32 u32        a value that was cut
//! under Key::part(key, i)   bytes i·N to (i+1)·N of the value, N = 96 KiB
//! ```
//!
//! Parts lie apart from the keys that are read as ranges, and are written in the same batch as the
//! key. Between reading the key and its parts another value may be written: then a part is missing
//! or the checksum differs, and the reader begins again.

use super::backend::{Backend, Entry, MAX_VALUE_BYTES};
use super::batch::Batch;
use super::error::StoreError;
use super::key::Key;

/// How long a part is, in bytes.
const PART_BYTES: usize = 96 * 1024;

/// How often a value may change while it is read, before it counts as damaged.
const ATTEMPTS: usize = 100;

const WHOLE: u8 = 0;
const CUT: u8 = 1;

/// What stands under the key of a value that was cut.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cut {
    parts: u32,
    bytes: u64,
    crc32: u32,
}

impl Cut {
    const LENGTH: usize = 17;

    fn encode(self) -> Vec<u8> {
        let mut head = Vec::with_capacity(Self::LENGTH);
        head.push(CUT);
        head.extend_from_slice(&self.parts.to_le_bytes());
        head.extend_from_slice(&self.bytes.to_le_bytes());
        head.extend_from_slice(&self.crc32.to_le_bytes());
        head
    }

    fn decode(head: &[u8]) -> Option<Self> {
        let (tag, rest) = head.split_first()?;
        let (parts, rest) = rest.split_first_chunk()?;
        let (bytes, rest) = rest.split_first_chunk()?;
        let crc32 = rest.try_into().ok()?;
        (*tag == CUT).then_some(Self {
            parts: u32::from_le_bytes(*parts),
            bytes: u64::from_le_bytes(*bytes),
            crc32: u32::from_le_bytes(crc32),
        })
    }
}

/// The batch as the engine gets it: each key once, long values cut, parts of former values deleted.
pub(super) fn lay_out(backend: &dyn Backend, batch: Batch) -> Result<Batch, StoreError> {
    let mut laid = Batch::new();
    for (key, value) in batch.into_settled() {
        let former = former_parts(backend, &key)?;
        let parts = match value {
            None => {
                laid.delete(key.clone());
                0
            }
            Some(value) if value.len() < MAX_VALUE_BYTES => {
                laid.put(key.clone(), tagged(value));
                0
            }
            Some(value) => {
                let parts = value.len().div_ceil(PART_BYTES) as u32;
                let head = Cut {
                    parts,
                    bytes: value.len() as u64,
                    crc32: crc32fast::hash(&value),
                };
                laid.put(key.clone(), head.encode());
                for (number, part) in value.chunks(PART_BYTES).enumerate() {
                    laid.put(Key::part(&key, number as u32), part.to_vec());
                }
                parts
            }
        };
        for number in parts..former {
            laid.delete(Key::part(&key, number));
        }
    }
    Ok(laid)
}

fn tagged(mut value: Vec<u8>) -> Vec<u8> {
    value.insert(0, WHOLE);
    value
}

/// How many parts the value under a key has now.
fn former_parts(backend: &dyn Backend, key: &Key) -> Result<u32, StoreError> {
    let mut parts = 0;
    backend.read(key.as_bytes(), &mut |head| {
        if head.first() == Some(&CUT) {
            parts = Cut::decode(head).map_or(0, |cut| cut.parts);
        }
    })?;
    Ok(parts)
}

/// Hands the value of a key to `read`, uncopied where it is of one part. Answers whether there is one.
pub(super) fn read(
    backend: &dyn Backend,
    key: &Key,
    read: &mut dyn FnMut(&[u8]),
) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let mut head = None;
        let found = backend.read(key.as_bytes(), &mut |bytes| match bytes.split_first() {
            Some((&WHOLE, value)) => read(value),
            _ => head = Some(bytes.to_vec()),
        })?;
        let Some(head) = head else {
            return Ok(found);
        };
        let cut = Cut::decode(&head).ok_or_else(|| damaged(key, "its first byte is unknown"))?;
        if let Some(value) = join(backend, key, cut)? {
            read(&value);
            return Ok(true);
        }
    }
    Err(damaged(key, "a part is missing or not what was written"))
}

/// The whole value of an entry of a range; `None` where it was deleted meanwhile.
pub(super) fn whole(
    backend: &dyn Backend,
    (key, mut value): Entry,
) -> Result<Option<Entry>, StoreError> {
    if value.first() == Some(&WHOLE) {
        value.remove(0);
        return Ok(Some((key, value)));
    }
    let mut joined = None;
    read(backend, &Key::from_engine(&key), &mut |value| {
        joined = Some(value.to_vec())
    })?;
    Ok(joined.map(|value| (key, value)))
}

/// The value that was cut so; `None` where its parts are of another value.
fn join(backend: &dyn Backend, key: &Key, cut: Cut) -> Result<Option<Vec<u8>>, StoreError> {
    let mut value = Vec::new();
    for number in 0..cut.parts {
        let part = Key::part(key, number);
        if !backend.read(part.as_bytes(), &mut |bytes| value.extend_from_slice(bytes))? {
            return Ok(None);
        }
    }
    let same = value.len() as u64 == cut.bytes && crc32fast::hash(&value) == cut.crc32;
    Ok(same.then_some(value))
}

fn damaged(key: &Key, detail: &str) -> StoreError {
    StoreError::damaged(format!("the value of {key:?}"), detail)
}
