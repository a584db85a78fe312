use std::sync::Arc;

use super::super::{Actor, AuditEntry, ChainEnd};
use super::*;
use store::memory::MemoryBackend;
use store::{Batch, CommitLimits};

const TENANT: TenantId = TenantId(3);

type Records = Vec<(u64, Vec<u8>)>;

fn entry(subject: &str) -> AuditEntry {
    AuditEntry {
        at: 7,
        actor: Actor::Host,
        action: "list.put".to_owned(),
        subject: subject.to_owned(),
        changes: Vec::new(),
        more_changes: 0,
    }
}

/// Records with gaps between their positions, the first `unchained` as an earlier release wrote them.
fn written(unchained: usize) -> Records {
    let mut end = ChainEnd::default();
    let record = |(at, position): (usize, u64)| {
        let entries = vec![entry(&format!("{position}")), entry("again")];
        if at < unchained {
            let bytes = serde_json::to_vec(&entries).expect("JSON");
            end = ChainEnd::after(&bytes).expect("a record");
            return (position, bytes);
        }
        (position, end.link(position, entries))
    };
    [1, 2, 3, 5, 6, 9]
        .into_iter()
        .enumerate()
        .map(record)
        .collect()
}

fn head(records: &Records, at: usize) -> ChainHead {
    let (position, bytes) = &records[at];
    ChainHead {
        position: *position,
        hash: ChainHash::of(bytes),
    }
}

async fn verify(records: &Records, noted: Option<ChainHead>) -> Result<ChainReport, String> {
    let backend = Arc::new(MemoryBackend::new());
    let store = Store::over(backend, CommitLimits::default()).expect("a store");
    let mut batch = Batch::new();
    for (position, bytes) in records {
        let record = Record::Audit {
            position: *position,
        };
        batch.put(Key::new(TENANT, &record), bytes.clone());
    }
    store.commit_wait(batch).await.expect("it is written");
    let verified = verify_chain(&store, TENANT, noted, &mut |_| {});
    store.close();
    verified.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_chain_that_nobody_touched_is_whole() {
    for unchained in [0, 1, 3, 6] {
        let records = written(unchained);
        for noted in [None, Some(head(&records, 5)), Some(head(&records, 2))] {
            let report = verify(&records, noted).await.expect("it is whole");
            assert_eq!(report.entries, 12);
            assert_eq!(report.unchained, 2 * unchained as u64);
            assert_eq!(report.head, head(&records, 5));
        }
    }
}

#[tokio::test]
async fn what_was_done_to_a_chain_is_told() {
    let check = async |what: &str, unchained, tamper: &dyn Fn(&mut Records), expect: &str| {
        let mut records = written(unchained);
        tamper(&mut records);
        let fault = verify(&records, None).await.expect_err(what);
        assert!(fault.contains(expect), "{what}: {fault}");
    };
    let replace = |records: &mut Records, at: usize, from: &str, to: &str| {
        let text = String::from_utf8(records[at].1.clone()).expect("UTF-8");
        assert!(text.contains(from), "{text}");
        records[at].1 = text.replacen(from, to, 1).into_bytes();
    };
    let forged = |records: &mut Records, at: usize, position: u64| {
        let mut end = ChainEnd::after(&records[at].1).expect("a record");
        records.push((position, end.link(position, vec![entry("forged")])));
    };
    let altered = "position 2: the record was altered";
    check("an actor", 0, &|r| replace(r, 1, "host", "rule"), altered).await;
    check(
        "a subject",
        0,
        &|r| replace(r, 1, "again", "Again"),
        altered,
    )
    .await;
    check("a time", 0, &|r| replace(r, 1, ":7,", ":8,"), altered).await;
    check("bytes", 0, &|r| r[1].1[0] = 0xFF, altered).await;
    check("no bytes", 0, &|r| r[1].1.clear(), altered).await;
    check(
        "a number",
        0,
        &|r| replace(r, 1, "\"number\":2", "\"number\":9"),
        "position 2",
    )
    .await;
    let unlinked = |r: &mut Records| {
        r[1].1 = serde_json::to_vec(&[entry("x")]).expect("JSON");
    };
    check(
        "unlinked",
        0,
        &unlinked,
        "position 2: the record was altered: it is not chained",
    )
    .await;
    let all_unlinked = |r: &mut Records| {
        for (_, bytes) in &mut r[..3] {
            let entries = AuditRecord::read(bytes).expect("a record").entries;
            *bytes = serde_json::to_vec(&entries).expect("JSON");
        }
    };
    check("the chain begun later", 0, &all_unlinked, "position 5").await;

    let removed = "position 3: 1 record was before it, after position 1, removed";
    check("one removed", 0, &|r| drop(r.remove(1)), removed).await;
    let two = "position 9: 2 records were before it, after position 3, removed";
    check("two removed", 0, &|r| drop(r.drain(3..5)), two).await;
    let first = "position 2: 1 record was before it, after position 0, removed";
    check("the first removed", 0, &|r| drop(r.remove(0)), first).await;
    check("all removed", 0, &|r| r.clear(), "all records were removed").await;
    check(
        "what an earlier release wrote removed",
        3,
        &|r| drop(r.remove(2)),
        "position 2",
    )
    .await;
    check(
        "what an earlier release wrote last altered",
        3,
        &|r| r[2].1.push(b' '),
        "position 3",
    )
    .await;

    let swap = |r: &mut Records| {
        let (one, other) = (r[3].1.clone(), r[4].1.clone());
        (r[3].1, r[4].1) = (other, one);
    };
    check(
        "two swapped",
        0,
        &swap,
        "position 5: the record was altered: it belongs to position 6",
    )
    .await;
    let moved = |r: &mut Records| r[3].0 = 4;
    check(
        "one moved",
        0,
        &moved,
        "position 4: the record was altered: it belongs to position 5",
    )
    .await;

    check(
        "one put in",
        0,
        &|r| forged(r, 2, 4),
        "position 4: the record was inserted",
    )
    .await;
    check(
        "a stranger put in",
        0,
        &|r| forged(r, 0, 4),
        "position 4: the record was inserted",
    )
    .await;
    check(
        "one appended",
        0,
        &|r| forged(r, 2, 10),
        "position 10: the record was inserted",
    )
    .await;
    let badly = |r: &mut Records| {
        forged(r, 5, 10);
        replace(r, 6, "\"previous\":\"", "\"previous\":\"00");
    };
    check(
        "one appended badly",
        0,
        &badly,
        "position 10: the record was altered",
    )
    .await;
}

#[tokio::test]
async fn what_is_cut_off_or_written_anew_is_found_by_a_noted_head() {
    let whole = written(0);
    let noted = head(&whole, 5);
    let cut: Records = whole[..4].to_vec();
    assert!(
        verify(&cut, None).await.is_ok(),
        "it is a chain all the same"
    );
    let fault = verify(&cut, Some(noted))
        .await
        .expect_err("its end is gone");
    assert!(fault.contains("the chain ends at position 5"), "{fault}");

    let mut end = ChainEnd::default();
    let anew: Records = [1, 2, 3, 5, 6, 9]
        .into_iter()
        .map(|position| (position, end.link(position, vec![entry("anew")])))
        .collect();
    assert!(
        verify(&anew, None).await.is_ok(),
        "it is a chain all the same"
    );
    let fault = verify(&anew, Some(noted)).await.expect_err("it is another");
    assert!(
        fault.contains("position 9: the record is not that of the noted head"),
        "{fault}"
    );
}

#[test]
fn a_head_is_read_as_it_is_written() {
    let head = head(&written(0), 5);
    assert_eq!(head.to_string().parse(), Ok(head));
    for wrong in ["", "9", "9:", "x:00", ":00", &format!("{head}0")] {
        assert!(wrong.parse::<ChainHead>().is_err(), "{wrong}");
    }
}

/// What the release wrote that kept nothing of definitions.
const FORMAT_1: [(u64, &str); 2] = [
    (
        1,
        r#"{"position":1,"number":1,"previous":null,"entries":[{"at":1,"actor":{"kind":"administrator"},"action":"tenant.create","subject":"athora"}]}"#,
    ),
    (
        2,
        r#"{"position":2,"number":2,"previous":"PREVIOUS","entries":[{"at":2,"actor":{"kind":"user","id":"u","login":"anna"},"action":"user.change","subject":"bert"}]}"#,
    ),
];

#[tokio::test]
async fn records_of_both_formats_are_one_chain() {
    let first = FORMAT_1[0].1.as_bytes().to_vec();
    let previous = ChainHash::of(&first).to_string();
    let second = FORMAT_1[1].1.replace("PREVIOUS", &previous).into_bytes();
    let mut end = ChainEnd::after(&second).expect("a record");
    let mut changed = entry("user.change");
    changed.changes = vec![crate::lane::DefinitionChange {
        kind: "user".to_owned(),
        name: "id".to_owned(),
        before: Some(serde_json::json!({ "scopes": ["A"] }).into()),
        after: Some(serde_json::json!({ "scopes": ["B"] }).into()),
    }];
    let third = end.link(3, vec![changed.clone()]);
    assert!(third.starts_with(br#"{"format":2,"#));
    let read = AuditRecord::read(&third).expect("a record");
    assert_eq!(read.entries, [changed]);
    let mut records: Records = vec![(1, first), (2, second), (3, third)];
    records.push((4, end.link(4, vec![entry("last")])));
    let report = verify(&records, None).await.expect("it is whole");
    assert_eq!((report.entries, report.unchained), (4, 0));

    let mut altered = records.clone();
    let text = String::from_utf8(altered[2].1.clone()).expect("UTF-8");
    altered[2].1 = text.replace(r#"["B"]"#, r#"["C"]"#).into_bytes();
    let fault = verify(&altered, None)
        .await
        .expect_err("a member was altered");
    assert!(
        fault.contains("position 3: the record was altered"),
        "{fault}"
    );

    let later = String::from_utf8(records[3].1.clone()).expect("UTF-8");
    records[3].1 = later.replace("\"format\":2", "\"format\":3").into_bytes();
    let fault = verify(&records, None).await.expect_err("it is not known");
    assert!(
        fault.contains("a later release wrote it, in format 3"),
        "{fault}"
    );
}
