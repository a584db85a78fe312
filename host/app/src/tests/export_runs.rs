//! What runs promise while the store fails.

use crate::memory_host::{MemoryHost, until};
use engine::lane::{Actor, Change};
use export::testing::{has_open_keys, kept as kept_of, open_keys_mark, open_record, put_run};
use export::{RunRecord, RunState};
use store::Batch;
use tenant::{Compression, Export, ExportFilter, FormatterChoice, PermissionSet, Retention};
use uuid::Uuid;

/// A run whose formatter is not published: it fails.
fn queued(export: &str) -> RunRecord {
    RunRecord {
        id: Uuid::now_v7(),
        export: export.to_owned(),
        state: RunState::Queued,
        formatter: FormatterChoice {
            plugin: "csv".to_owned(),
            version: "1.0.0".to_owned(),
            config: serde_json::json!({}).into(),
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

/// A host with an export, whose store says which runs are open.
async fn with_export(name: &'static str) -> MemoryHost {
    let host = MemoryHost::start().await;
    until_open_keys(&host).await;
    let export = Export {
        name: name.to_owned(),
        formatter: queued(name).formatter,
        filter: ExportFilter::default(),
        deliveries: Vec::new(),
        schedule: None,
        paused: false,
        compression: Compression::None,
        sensitive: None,
        retention: Retention::default(),
        created_at: 0,
        version: 1,
    };
    host.change(move |change| {
        change.audit(&Actor::Host, "export.put", name);
        change.put(export);
    })
    .await;
    host
}

async fn until_open_keys(host: &MemoryHost) {
    let store = &host.services().store;
    until(|| {
        has_open_keys(store)
            .expect("the store is read")
            .then_some(())
    })
    .await;
}

/// The tenant's runs whose files are there.
fn kept(host: &MemoryHost) -> Vec<Uuid> {
    kept_of(&host.app.runs, host.tenant)
}

fn ready(export: &str) -> RunRecord {
    RunRecord {
        state: RunState::Ready {
            rows: 1,
            lines: None,
            bytes: 2,
            sha256: String::new(),
        },
        ..queued(export)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_reads_what_is_open_and_nothing_else() {
    let host = with_export("nightly").await;
    let (ready, over) = (ready("nightly"), queued("nightly"));
    let (kept_run, damaged) = (ready.id, over.id);
    host.change(move |change| put_run(change, &ready)).await;
    let end = move |change: &mut Change<'_>| {
        put_run(change, &over);
        let reason = "it failed".to_owned();
        let state = RunState::Failed { reason };
        put_run(change, &RunRecord { state, ..over });
        // Whoever reads it fails.
        let record = store::key::Record::ExportRun {
            export: "nightly".to_owned(),
            run: damaged.into_bytes(),
        };
        change.put_record(&record, b"{".to_vec());
    };
    host.change(end).await;
    let host = host.restart(|_| ()).await;
    assert_eq!(kept(&host), [kept_run]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_over_a_store_of_an_earlier_release_finds_what_is_open() {
    let host = with_export("nightly").await;
    let (ready, waiting) = (ready("nightly"), queued("weekly"));
    let (kept_run, waiting_run) = (ready.id, waiting.id);
    let put = move |change: &mut Change<'_>| {
        for run in [&ready, &waiting] {
            put_run(change, run);
            change.delete_record(&open_record(run));
        }
    };
    host.change(put).await;
    let forget = |backend: &store::memory::MemoryBackend| {
        let mut batch = Batch::new();
        batch.delete(open_keys_mark());
        store::backend::Backend::apply(backend, batch).expect("it is written");
    };
    let host = host.restart(forget).await;
    assert_eq!(kept(&host), [kept_run]);
    let state = state_of(&host, "weekly", waiting_run).await;
    assert!(matches!(state, RunState::Failed { .. }), "{state:?}");
    until_open_keys(&host).await;
    let host = host.restart(|_| ()).await;
    assert_eq!(kept(&host), [kept_run]);
}
