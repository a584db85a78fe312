//! What runs promise while the store fails.

use super::*;
use crate::memory_host::{MemoryHost, until};
use crate::tenant::{ExportFilter, FormatterChoice};

/// A run whose formatter is not published: it fails.
fn queued(export: &str) -> RunRecord {
    RunRecord {
        id: Uuid::now_v7(),
        export: export.to_owned(),
        state: RunState::Queued,
        formatter: FormatterChoice {
            plugin: "csv".to_owned(),
            version: "1.0.0".to_owned(),
            config: serde_json::json!({}),
        },
        digest: String::new(),
        filter: ExportFilter::default(),
        compression: Compression::None,
        sensitive: None,
        media_type: String::new(),
        file_extension: String::new(),
        scheduled_for: None,
        snapshot_at: 0,
        position: 1,
        queued_at: 0,
        finished_at: None,
        asked_by: None,
        needs: PermissionSet::default(),
    }
}

async fn state_of(host: &MemoryHost, export: &str, run: Uuid) -> RunState {
    let ended = || {
        let seen = host.app.runs.get(host.services(), host.tenant, export, run);
        let seen = seen.expect("the store is read").expect("it is kept");
        (seen.state != RunState::Queued).then_some(seen.state)
    };
    until(ended).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_run_is_kept_when_there_is_room_again() {
    let host = MemoryHost::start().await;
    let run = queued("nightly");
    let id = run.id;
    host.change(move |change| put_run(change, &run)).await;
    let host = host.restart(|backend| backend.set_full(true)).await;
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    let state = state_of(&host, "nightly", id).await;
    assert!(matches!(state, RunState::Failed { .. }), "{state:?}");
}
