//! Reading parts as of a position.

use domain::alert::{AlertId, Part, PartId, PartKind};

use super::PartRecord;
use store::backend::{Direction, Entry, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Which parts to list.
#[derive(Clone, Copy, Debug)]
pub struct PartQuery<'q> {
    /// Those of these alerts: of one, and of what was merged into it.
    pub alerts: &'q [AlertId],
    /// Those of this kind.
    pub kind: PartKind,
    /// As they were at this position.
    pub position: u64,
    /// Those whose ids come after this one.
    pub after: Option<PartId>,
    /// So many at most.
    pub limit: usize,
}

/// Parts that are not deleted, oldest first, which is the order of their ids.
///
/// # Errors
/// Where the store cannot be read.
pub fn list_parts(
    store: &Store,
    tenant: TenantId,
    query: &PartQuery<'_>,
) -> Result<Vec<Part>, StoreError> {
    let mut found = Vec::new();
    for alert in query.alerts {
        list_of(store, tenant, *alert, query, &mut found)?;
    }
    found.sort_by_key(|part| part.id);
    found.truncate(query.limit);
    Ok(found)
}

/// Adds an alert's parts, up to the limit.
fn list_of(
    store: &Store,
    tenant: TenantId,
    alert: AlertId,
    query: &PartQuery<'_>,
    found: &mut Vec<Part>,
) -> Result<(), StoreError> {
    let (id, kind) = (alert.into_bytes(), query.kind as u8);
    let range = match query.after {
        Some(after) => KeyRange::alert_parts_after(tenant, id, kind, after.into_bytes()),
        None => KeyRange::alert_parts_of(tenant, id, kind),
    };
    let entries = store.range(range, Direction::Forward);
    take_newest(alert, entries, query.position, query.limit, found)
}

/// The parts of an alert itself as they were at a position, but for those that were deleted, out of
/// the entries of [their kind](KeyRange::alert_parts_of): in the order of their ids.
///
/// # Errors
/// Where an entry cannot be read, or a part is damaged.
pub fn parts_of(
    alert: AlertId,
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
    position: u64,
) -> Result<Vec<Part>, StoreError> {
    let mut found = Vec::new();
    take_newest(alert, entries, position, usize::MAX, &mut found)?;
    Ok(found)
}

fn take_newest(
    alert: AlertId,
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
    at: u64,
    mut left: usize,
    found: &mut Vec<Part>,
) -> Result<(), StoreError> {
    // Versions of a part are neighbours, the newest last.
    let mut newest: Option<(PartId, Vec<u8>)> = None;
    for entry in entries {
        let (key, value) = entry?;
        let Some((part, position)) = place(&key) else {
            continue;
        };
        if newest.as_ref().is_some_and(|(held, _)| *held != part) {
            take(alert, newest.take(), &mut left, found)?;
            if left == 0 {
                return Ok(());
            }
        }
        if position <= at {
            newest = Some((part, value));
        }
    }
    if left > 0 {
        take(alert, newest, &mut left, found)?;
    }
    Ok(())
}

fn take(
    alert: AlertId,
    newest: Option<(PartId, Vec<u8>)>,
    left: &mut usize,
    found: &mut Vec<Part>,
) -> Result<(), StoreError> {
    if let Some((_, value)) = newest {
        let part = read(alert, &value)?;
        if !part.deleted {
            *left -= 1;
            found.push(part);
        }
    }
    Ok(())
}

/// A part as it was at a position, deleted or not; none if it was not there yet.
///
/// # Errors
/// Where the store cannot be read.
pub fn read_part(
    store: &Store,
    tenant: TenantId,
    alert: AlertId,
    kind: PartKind,
    id: PartId,
    position: u64,
) -> Result<Option<Part>, StoreError> {
    let (bytes, id) = (alert.into_bytes(), id.into_bytes());
    let range = KeyRange::alert_part_as_of(tenant, bytes, kind as u8, id, position);
    let newest = store.range(range, Direction::Reverse).next().transpose()?;
    newest.map(|(_, value)| read(alert, &value)).transpose()
}

/// How many parts of a kind an alert ever had, deleted ones too.
///
/// # Errors
/// Where the store cannot be read.
pub fn last_number(
    store: &Store,
    tenant: TenantId,
    alert: AlertId,
    kind: PartKind,
) -> Result<u32, StoreError> {
    let range = KeyRange::alert_parts_of(tenant, alert.into_bytes(), kind as u8);
    let newest = store.range(range, Direction::Reverse).next().transpose()?;
    let newest = newest.map(|(_, value)| read(alert, &value)).transpose()?;
    Ok(newest.map_or(0, |part| part.number))
}

/// Every version of every part of an alert up to a position, with the position that made it: by kind,
/// part and position.
pub fn all_versions(
    store: &Store,
    tenant: TenantId,
    alert: AlertId,
    position: u64,
) -> impl Iterator<Item = Result<(u64, Part), StoreError>> {
    let range = KeyRange::alert_parts(tenant, alert.into_bytes());
    let entries = store.range(range, Direction::Forward);
    entries.filter_map(move |entry| match entry {
        Ok((key, value)) => {
            let (_, at) = place(&key)?;
            (at <= position).then(|| read(alert, &value).map(|part| (at, part)))
        }
        Err(error) => Some(Err(error)),
    })
}

/// Which part a key is of, and which position made the version.
fn place(key: &[u8]) -> Option<(PartId, u64)> {
    match Key::parse(key) {
        Some((_, Record::AlertPart { id, position, .. })) => {
            Some((PartId::from_bytes(id), position))
        }
        _ => None,
    }
}

fn read(alert: AlertId, value: &[u8]) -> Result<Part, StoreError> {
    PartRecord::read(alert, value)
        .map_err(|error| StoreError::damaged(format!("a part of alert {alert}"), error.to_string()))
}

/// Every version of every comment of the alerts from one, inclusive, to another, exclusive, or to the last: each comment's
/// in their order.
///
/// # Errors
/// Of each entry, where the store cannot be read.
pub fn comments_between(
    store: &Store,
    tenant: TenantId,
    from: AlertId,
    to: Option<AlertId>,
) -> impl Iterator<Item = Result<Part, StoreError>> {
    let range =
        KeyRange::alert_parts_between(tenant, from.into_bytes(), to.map(AlertId::into_bytes));
    let parts = store.range(range, Direction::Forward);
    parts.filter_map(|entry| {
        let (key, value) = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        match Key::parse(&key) {
            Some((_, Record::AlertPart { alert, part, .. })) if part == PartKind::Comment as u8 => {
                Some(read(AlertId::from_bytes(alert), &value))
            }
            _ => None,
        }
    })
}
