//! The open alerts of customers, as the store finds them: those that a new alert may join.
//!
//! Whether a new alert joins another is decided while transactions are judged, so it must neither wait for the
//! [index in memory](super::index) nor depend on how much of it is filled. Each open alert that is merged into no other
//! stands in the store under its customer and the moment of its creation, and how many alerts a tenant has stands beside
//! them. Both are written in the commit that changes them.
//!
//! An entry is a candidate: what it leads to is read, and may have been changed by a commit on its way.

use domain::alert::{Alert, AlertId};
use domain::time::Timestamp;

use super::AlertRecord;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Batch, CommitError, Store, StoreError};

/// Among the alert indexes of the store: open alerts, by customer and creation. Under the empty value the number of all
/// alerts, which also says that every open alert is there.
const OPEN_INDEX: u8 = 3;

/// How many entries are written at once where a store of an earlier release has none.
const ENTRIES_AT_ONCE: usize = 1_000;

/// Why the open alerts of a store of an earlier release cannot be noted.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum NoteError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Notes whether a version of an alert is one that others may join.
pub fn note(batch: &mut Batch, tenant: TenantId, alert: &Alert) {
    let Some(customer) = &alert.dprofile_id else {
        return;
    };
    let is_new = alert.version == 1;
    let key = || {
        let entry = Record::AlertIndex {
            index: OPEN_INDEX,
            value: value(customer, alert.created_at),
            alert: alert.id.into_bytes(),
        };
        Key::new(tenant, &entry)
    };
    if alert.is_whole() && alert.closed.is_none() {
        batch.put(key(), Vec::new());
    } else if !is_new {
        batch.delete(key());
    }
}

/// The open alerts of a customer that were created between two moments, both inclusive, oldest first.
///
/// # Errors
/// Of each entry, where the store cannot be read.
pub fn of_customer(
    store: &Store,
    tenant: TenantId,
    customer: &str,
    since: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = Result<AlertId, StoreError>> {
    let after = Timestamp::from_micros(until.as_micros().saturating_add(1));
    let (from, to) = (value(customer, since), value(customer, after));
    let range = KeyRange::alert_index_between(tenant, OPEN_INDEX, &from, &to);
    let entries = store.range(range, Direction::Forward);
    entries.filter_map(|entry| match entry {
        Ok((key, _)) => match Key::parse(&key) {
            Some((_, Record::AlertIndex { alert, .. })) => Some(Ok(AlertId::from_bytes(alert))),
            _ => None,
        },
        Err(error) => Some(Err(error)),
    })
}

/// Customer and moment, in whose order they are; no customer is the beginning of another.
fn value(customer: &str, created_at: Timestamp) -> Vec<u8> {
    let length = u32::try_from(customer.len()).unwrap_or(u32::MAX);
    // With the sign turned over, bytes are in the order of numbers.
    let moment = created_at.as_micros() as u64 ^ (1 << 63);
    [
        &length.to_be_bytes()[..],
        customer.as_bytes(),
        &moment.to_be_bytes(),
    ]
    .concat()
}

/// How many alerts a tenant has, and the position at which the last of them was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Noted {
    count: u64,
    position: u64,
}

/// How many alerts a tenant has, merged ones too; none if an earlier release did not note it.
///
/// # Errors
/// Where the store cannot be read, or what it holds is no number.
pub fn read_count(store: &Store, tenant: TenantId) -> Result<Option<u64>, StoreError> {
    Ok(read_noted(store, tenant)?.map(|noted| noted.count))
}

fn read_noted(store: &Store, tenant: TenantId) -> Result<Option<Noted>, StoreError> {
    let Some(value) = store.get(&count_key(tenant))? else {
        return Ok(None);
    };
    let numbers = std::str::from_utf8(&value).ok().and_then(|text| {
        let (count, position) = text.split_once(' ')?;
        Some(Noted {
            count: count.parse().ok()?,
            position: position.parse().ok()?,
        })
    });
    let noted = numbers.ok_or_else(|| StoreError::damaged("the number of alerts", "no number"));
    noted.map(Some)
}

/// Notes how many alerts a tenant has, in the commit at a position that makes the last of them.
pub fn note_count(batch: &mut Batch, tenant: TenantId, count: u64, position: u64) {
    let noted = format!("{count} {position}");
    batch.put(count_key(tenant), noted.into_bytes());
}

/// Whether the open alerts of a tenant are noted. They are not where an earlier release made alerts, also after this
/// one did.
fn are_noted(store: &Store, tenant: TenantId) -> Result<bool, StoreError> {
    let Some(noted) = read_noted(store, tenant)? else {
        return Ok(false);
    };
    let versions = KeyRange::alerts(tenant);
    let newest = store.range(versions, Direction::Reverse).next();
    let newest = newest.transpose()?.and_then(|(key, _)| Key::parse(&key));
    let Some((_, Record::Alert { alert, .. })) = newest else {
        return Ok(true);
    };
    let versions = KeyRange::alert(tenant, alert);
    let first = store.range(versions, Direction::Forward).next();
    let first = first.transpose()?.and_then(|(key, _)| Key::parse(&key));
    Ok(match first {
        Some((_, Record::Alert { position, .. })) => position <= noted.position,
        _ => true,
    })
}

fn count_key(tenant: TenantId) -> Key {
    let count = Record::AlertIndex {
        index: OPEN_INDEX,
        value: Vec::new(),
        alert: [0; 16],
    };
    Key::new(tenant, &count)
}

/// Notes the open alerts of tenants, and how many alerts they have, where an earlier release did not: by reading all of
/// them, once. What was noted is noted again after a crash. Blocks.
///
/// # Errors
/// Where the store cannot be read or written.
pub fn note_all(store: &Store, tenants: &[TenantId]) -> Result<(), NoteError> {
    let mut batch = Batch::new();
    for &tenant in tenants {
        if are_noted(store, tenant)? {
            continue;
        }
        let (mut count, mut last) = (0, 0);
        let mut newest: Option<(AlertId, Vec<u8>)> = None;
        for entry in store.range(KeyRange::alerts(tenant), Direction::Forward) {
            let (key, value) = entry?;
            let Some((_, Record::Alert { alert, position })) = Key::parse(&key) else {
                continue;
            };
            last = last.max(position);
            // Versions come oldest first: the one before another alert's is the newest.
            let id = AlertId::from_bytes(alert);
            if let Some((before, value)) = newest.replace((id, value))
                && before != id
            {
                count += 1;
                note_stored(&mut batch, tenant, before, &value);
            }
            if batch.len() >= ENTRIES_AT_ONCE {
                write(store, &mut batch)?;
            }
        }
        if let Some((id, value)) = newest {
            count += 1;
            note_stored(&mut batch, tenant, id, &value);
        }
        if count > 0 {
            tracing::info!(
                tenant = tenant.0,
                count,
                "the open alerts of customers were noted"
            );
        }
        note_count(&mut batch, tenant, count, last);
    }
    match batch.is_empty() {
        true => Ok(()),
        false => write(store, &mut batch),
    }
}

/// One that is damaged is joined by none: it could not be read then, either.
fn note_stored(batch: &mut Batch, tenant: TenantId, id: AlertId, value: &[u8]) {
    match AlertRecord::read(value) {
        Ok(alert) => note(batch, tenant, &alert),
        Err(error) => {
            tracing::error!(tenant = tenant.0, alert = %id, %error, "an alert is damaged")
        }
    }
}

fn write(store: &Store, batch: &mut Batch) -> Result<(), NoteError> {
    let written = store.commit_wait(std::mem::take(batch));
    futures::executor::block_on(written)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::alert::{Closed, MergedInto};

    use super::*;
    use store::CommitLimits;
    use store::memory::MemoryBackend;

    const TENANT: TenantId = TenantId(1);

    fn store() -> Store {
        Store::over(Arc::new(MemoryBackend::new()), CommitLimits::default()).expect("a store")
    }

    fn an_alert(number: u128, customer: &str, created_at: i64) -> Alert {
        let customer = serde_json::to_string(customer).expect("JSON");
        let record = format!(
            r#"{{"id":"{}","team":"aml","dprofile_id":{customer},"user_id":null,"title":"Much",
            "incident_type":"other","state":"open","severity":"high","priority":"low","due_date":null,
            "labels":[],"info":{{}},"txn_ids":[],"rule":null,"score":null,"findings":0,
            "created_at":{created_at},"updated_at":2,"closed_at":null,"version":1}}"#,
            AlertId::from_u128(number)
        );
        AlertRecord::read(record.as_bytes()).expect("an alert")
    }

    fn put(store: &Store, alerts: &[&Alert]) {
        let mut batch = Batch::new();
        for alert in alerts {
            note(&mut batch, TENANT, alert);
        }
        write(store, &mut batch).expect("written");
    }

    fn open(store: &Store, customer: &str, since: i64, until: i64) -> Vec<u128> {
        let moment = Timestamp::from_micros;
        let found = of_customer(store, TENANT, customer, moment(since), moment(until));
        found.map(|id| id.expect("it is read").as_u128()).collect()
    }

    #[test]
    fn open_alerts_are_found_by_customer_and_time_oldest_first() {
        let store = store();
        // Ids need not be in the order of creation.
        let alerts = [
            an_alert(3, "anna", -5),
            an_alert(2, "anna", 7),
            an_alert(1, "anna", 9),
            an_alert(4, "ann", 7),
            an_alert(5, "an\0na", 7),
        ];
        put(&store, &alerts.each_ref());
        assert_eq!(open(&store, "anna", i64::MIN, i64::MAX), [3, 2, 1]);
        assert_eq!(open(&store, "anna", -5, 7), [3, 2]);
        assert_eq!(open(&store, "anna", -4, 8), [2]);
        assert_eq!(open(&store, "ann", 0, 7), [4]);
        assert_eq!(open(&store, "an\0na", 0, 7), [5]);
        assert_eq!(open(&store, "bert", i64::MIN, i64::MAX), [0_u128; 0]);
    }

    #[test]
    fn an_alert_that_is_closed_or_merged_is_not_open_until_it_is_taken_back() {
        let store = store();
        let [mut one, mut other] = [1, 2].map(|number| an_alert(number, "anna", 1));
        let joined = Some(MergedInto {
            alert: one.id,
            position: 9,
            by_hand: false,
        });
        // One that joins when it is made never stood there.
        put(
            &store,
            &[
                &one,
                &Alert {
                    merged_into: joined,
                    ..an_alert(3, "anna", 1)
                },
                &other,
            ],
        );
        assert_eq!(open(&store, "anna", 0, 9), [1, 2]);
        one.version = 2;
        one.closed = Some(Closed {
            at: Timestamp::from_micros(5),
            outcome: None,
        });
        other.version = 2;
        other.merged_into = joined;
        put(&store, &[&one, &other]);
        assert_eq!(open(&store, "anna", 0, 9), [0_u128; 0]);
        one.closed = None;
        other.merged_into = None;
        put(&store, &[&one, &other]);
        assert_eq!(open(&store, "anna", 0, 9), [1, 2]);
    }

    #[test]
    fn what_an_earlier_release_did_not_note_is_noted_once() {
        let store = store();
        let mut batch = Batch::new();
        let mut closed = an_alert(2, "anna", 1);
        let mut put = |alert: &Alert, position| {
            let version = Record::Alert {
                alert: alert.id.into_bytes(),
                position,
            };
            batch.put(Key::new(TENANT, &version), AlertRecord::write(alert, false));
        };
        put(&an_alert(1, "anna", 1), 1);
        put(&closed, 1);
        closed.closed = Some(Closed {
            at: Timestamp::from_micros(5),
            outcome: None,
        });
        put(&closed, 2);
        for number in 3..2_503 {
            put(&an_alert(number, "bert", 1), 2);
        }
        write(&store, &mut batch).expect("written");
        assert_eq!(read_count(&store, TENANT).expect("it is read"), None);
        let none = TenantId(2);
        note_all(&store, &[TENANT, none]).expect("they are noted");
        let counted = [TENANT, none].map(|tenant| read_count(&store, tenant).expect("it is read"));
        assert_eq!(counted, [Some(2_502), Some(0)]);
        assert_eq!(open(&store, "anna", 0, 9), [1]);
        assert_eq!(open(&store, "bert", 0, 9).len(), 2_500);
        // From then on commits do it.
        let before = store.durable();
        note_all(&store, &[TENANT, none]).expect("nothing is left");
        assert_eq!(store.durable(), before);
        // An earlier release is started for a while, and makes one more.
        let later = an_alert(9_000, "chris", 1);
        let version = Record::Alert {
            alert: later.id.into_bytes(),
            position: 3,
        };
        let mut batch = Batch::new();
        batch.put(
            Key::new(TENANT, &version),
            AlertRecord::write(&later, false),
        );
        write(&store, &mut batch).expect("written");
        note_all(&store, &[TENANT, none]).expect("it is noted");
        assert_eq!(read_count(&store, TENANT).expect("it is read"), Some(2_503));
        assert_eq!(open(&store, "chris", 0, 9), [9_000]);
    }
}
