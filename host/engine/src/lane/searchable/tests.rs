//! Alerts that are committed while their index is filled.

use domain::alert::{Comment as CommentText, Person};
use domain::time::Timestamp;

use super::*;
use crate::alert::{AlertQuery, AlertRecord};

fn an_alert(number: u128, title: &str, version: u64) -> Alert {
    let record = format!(
        r#"{{"id":"{}","team":"aml","dprofile_id":null,"user_id":null,"title":"{title}",
        "incident_type":"other","state":"open","severity":"high","priority":"low","due_date":null,
        "labels":[],"info":{{}},"txn_ids":[],"rule":null,"score":null,"findings":0,
        "created_at":1,"updated_at":2,"closed_at":null,"version":{version}}}"#,
        AlertId::from_u128(number)
    );
    AlertRecord::read(record.as_bytes()).expect("an alert")
}

fn a_comment(number: u128, alert: u128, text: &str, deleted: bool) -> Part {
    let at = Timestamp::from_micros(1);
    Part {
        id: PartId::from_u128(number),
        alert: AlertId::from_u128(alert),
        number: 1,
        author: Person {
            id: "1".to_owned(),
            login: "ana".to_owned(),
        },
        content: Content::Comment(CommentText {
            text: text.to_owned(),
            edited_at: None,
        }),
        created_at: at,
        updated_at: at,
        version: 1,
        deleted,
    }
}

fn alert(number: u128, title: &str, version: u64) -> Committed {
    Committed::Alert(Arc::new(an_alert(number, title, version)))
}

fn slice(alerts: &[Alert], comments: &[Part]) -> Slice {
    Slice {
        alerts: alerts.to_vec(),
        comments: comments.iter().filter_map(Comment::of).collect(),
    }
}

/// The alerts in which words stand, oldest first.
fn found(searchable: &Searchable, text: &str) -> Vec<u128> {
    let query = AlertQuery {
        text: text.to_owned(),
        ..AlertQuery::default()
    };
    let found = searchable.read().index().all(&query);
    found.into_iter().map(|id| id.as_u128()).collect()
}

fn progress(searchable: &Searchable) -> Option<(u64, u64)> {
    let incomplete = searchable.progress().err();
    incomplete.map(|index| (index.searched, index.of))
}

#[test]
fn what_is_committed_while_the_index_is_filled_is_newer_than_what_is_filled() {
    let searchable = Searchable::to_be_filled(3);
    assert_eq!(progress(&searchable), Some((0, 3)));
    // A new alert, and a change of one that is not filled yet.
    searchable.committed(vec![
        alert(4, "fourth", 1),
        alert(4, "fourth again", 2),
        alert(1, "first again", 3),
    ]);
    assert_eq!(found(&searchable, ""), [4]);
    assert_eq!(progress(&searchable), Some((1, 4)));
    // What is read may be of before or after any commit.
    let [second, third] = [(2, "second"), (3, "third")].map(|it| an_alert(it.0, it.1, 1));
    searchable.fill(&slice(&[an_alert(4, "fourth", 1), third, second], &[]));
    assert_eq!(found(&searchable, ""), [2, 3, 4]);
    assert_eq!(found(&searchable, "again"), [4]);
    assert_eq!(progress(&searchable), Some((3, 4)));
    searchable.committed(vec![alert(2, "second again", 2)]);
    assert_eq!(found(&searchable, "again"), [2, 4]);
    searchable.fill(&slice(&[an_alert(1, "first", 2)], &[]));
    searchable.end_filling(0);
    assert_eq!(found(&searchable, "again"), [1, 2, 4]);
    assert_eq!(progress(&searchable), None);
    assert!(!searchable.is_unfilled());
}

#[test]
fn comments_are_found_as_the_last_commit_left_them() {
    let searchable = Searchable::to_be_filled(2);
    let alerts = [an_alert(2, "second", 1), an_alert(1, "first", 1)];
    let comment = |comment| Committed::Part(Box::new(comment));
    searchable.committed(vec![
        comment(a_comment(11, 1, "<p>gone</p>", true)),
        comment(a_comment(12, 1, "<p>edited</p>", false)),
        comment(a_comment(13, 2, "<p>new</p>", false)),
    ]);
    // Before its alert is there nothing of it is found.
    assert!(found(&searchable, "edited").is_empty());
    let stored = [
        a_comment(11, 1, "<p>gone</p>", false),
        a_comment(12, 1, "<p>draft</p>", false),
        a_comment(14, 1, "<p>kept early</p>", false),
        a_comment(14, 1, "<p>kept late</p>", false),
    ];
    searchable.fill(&slice(&alerts, &stored));
    for text in ["gone", "draft", "early kept"] {
        assert!(found(&searchable, text).is_empty(), "{text}");
    }
    searchable.end_filling(0);
    for text in ["gone", "draft", "early kept"] {
        assert!(found(&searchable, text).is_empty(), "{text}");
    }
    for (text, expect) in [("edited", 1), ("kept late", 1), ("new", 2)] {
        assert_eq!(found(&searchable, text), [expect], "{text}");
    }
}

#[tokio::test]
async fn an_index_without_its_damaged_alerts_is_not_whole_and_nobody_waits_for_it() {
    let searchable = Searchable::to_be_filled(2);
    let (whole, ()) = tokio::join!(searchable.filled(false), async {
        assert!(searchable.is_wanted());
        searchable.fill(&slice(&[an_alert(1, "first", 1)], &[]));
        searchable.end_filling(1);
    });
    assert!(!searchable.is_wanted());
    let expect = IncompleteIndex {
        searched: 1,
        of: 2,
        is_stuck: true,
    };
    assert_eq!(whole.err(), Some(expect));
}

#[tokio::test]
async fn who_waits_for_a_whole_index_is_woken_when_it_is_and_when_the_host_stops() {
    let whole = Searchable::empty();
    assert!(whole.filled(false).await.is_ok());
    let stopped = Searchable::to_be_filled(1);
    let (none, ()) = tokio::join!(stopped.filled(true), async {
        assert!(!stopped.is_wanted());
        stopped.give_up_filling();
    });
    assert!(none.is_err());
}

#[test]
fn the_thread_is_told_once_until_it_has_entered_what_was_committed() {
    let searchable = Searchable::empty();
    assert!(searchable.committed(vec![alert(1, "first", 1)]));
    assert!(!searchable.committed(vec![alert(2, "second", 1)]));
    assert_eq!(searchable.pending(), 2);
    searchable.enter_noted();
    assert_eq!(searchable.pending(), 0);
    assert!(searchable.committed(vec![alert(3, "third", 1)]));
}
