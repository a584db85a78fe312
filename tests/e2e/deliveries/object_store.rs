//! Buckets and directories.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::TestHost;

use super::seaweed::{KEY, SECRET, Seaweed};
use super::{Exporting, is, open, path_of, tried};
use crate::payments::{BATCH, payment};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of a run's file.
fn name_of(run: &Value) -> String {
    let at = run["snapshot_at"].as_str().expect("a time");
    let seconds = at
        .split(['.', 'Z'])
        .next()
        .expect("seconds")
        .replace([':', '-'], "");
    format!("{seconds}Z-{}.ndjson", run["id"].as_str().expect("an id"))
}

/// Checks the three files of a run.
async fn check(exporting: &Exporting, run: &Value, files: &BTreeMap<String, Vec<u8>>, url: &str) {
    let name = name_of(run);
    let names: Vec<&String> = files.keys().collect();
    let expect = [
        name.clone(),
        format!("{name}.manifest"),
        format!("{name}.meta.json"),
    ];
    assert_eq!(names, expect.iter().collect::<Vec<_>>());
    let file = exporting
        .client()
        .get(&format!("{}/file", path_of(run)))
        .await
        .body;
    assert!(files[&name] == file, "the file is another");
    let json = |suffix: &str| -> Value {
        serde_json::from_slice(&files[&format!("{name}{suffix}")]).expect("JSON")
    };
    let manifest = json!({ "entries": [{
        "url": format!("{url}{name}"), "mandatory": true, "meta": { "content_length": file.len() },
    }] });
    assert_eq!(json(".manifest"), manifest);
    let sidecar = json!({
        "file": name, "export": "nightly", "run": run["id"], "snapshot_at": run["snapshot_at"], "rows": run["rows"],
        "lines": run["lines"],
        "bytes": file.len(), "sha256": hex(&Sha256::digest(&file)), "media_type": "application/x-ndjson",
        "layout_version": 1, "formatter": run["formatter"],
    });
    assert_eq!(json(".meta.json"), sidecar);
}

async fn in_bucket(seaweed: &Seaweed, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in seaweed.names(folder).await {
        let bytes = seaweed.read(&format!("{folder}/{name}")).await;
        files.insert(name, bytes);
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_gets_the_file_then_its_manifest_then_its_sidecar() {
    let builder = open(TestHost::builder().in_memory()).config(|config| {
        config.deliveries.answer_seconds = 30;
    });
    let (exporting, seaweed) = tokio::join!(Exporting::on(builder), Seaweed::start());
    let bucket = |secret: &str| {
        json!([{
            "kind": "object_store", "bucket": "athora-exports", "prefix": "vervet/in", "region": "us-east-1",
            "endpoint": seaweed.endpoint, "access_key_id": KEY, "secret_access_key": secret,
        }])
    };
    // A key that is refused, then mended: the next try is with the new one.
    exporting.define(bucket("wrong")).await;
    let run = exporting.run().await;
    let refused = exporting.delivery(&run, tried(1)).await;
    let answer = refused["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("SignatureDoesNotMatch"), "{answer}");
    assert!(!answer.contains("wrong"), "{answer}");
    exporting.define(bucket(SECRET)).await;
    exporting.advance(10);
    exporting.delivery(&run, is("delivered")).await;
    let folder = "athora-exports/vervet/in/nightly";
    let url = format!("s3://{folder}/");
    check(&exporting, &run, &in_bucket(&seaweed, folder).await, &url).await;

    // So large that it goes in parts.
    for batch in 0..4 {
        let transactions: Vec<Value> = (0..4_000)
            .map(|number| payment(&format!("b{batch}-{number}"), "anna", 20_000.0))
            .collect();
        let answer = exporting
            .payments
            .key
            .post(BATCH, Value::from(transactions))
            .await;
        assert!(answer.is_success(), "{}", answer.text());
    }
    let mut other = bucket(SECRET);
    other[0]["prefix"] = json!("");
    exporting.define(other).await;
    let run = exporting.run().await;
    assert!(run["bytes"].as_u64() > Some(8 << 20), "{run}");
    exporting.delivery(&run, is("delivered")).await;
    let folder = "athora-exports/nightly";
    let url = format!("s3://{folder}/");
    check(&exporting, &run, &in_bucket(&seaweed, folder).await, &url).await;
    exporting.payments.host.stop().await;
}

fn in_directory(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a directory");
    let files = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let bytes = std::fs::read(entry.path()).expect("a file");
        (entry.file_name().to_string_lossy().into_owned(), bytes)
    });
    files.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_below_the_operator_s_root_gets_the_same() {
    let root = tempfile::tempdir().expect("a directory");
    let exporting = Exporting::on(open(TestHost::builder().in_memory()).config(|config| {
        config.deliveries.directory_root = root.path().display().to_string();
    }))
    .await;
    exporting
        .define(json!([{ "kind": "object_store", "directory": "for/redshift" }]))
        .await;
    // What a crash left of a file half written is cleared away.
    let folder = root.path().join("athora/for/redshift/nightly");
    std::fs::create_dir_all(&folder).expect("a directory");
    std::fs::write(folder.join("half.ndjson#1"), "half").expect("a file");
    let run = exporting.run().await;
    exporting.delivery(&run, is("delivered")).await;
    check(&exporting, &run, &in_directory(&folder), "nightly/").await;

    // As it is kept: compressed, where the export says so.
    let mut gzip = exporting.definition(json!([{ "kind": "object_store", "directory": "gzip" }]));
    gzip["compression"] = json!("gzip");
    let put = exporting.client().put("/v1/exports/nightly", gzip).await;
    put.expect(200);
    let run = exporting.run().await;
    exporting.delivery(&run, is("delivered")).await;
    let files = in_directory(&root.path().join("athora/gzip/nightly"));
    let name = format!("{}.gz", name_of(&run));
    assert_eq!(files[&name].len() as u64, run["bytes"]);
    assert_eq!(hex(&Sha256::digest(&files[&name])), run["sha256"]);
    assert_eq!(files[&name][..2], [0x1f, 0x8b]);
    let sidecar: Value =
        serde_json::from_slice(&files[&format!("{name}.meta.json")]).expect("JSON");
    assert_eq!(sidecar["media_type"], "application/gzip");

    // A place that cannot be used is said so, and used when it can.
    let place = root.path().join("athora/blocked");
    std::fs::write(&place, "a file where a directory should be").expect("a file");
    exporting
        .define(json!([{ "kind": "object_store", "directory": "blocked" }]))
        .await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    let answer = delivery["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("the directory"), "{answer}");
    std::fs::remove_file(&place).expect("a file");
    exporting.advance(10);
    exporting.delivery(&run, is("delivered")).await;
    check(
        &exporting,
        &run,
        &in_directory(&place.join("nightly")),
        "nightly/",
    )
    .await;
    exporting.payments.host.stop().await;
}
