//! What a change of many alerts promises while the store fails.

use std::sync::Arc;

use domain::alert::AlertId;

use super::record::put_outcome;
use super::*;
use crate::memory_host::{MemoryHost, until};
use engine::lane::{Actor, Change};
use jobs::{JobRecord, Runner};
use store::MAX_DELETES;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record};
use tenant::PermissionSet;

/// Under which a test counts how often an alert was changed.
fn count(alert: AlertId) -> Record {
    Record::Idempotency {
        key: alert.to_string(),
    }
}

fn change_one(change: &mut Change<'_>, alert: AlertId, _: &BulkRecord) -> Result<(), BulkFailure> {
    let before = change.record(&count(alert)).expect("the store is read");
    let before = before.unwrap_or_default();
    change.keep_record(&count(alert), [before, vec![1]].concat());
    Ok(())
}

/// Changes alerts so that a test can count how often.
fn runner(host: &MemoryHost) -> Arc<Runner<BulkJob>> {
    let job = BulkJob { apply: change_one };
    Runner::new(host.services().clone(), job)
}

fn alerts(count: u32) -> Vec<AlertId> {
    let ids = (1..=u128::from(count)).map(AlertId::from_u128);
    ids.collect()
}

/// A change of so many alerts that is noted, and not begun.
async fn noted(host: &MemoryHost, count: u32) -> BulkRecord {
    let asked = Asked {
        actor: Actor::Host,
        needs: PermissionSet::default(),
        change: serde_json::Value::Null,
        alerts: alerts(count),
    };
    let record = host.change(|change| note(change, asked)).await;
    record.expect("so many may be changed")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_when_there_is_room_again_and_changes_no_alert_twice() {
    let host = MemoryHost::start().await;
    let record = noted(&host, 500).await;
    let (id, alerts) = (record.id, alerts(500));
    let (bulks, services) = (runner(&host), host.services());
    bulks.start(&host.lane, id, &record);
    let seen = || get(&bulks, host.tenant, id).expect("the store is read");
    until(|| seen().filter(|record| record.done > 0)).await;

    host.backend.set_full(true);
    host.until_a_write_failed().await;
    let failed = seen().expect("it is kept");
    assert_eq!(failed.state, BulkState::Running, "{failed:?}");
    host.backend.set_full(false);

    let done = until(|| seen().filter(|record| record.state != BulkState::Running)).await;
    assert_eq!(done.state, BulkState::Done);
    assert_eq!((done.done, done.failed), (500, 0));
    until_forgotten(&host).await;
    for alert in alerts {
        let changed = services.store.get(&Key::new(host.tenant, &count(alert)));
        assert_eq!(changed.expect("the store is read"), Some(vec![1]));
    }
}

/// Waits until nothing is left but the record.
async fn until_forgotten(host: &MemoryHost) {
    let store = &host.services().store;
    let is_there = |range| store.range(range, Direction::Forward).next().is_some();
    until(|| (!is_there(KeyRange::bulk_alerts(host.tenant))).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_needed_on_the_way_is_forgotten_little_by_little_and_after_a_stop() {
    let host = MemoryHost::start().await;
    let count = 2_500_u32;
    let mut record = noted(&host, count).await;
    let id = record.id;
    let end = move |change: &mut Change<'_>| {
        for number in 0..count {
            put_outcome(change, id, number, None);
        }
        record.state = BulkState::Done;
        record.put(change, &id);
    };
    host.change(end).await;
    let host = host.restart(|_| ()).await;
    let bulks = runner(&host);
    bulks.resume(&host.lane).expect("the store is read");
    until_forgotten(&host).await;
    let outcomes = KeyRange::bulk_outcomes(host.tenant, id.into_bytes());
    let left = host.services().store.range(outcomes, Direction::Forward);
    assert_eq!(left.count(), 0);
    assert_eq!(host.backend.most_deletes(), MAX_DELETES);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_where_the_store_has_lost_what_it_is_about() {
    let host = MemoryHost::start().await;
    let record = noted(&host, 1).await;
    let (bulks, id) = (runner(&host), record.id);
    let damaged = Record::BulkOutcome {
        bulk: id.into_bytes(),
        number: 0,
    };
    let damage = move |change: &mut Change<'_>| change.put_record(&damaged, b"{".to_vec());
    host.change(damage).await;
    bulks.start(&host.lane, id, &record);
    let ended = until(|| {
        let seen = get(&bulks, host.tenant, id).expect("the store is read");
        seen.filter(|record| record.state != BulkState::Running)
    });
    let ended = ended.await;
    assert_eq!(ended.state, BulkState::Stopped);
    let reason = ended.stopped.expect("a reason");
    assert!(reason.contains("is damaged"), "{reason}");
}
