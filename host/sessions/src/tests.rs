//! What version 0.1.0 kept goes on being read right.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::history::Standing;
use super::names::External;
use super::record::{SessionRecord, read};
use super::{FetchedTransaction, HistoryPlace, View, sources_of};
use store::key::{Key, PageKey, Record, TenantId};
use store::memory::MemoryBackend;
use store::{Batch, CommitLimits, Store};

const TENANT: TenantId = TenantId(1);
const SESSION: Uuid = Uuid::from_u128(2);

/// A session as version 0.1.0 kept it, of which account `a` has two pages and account `b` one.
fn session() -> Value {
    let account = |id: &str| {
        json!({
            "id": id, "iban": null, "name": null, "currency": "PLN", "balances": [],
            "reaches_to": "2020-01-01", "is_whole": true,
        })
    };
    json!({
        "id": SESSION, "conversation": SESSION, "consent": SESSION, "client": "mwd", "bank": "75",
        "user": "anna", "hub_user": SESSION, "external_id": "E1", "context": null,
        "request": vec![0; 32], "announces": true, "started_at": 0, "changed_at": 0,
        "state": {
            "refresh": false, "started_on": "2024-02-29", "months": 13, "code": vec![1; 32],
            "accounts": [account("a"), account("b")], "is_complete": true, "end": null,
        },
        "pages": [
            { "account": 0, "page": 1, "parts": 1 },
            { "account": 0, "page": 2, "parts": 1 },
            { "account": 1, "page": 1, "parts": 1 },
        ],
        "events": [],
    })
}

fn transactions(all: &[(&str, &str)]) -> Vec<u8> {
    let each = all.iter().map(|(id, amount)| {
        json!({ "id": id, "booked_on": "2024-01-01", "amount": amount, "currency": "PLN" })
    });
    json!(each.collect::<Vec<_>>()).to_string().into_bytes()
}

async fn view() -> View {
    let backend = Arc::new(MemoryBackend::new());
    let store = Store::over(backend, CommitLimits::default()).expect("a store");
    let mut batch = Batch::new();
    let session = session().to_string().into_bytes();
    batch.put(Key::new(TENANT, &SessionRecord::key(SESSION)), session);
    // The second page repeats the first, once with another amount.
    for (account, page, all) in [
        (0, 1, &[("t1", "1"), ("t2", "2")][..]),
        (0, 2, &[("t2", "2.0"), ("t1", "9"), ("t3", "3")]),
        (1, 1, &[("t1", "5")]),
    ] {
        let key = PageKey {
            session: SESSION.into_bytes(),
            account,
            page,
        };
        let key = Key::new(TENANT, &Record::Fetched(key, 0));
        batch.put(key, transactions(all));
    }
    store.commit_wait(batch).await.expect("it is written");
    View::new(store, TENANT)
}

#[tokio::test]
async fn pages_that_overlap_are_told_apart_when_they_are_read() {
    let view = view().await;
    let session = view.session(SESSION).expect("it reads");
    let session = session.expect("it is there");
    let sources = sources_of(&session);
    let expect = [("t1", "1"), ("t2", "2"), ("t3", "3"), ("t1", "5")];
    for limit in 1..=5 {
        let (mut found, mut place) = (Vec::new(), HistoryPlace::default());
        loop {
            let some = view.history(&sources, place, limit).expect("it reads");
            let Some((_, _, next)) = some.last() else {
                break;
            };
            place = *next;
            found.extend(some.into_iter().map(|(_, one, _)| (one.id, one.amount)));
        }
        let found: Vec<_> = found.iter().map(|(id, sum)| (&**id, &**sum)).collect();
        assert_eq!(found, expect, "{limit} at a time");
    }

    let differing = view.differing(&session).expect("it reads");
    assert_eq!(differing.len(), 1);
    let one = &differing[0];
    assert_eq!((&*one.account, one.page, one.index), ("a", 2, 1));
    assert_eq!(one.transaction.as_deref(), Some("t1"));
}

#[tokio::test]
async fn a_new_page_is_compared_with_what_was_kept() {
    let held = view().await.held(SESSION, "a").expect("it reads");
    let page = FetchedTransaction::read_part(&transactions(&[
        ("t1", "1.00"),
        ("t1", "9"),
        ("t3", "3"),
        ("t4", "4"),
    ]));
    let standings = held.compare(&page.expect("transactions"));
    assert_eq!(
        standings,
        [
            Standing::Repeat,
            Standing::Differs,
            Standing::Repeat,
            Standing::New
        ]
    );
}

#[test]
fn what_was_made_under_a_name_no_longer_matters() {
    let kept = json!({ "user": "anna", "session": SESSION, "made": ["AccountsSyncStarted"] });
    let external: External = read("a sessionExternalId", kept.to_string().as_bytes())
        .expect("it reads what version 0.1.0 kept");
    assert_eq!((&*external.user, external.session), ("anna", SESSION));
}
