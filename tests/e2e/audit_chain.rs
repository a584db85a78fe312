//! What was done to the audit behind the host's back is found.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::sled::SledOptions;
use store::{Batch, CommitLimits, Engine, Store};
use tests::program::vervet;
use tests::{HostProcess, TestTenant};

/// The first tenant of a host.
const TENANT: TenantId = TenantId(1);

/// Positions and bytes of a tenant's records.
type Records = Vec<(u64, Vec<u8>)>;

fn open(data: &Path) -> Store {
    let sled = Engine::Sled(SledOptions::new(data.join("store")));
    Store::open(sled, CommitLimits::default()).expect("the store opens")
}

fn records(store: &Store) -> Records {
    let records = store.range(KeyRange::audit_from(TENANT, 0), Direction::Forward);
    let records = records.map(|record| {
        let (key, bytes) = record.expect("a record");
        match Key::parse(&key) {
            Some((_, Record::Audit { position })) => (position, bytes),
            other => panic!("no record of the audit: {other:?}"),
        }
    });
    records.collect()
}

/// Puts other records in place of those that are there.
async fn replace(store: &Store, after: Records) {
    let key = |position| Key::new(TENANT, &Record::Audit { position });
    let mut batch = Batch::new();
    for (position, _) in records(store) {
        batch.delete(key(position));
    }
    for (position, bytes) in after {
        batch.put(key(position), bytes);
    }
    store.commit_wait(batch).await.expect("it is written");
}

/// The exit code of `vervet audit verify`, and what it says.
fn verify(data: &Path, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(vervet());
    command
        .args(["audit", "verify", "--data"])
        .arg(data)
        .args(more);
    let done = command.output().expect("the program runs");
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8(said).expect("UTF-8");
    (done.status.code().expect("an exit code"), said)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("it is copied")),
        }
    }
}

async fn head(tenant: &TestTenant) -> String {
    let head: Value = tenant.administrator.get("/v1/audit/head").await.expect(200);
    format!(
        "{}:{}",
        head["position"],
        head["hash"].as_str().expect("a hash")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_audit_behind_the_hosts_back_is_found() {
    let mut host = HostProcess::start();
    let mut athora = host.tenant("athora").await;
    host.tenant("other").await;
    for number in 0..4 {
        let list = format!("/v1/lists/l{number}");
        athora
            .administrator
            .put(&list, json!(["m"]))
            .await
            .expect(201);
    }
    let early = head(&athora).await;
    // The chain goes on behind a restart, however the host ended.
    host.kill();
    host.start_again();
    athora.administrator = athora.administrator.at(host.url());
    let (running, said) = verify(&host.data(), &[]);
    assert_eq!(running, 1, "{said}");
    assert!(said.contains("the host must be stopped"), "{said}");
    assert_eq!(head(&athora).await, early, "nothing was done since");
    for number in 4..7 {
        let list = format!("/v1/lists/l{number}");
        athora
            .administrator
            .put(&list, json!(["m"]))
            .await
            .expect(201);
    }
    let noted = head(&athora).await;
    host.kill();

    let (code, said) = verify(&host.data(), &[]);
    assert_eq!(code, 0, "{said}");
    let (position, hash) = noted.split_once(':').expect("a head");
    let whole =
        format!("tenant athora: 9 entries, chain whole, head {hash} at position {position}");
    assert_eq!(said.lines().next(), Some(&*whole));
    assert!(
        said.lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("tenant other: 2 entries"))
    );
    for head in [&early, &noted] {
        let (code, said) = verify(&host.data(), &["--tenant", "athora", "--head", head]);
        assert_eq!(code, 0, "{said}");
    }
    let (code, said) = verify(&host.data(), &["--tenant", "nobody"]);
    assert_eq!(code, 1);
    assert!(said.contains("there is no tenant 'nobody'"), "{said}");
    let (code, _) = verify(&host.data(), &["--head", &noted]);
    assert_eq!(code, 2, "a head is of a tenant");
    let (code, said) = verify(&host.data().join("store"), &[]);
    assert_eq!(code, 1);
    assert!(said.contains("--data"), "{said}");

    let check = async |tamper: fn(&mut Records), more: &[&str], expect: &str| {
        let data = tempfile::tempdir().expect("a directory");
        copy(&host.data(), data.path());
        let store = open(data.path());
        let mut after = records(&store);
        tamper(&mut after);
        replace(&store, after).await;
        store.close();
        drop(store);
        let (code, said) = verify(data.path(), more);
        let is_whole = expect.contains("chain whole");
        assert_eq!(code, if is_whole { 0 } else { 1 }, "{said}");
        assert!(said.contains(expect), "{expect}: {said}");
        assert!(
            more.len() > 1 || said.contains("tenant other: 2 entries, chain whole"),
            "{said}"
        );
    };
    // Positions 1 to 9, of which nothing else was done.
    let byte = |records: &mut Records| {
        let text = String::from_utf8(records[3].1.clone()).expect("UTF-8");
        records[3].1 = text.replacen("l1", "l9", 1).into_bytes();
    };
    check(
        byte,
        &[],
        "tenant athora: position 4: the record was altered",
    )
    .await;
    let removed = "position 5: 1 record was before it, after position 3, removed";
    check(|records| drop(records.remove(3)), &[], removed).await;
    let swap = |records: &mut Records| {
        let one = records[3].1.clone();
        records[3].1 = std::mem::replace(&mut records[4].1, one);
    };
    check(
        swap,
        &[],
        "position 4: the record was altered: it belongs to position 5",
    )
    .await;
    let append = |records: &mut Records| {
        let (position, bytes) = records.last().expect("a record").clone();
        records.push((position + 1, bytes));
    };
    check(
        append,
        &[],
        "the record was altered: it belongs to position",
    )
    .await;
    let cut = |records: &mut Records| records.truncate(6);
    check(cut, &[], "tenant athora: 6 entries, chain whole").await;
    let with_head = ["--tenant", "athora", "--head", &*noted];
    check(cut, &with_head, "the chain ends at position 6").await;
    check(
        Records::clear,
        &[],
        "tenant athora: all records were removed",
    )
    .await;
}
