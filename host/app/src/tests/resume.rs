//! Work that a failed commit left behind is taken up again.

use crate::bulk::{self, Asked, BulkState};
use crate::memory_host::{MemoryHost, until};
use crate::resume::{INTERVAL, resume};
use engine::lane::{Actor, Change};
use tenant::PermissionSet;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_and_not_at_work_is_begun_after_the_store_failed() {
    let host = MemoryHost::start().await;
    let resuming = tokio::spawn(resume(host.app.clone()));
    // It looks at the start, and finds nothing.
    tokio::time::sleep(INTERVAL).await;
    let asked = Asked {
        actor: Actor::Host,
        needs: PermissionSet::default(),
        change: serde_json::Value::Null,
        alerts: Vec::new(),
    };
    let record = host.change(|change| bulk::note(change, asked)).await;
    let id = record.expect("so many may be changed").id;
    host.backend.set_full(true);
    let audit = |change: &mut Change<'_>| {
        change.audit(&Actor::Host, "team.create", "full");
        Ok::<_, std::convert::Infallible>(())
    };
    let refused = host.lane.change(audit).await;
    assert!(refused.is_err());
    host.backend.set_full(false);
    let done = until(|| {
        let seen = bulk::get(&host.app.jobs.bulks, host.tenant, id);
        let seen = seen.expect("the store is read");
        seen.filter(|record| record.state == BulkState::Done)
    });
    done.await;
    host.app.stop(std::time::Duration::from_secs(5)).await;
    resuming.await.expect("it ends with the host");
}
