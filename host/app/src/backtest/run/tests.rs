//! What a backtest promises while the store fails.

use super::*;
use crate::memory_host::{MemoryHost, until};

/// A trial of a plugin that is not published: the backtest fails.
fn trial() -> Trial {
    serde_json::from_value(serde_json::json!({
        "team": "fraud", "team_id": 1, "schema": 1,
        "plugin": "velocity", "version": "1.0.0", "digest": "00", "stand_ins": null,
        "config": {}, "row_fuel": 1, "from": null, "to": null,
        "lists": "now", "compare_with": null, "alert_type": null, "severity": null, "type_severity": null,
    }))
    .expect("a trial")
}

/// A host with a team and a backtest that is noted.
async fn noted() -> (MemoryHost, BacktestRecord) {
    let host = MemoryHost::start().await;
    host.put_team("fraud").await;
    let services = host.services().clone();
    let note = move |change: &mut Change<'_>| {
        let by = (Actor::Host, PermissionSet::default());
        put(&services, change, by, trial(), None)
    };
    let record = host.change(note).await;
    (host, record)
}

async fn ended(host: &MemoryHost, id: Uuid) -> Option<End> {
    let seen = || {
        let seen = get(&host.app.jobs.backtests, host.tenant, id);
        let seen = seen.expect("the store is read").expect("it is kept");
        (seen.stage == Stage::Ended).then_some(seen)
    };
    until(seen).await.record.end
}

#[tokio::test(flavor = "multi_thread")]
async fn its_end_is_kept_when_there_is_room_again() {
    let (host, record) = noted().await;
    let id = record.id;
    host.backend.set_full(true);
    host.app.jobs.backtests.start(&host.lane, id, &record);
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    assert!(matches!(ended(&host, id).await, Some(End::Failed { .. })));
}
