//! What a replay of many alerts promises while the store fails.

use super::*;
use crate::memory_host::{MemoryHost, until};
use engine::lane::Actor;
use tenant::PermissionSet;

#[tokio::test(flavor = "multi_thread")]
async fn its_end_is_kept_when_there_is_room_again() {
    let host = MemoryHost::start().await;
    let (replays, services) = (host.app.jobs.replays.clone(), host.services().clone());
    let note = move |change: &mut engine::lane::Change<'_>| {
        let by = (Actor::Host, PermissionSet::default());
        run::note(&replays, &services, change, by, Period::default())
    };
    let record = host.change(note).await.expect("none is under way");
    let (replays, id) = (&host.app.jobs.replays, record.id);
    host.backend.set_full(true);
    replays.start(&host.lane, id, &record);
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    let ended = until(|| {
        let seen = run::get(replays, host.tenant, id).expect("the store is read");
        seen.filter(|record| record.finished_at.is_some())
    });
    assert_eq!(ended.await.state, ReplayState::Done);
}
