//! What a change of many alerts promises while the store fails.

use domain::alert::AlertId;

use super::*;
use crate::lane::{Actor, Change};
use crate::memory_host::{MemoryHost, until};
use crate::store::key::{Key, Record};
use crate::tenant::PermissionSet;

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

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_when_there_is_room_again_and_changes_no_alert_twice() {
    let host = MemoryHost::start().await;
    let alerts: Vec<_> = (1..=500_u128)
        .map(|number| AlertId::from_bytes(number.to_be_bytes()))
        .collect();
    let asked = Asked {
        actor: Actor::Host,
        needs: PermissionSet::default(),
        change: serde_json::Value::Null,
        alerts: alerts.clone(),
    };
    let record = host.change(|change| Bulks::note(change, asked)).await;
    let id = record.as_ref().expect("so many may be changed").id;
    let (bulks, services) = (&host.app.bulks, host.services());
    bulks.run(services, &host.lane, host.tenant, record.expect("noted"), change_one);
    let seen = || bulks.get(services, host.tenant, id).expect("the store is read");
    until(|| seen().filter(|record| record.done > 0)).await;

    host.backend.set_full(true);
    host.until_a_write_failed().await;
    let failed = seen().expect("it is kept");
    assert_eq!(failed.state, BulkState::Running, "{failed:?}");
    host.backend.set_full(false);

    let done = until(|| seen().filter(|record| record.state != BulkState::Running)).await;
    assert_eq!(done.state, BulkState::Done);
    assert_eq!((done.done, done.failed), (500, 0));
    for alert in alerts {
        let changed = services.store.get(&Key::new(host.tenant, &count(alert)));
        assert_eq!(changed.expect("the store is read"), Some(vec![1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_where_the_store_has_lost_what_it_is_about() {
    let host = MemoryHost::start().await;
    let asked = Asked {
        actor: Actor::Host,
        needs: PermissionSet::default(),
        change: serde_json::Value::Null,
        alerts: vec![AlertId::from_bytes([1; 16])],
    };
    let record = host.change(|change| Bulks::note(change, asked)).await;
    let record = record.expect("so many may be changed");
    let (bulks, services, id) = (&host.app.bulks, host.services(), record.id);
    let damaged = Record::BulkOutcome {
        bulk: id.into_bytes(),
        number: 0,
    };
    let damage = move |change: &mut Change<'_>| change.put_record(&damaged, b"{".to_vec());
    host.change(damage).await;
    bulks.run(services, &host.lane, host.tenant, record, change_one);
    let ended = until(|| {
        let seen = bulks.get(services, host.tenant, id).expect("the store is read");
        seen.filter(|record| record.state != BulkState::Running)
    });
    let ended = ended.await;
    assert_eq!(ended.state, BulkState::Stopped);
    let reason = ended.stopped.expect("a reason");
    assert!(reason.contains("is damaged"), "{reason}");
}
