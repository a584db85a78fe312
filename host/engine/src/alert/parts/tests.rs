//! What is read of parts, and as of when.

use std::sync::Arc;

use domain::alert::{
    AlertId, Comment, Content, Document, Done, Part, PartId, PartKind, Person, Task,
};
use domain::time::Timestamp;

use super::*;
use store::key::{Key, Record, TenantId};
use store::memory::MemoryBackend;
use store::{Batch, CommitLimits, Store};

const TENANT: TenantId = TenantId(3);

fn person() -> Person {
    Person {
        id: "u1".to_owned(),
        login: "anna".to_owned(),
    }
}

fn part(alert: u128, id: u128, version: u64, deleted: bool, content: Content) -> Part {
    Part {
        alert: AlertId::from_u128(alert),
        id: PartId::from_u128(id),
        number: id as u32,
        version,
        author: person(),
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(2),
        deleted,
        content,
    }
}

fn comment(text: &str) -> Content {
    Content::Comment(Comment {
        text: text.to_owned(),
        edited_at: Some(Timestamp::from_micros(9)),
    })
}

#[test]
fn what_is_written_is_read() {
    let task = |done| {
        Content::Task(Task {
            title: "Ask for the contract".to_owned(),
            user_id: Some("u2".to_owned()),
            due_date: Some(Timestamp::from_micros(7)),
            done,
        })
    };
    let done = Done {
        by: person(),
        at: Timestamp::from_micros(8),
    };
    let document = Content::Document(Document {
        name: "contract.pdf".to_owned(),
        description: None,
        media_type: "application/pdf".to_owned(),
        bytes: 5,
        sha256: [4; 32],
    });
    for content in [comment("x"), task(None), task(Some(done)), document] {
        let part = part(1, 2, 3, true, content);
        let read = PartRecord::read(part.alert, &PartRecord::write(&part));
        assert_eq!(read.expect("it is read"), part);
    }
}

async fn store(versions: &[(u64, Part)]) -> Store {
    let backend = Arc::new(MemoryBackend::new());
    let store = Store::over(backend, CommitLimits::default()).expect("a store");
    let mut batch = Batch::new();
    for (position, part) in versions {
        let record = Record::AlertPart {
            alert: part.alert.into_bytes(),
            part: part.content.kind() as u8,
            id: part.id.into_bytes(),
            position: *position,
        };
        batch.put(Key::new(TENANT, &record), PartRecord::write(part));
    }
    store.commit_wait(batch).await.expect("it is written");
    store
}

#[tokio::test]
async fn readers_see_what_was_there_at_their_position() {
    let task = Content::Task(Task {
        title: "t".to_owned(),
        user_id: None,
        due_date: None,
        done: None,
    });
    let store = store(&[
        (2, part(1, 10, 1, false, comment("first"))),
        (3, part(1, 11, 1, false, comment("second"))),
        (3, part(1, 10, 2, false, comment("first, edited"))),
        (4, part(2, 12, 1, false, comment("of another alert"))),
        (5, part(1, 11, 2, true, comment("second"))),
        (6, part(1, 13, 1, false, comment("third"))),
        (6, part(1, 14, 1, false, task)),
    ])
    .await;
    let check = |alerts: &[u128], position, after: Option<u128>, limit, expect: &[&str]| {
        let alerts: Vec<AlertId> = alerts.iter().map(|id| AlertId::from_u128(*id)).collect();
        let query = PartQuery {
            alerts: &alerts,
            kind: PartKind::Comment,
            position,
            after: after.map(PartId::from_u128),
            limit,
        };
        let parts = list_parts(&store, TENANT, &query).expect("the store is read");
        let texts = parts.into_iter().map(|part| match part.content {
            Content::Comment(comment) => comment.text,
            other => panic!("{other:?}"),
        });
        assert_eq!(texts.collect::<Vec<_>>(), expect, "{position} {limit}");
    };
    check(&[1], 1, None, 10, &[]);
    check(&[1], 2, None, 10, &["first"]);
    check(&[1], 3, None, 10, &["first, edited", "second"]);
    check(&[1], 4, None, 1, &["first, edited"]);
    check(&[1], 5, None, 10, &["first, edited"]);
    check(&[1], 6, None, 10, &["first, edited", "third"]);
    check(&[1], 6, Some(10), 10, &["third"]);
    check(&[1], 6, Some(13), 10, &[]);
    let all = ["first, edited", "of another alert", "third"];
    check(&[2, 1], 6, None, 10, &all);
    check(&[2, 1], 6, None, 2, &all[..2]);
    check(&[3], 6, None, 10, &[]);

    let read = |id, position| {
        let (alert, id) = (AlertId::from_u128(1), PartId::from_u128(id));
        let part = read_part(&store, TENANT, alert, PartKind::Comment, id, position);
        let part = part.expect("the store is read");
        part.map(|part| (part.version, part.deleted))
    };
    assert_eq!(read(11, 2), None);
    assert_eq!(read(11, 4), Some((1, false)));
    assert_eq!(read(11, 9), Some((2, true)));
    assert_eq!(read(12, 9), None, "of another alert");
    assert_eq!(read(14, 9), None, "of another kind");

    let count = |alert, kind| {
        last_number(&store, TENANT, AlertId::from_u128(alert), kind).expect("the store is read")
    };
    assert_eq!(count(1, PartKind::Comment), 13);
    assert_eq!(count(1, PartKind::Document), 0);

    let versions = all_versions(&store, TENANT, AlertId::from_u128(1), 5);
    let versions = versions.map(|version| version.expect("the store is read"));
    let versions = versions.map(|(position, part)| (position, part.id.as_u128()));
    assert_eq!(
        versions.collect::<Vec<_>>(),
        [(2, 10), (3, 10), (3, 11), (5, 11)]
    );
    store.close();
}
