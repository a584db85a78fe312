//! What a rule that catches up promises while the store fails.

use super::*;
use crate::memory_host::{MemoryHost, until};

#[tokio::test(flavor = "multi_thread")]
async fn its_end_is_kept_when_there_is_room_again() {
    let host = MemoryHost::start().await;
    host.put_team("fraud").await;
    let catch_up = CatchUp {
        team: "fraud".to_owned(),
        rule: "gone".to_owned(),
        state: State::Running,
        install: 1,
        actor: Actor::Host,
        needs: PermissionSet::default(),
        asked_at: 0,
        last: 1,
        after: 0,
        rows: 1,
        judged: 0,
        found: 0,
        alerts: 0,
        failed: 0,
        last_failure: None,
    };
    let kept = catch_up.clone();
    let which = (TeamId(1), "gone".to_owned());
    let place = which.clone();
    host.change(move |change| kept.put(change, &place)).await;
    host.backend.set_full(true);
    let catch_ups = &host.app.jobs.catch_ups;
    catch_ups.start(&host.lane, which.clone(), &catch_up);
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    let ended = until(|| {
        let seen = get(catch_ups, host.tenant, &which);
        let seen = seen.expect("the store is read").expect("it is kept");
        (seen.state != State::Running).then_some(seen)
    });
    assert!(matches!(ended.await.state, State::Failed(_)));
}
