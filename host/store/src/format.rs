//! Which format the records of a store have.

use super::backend::{Backend, Direction, KeyRange};
use super::batch::Batch;
use super::error::{OpenError, StoreError};
use super::key::{Key, Record, TenantId};
use super::parts;

/// The format that this release writes. It reads this one and all before; a change that older
/// releases would misread raises it.
///
/// - 1: lists have their entries in their definitions;
/// - 2: lists that were changed since have them in pages.
const FORMAT: u32 = 2;

fn format_key() -> Key {
    let name = "format".to_owned();
    Key::new(TenantId::HOST, &Record::Host { name })
}

/// Refuses what a newer release wrote, and marks a store that is new, or that an older release wrote.
pub(super) fn check(backend: &dyn Backend) -> Result<(), OpenError> {
    let mut stored = None;
    parts::read(backend, &format_key(), &mut |value| {
        stored = Some(decode(value))
    })?;
    match stored {
        Some(Some((FORMAT, _))) => Ok(()),
        Some(Some((format, _))) if format < FORMAT => mark(backend),
        Some(Some((found, release))) => Err(OpenError::Newer {
            found,
            known: FORMAT,
            release,
        }),
        Some(None) => Err(StoreError::damaged("the format of the store", "it is too short").into()),
        None if backend
            .page(&KeyRange::everything(), Direction::Forward)?
            .is_empty() =>
        {
            mark(backend)
        }
        None => Err(OpenError::NotOurs),
    }
}

/// Marks a store as one that this release writes.
fn mark(backend: &dyn Backend) -> Result<(), OpenError> {
    let mut mark = Batch::new();
    mark.put(format_key(), encode(FORMAT, env!("CARGO_PKG_VERSION")));
    backend.apply(parts::lay_out(backend, mark)?)?;
    Ok(())
}

/// The format as u32, big endian, and the release in UTF-8.
fn encode(format: u32, release: &str) -> Vec<u8> {
    [&format.to_be_bytes(), release.as_bytes()].concat()
}

fn decode(value: &[u8]) -> Option<(u32, String)> {
    let (format, release) = value.split_first_chunk()?;
    let release = String::from_utf8_lossy(release).into_owned();
    Some((u32::from_be_bytes(*format), release))
}

#[cfg(test)]
pub(super) fn mark_as(backend: &dyn Backend, format: u32, release: &str) {
    let mut mark = Batch::new();
    mark.put(format_key(), encode(format, release));
    let laid = parts::lay_out(backend, mark).unwrap();
    backend.apply(laid).unwrap();
}

/// The format that a store is marked with.
#[cfg(test)]
pub(super) fn marked(backend: &dyn Backend) -> Option<u32> {
    let mut format = None;
    parts::read(backend, &format_key(), &mut |value| {
        format = decode(value).map(|(format, _)| format);
    })
    .unwrap();
    format
}
