//! Alerts while their index is filled after a start: what is found of them, what is exact all the same, and who waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use store::backend::{Backend, Direction, Entry, KeyRange};
use store::key::TenantId;
use store::memory::MemoryBackend;
use store::{Batch, StoreError};
use tests::{Client, TestHost};

use super::text;
use crate::payments::{BATCH, Payments, payment};
use crate::trying::until;

/// Pages that a start reads for itself, to see whether open alerts are noted.
const AT_START: usize = 1;
/// Pages after which the first alerts are found: filling reads 256 at once, and looks at the next one.
const FIRST_PART: usize = 3;

/// More than are read at once, so that filling can stop in between.
const ALERTS: usize = 300;

/// A store in which alerts can be read newest first as often as a test allows: only filling reads them so.
struct Gate {
    store: MemoryBackend,
    pages: AtomicUsize,
}

impl Gate {
    fn open_over(store: MemoryBackend) -> Arc<Self> {
        let pages = AtomicUsize::new(usize::MAX);
        Arc::new(Self { store, pages })
    }

    /// Lets so many pages of alerts be read from now on; each has 128.
    fn let_through(&self, pages: usize) {
        self.pages.store(pages, Ordering::Relaxed);
    }
}

impl Backend for Gate {
    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool, StoreError> {
        self.store.read(key, read)
    }

    fn page(&self, range: &KeyRange, direction: Direction) -> Result<Vec<Entry>, StoreError> {
        let of_filling = KeyRange::alerts(TenantId(1));
        if direction == Direction::Reverse && range.start() == of_filling.start() {
            let left = |pages: usize| match pages {
                usize::MAX => Some(pages),
                pages => pages.checked_sub(1),
            };
            let counted = (self.pages).fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
            if counted.is_err() {
                return Err(StoreError::Io {
                    path: "store".into(),
                    detail: "the gate is closed".to_owned(),
                });
            }
        }
        self.store.page(range, direction)
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.store.apply(batch)
    }
}

/// A tenant with so many alerts, one for each payment `t0`, `t1` and so on of customers `c0`, `c1` and so on.
async fn with_alerts(count: usize) -> (Payments, Arc<Gate>) {
    let gate = Gate::open_over(MemoryBackend::new());
    let builder = TestHost::builder().over(gate.clone());
    let payments = Payments::on(builder).await.with_large_amount().await;
    let lines = (0..count).map(|number| {
        let amount = 20_000.0 + number as f64;
        let payment = payment(&format!("t{number}"), &format!("c{number}"), amount);
        format!("{payment}\n")
    });
    let media_type = "application/x-ndjson";
    let posted = payments
        .key
        .post_as(BATCH, media_type, lines.collect::<String>());
    assert!(posted.await.is_success());
    (payments, gate)
}

async fn one(client: &Client, query: &str) -> Value {
    let found = client.get(&format!("/v1/alerts?{query}")).await.expect(200);
    let items = found["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{query}: {found}");
    items[0].clone()
}

/// Waits until the metric of alerts that are not found yet is as it is meant to be, and returns it.
async fn metric(client: &Client, is_meant: impl Fn(usize) -> bool) -> usize {
    loop {
        let metrics = client.get("/metrics").await.text();
        let mut lines = metrics.lines();
        let missing =
            lines.find_map(|line| line.strip_prefix("vervet_alert_index_missing_alerts "));
        let missing = missing.and_then(|number| number.parse().ok());
        if let Some(missing) = missing.filter(|missing| is_meant(*missing)) {
            return missing;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until every alert is found.
async fn filled(client: &Client) {
    until(client, "/v1/alerts?limit=1", |page| {
        page["incomplete"].is_null()
    })
    .await;
    let ready = client.get("/readyz").await.expect(200);
    assert!(ready["alert_indexes"].is_null(), "{ready}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_a_part_says_so_and_finds_the_newest() {
    let (mut payments, gate) = with_alerts(ALERTS).await;
    let client = payments.tenant.administrator.clone();
    let before = client.all("/v1/alerts").await;
    let ids = |alerts: &[Value]| -> Vec<String> {
        let ids = alerts.iter().map(|alert| text(&alert["id"]).to_owned());
        ids.collect()
    };
    let before = ids(&before);
    assert_eq!(before.len(), ALERTS);

    gate.let_through(AT_START + FIRST_PART);
    payments.host.restart().await;
    until(&client, "/readyz", |ready| {
        ready["alert_indexes"]["searched"].as_u64() > Some(0)
    })
    .await;
    let missing = metric(&client, |missing| 0 < missing && missing < ALERTS).await;
    let page = client.get("/v1/alerts?limit=500").await.expect(200);
    let searched = page["incomplete"]["searched"].as_u64().expect("a number") as usize;
    assert!(0 < searched && searched < ALERTS, "{searched}");
    assert_eq!(page["incomplete"]["of"], ALERTS);
    assert_eq!(missing, ALERTS - searched);
    let ready = client.get("/readyz").await.expect(200);
    assert_eq!(ready["status"], "ready");
    assert_eq!(
        ready["alert_indexes"],
        json!({ "tenants": 1, "searched": searched, "of": ALERTS })
    );
    let items = page["items"].as_array().expect("items");
    assert_eq!(ids(items), before[..searched]);
    let counts = client.get("/v1/alerts/summary").await.expect(200);
    assert_eq!(counts["count"], searched);
    assert_eq!(counts["incomplete"], page["incomplete"]);

    // An alert that is not found yet is read and changed by its id.
    let oldest = format!("/v1/alerts/{}", before[ALERTS - 1]);
    let none = client.get("/v1/alerts?txn_id=t0").await.expect(200);
    assert!(
        none["items"].as_array().is_some_and(Vec::is_empty),
        "{none}"
    );
    assert_eq!(none["incomplete"]["searched"], searched);
    client.get(&oldest).await.expect(200);
    let change = json!({ "title": "Seen before it was found" });
    client.patch(&oldest, change).await.expect(200);
    let comment = json!({ "text": "<p>remarkable</p>" });
    let comments = format!("{oldest}/comments");
    client.post(&comments, comment).await.expect(201);
    // A state that may be that of an alert that is not found yet is not refused.
    client.get("/v1/alerts?state=opne").await.expect(200);

    // Nothing that is posted waits, and it is found at once.
    let posted = payments.post(payment("new", "dora", 30_000.0)).await;
    let new = text(&posted.expect(201)["alerts"][0]["id"]).to_owned();
    let first = client.get("/v1/alerts?limit=1").await.expect(200);
    assert_eq!(first["items"][0]["id"], new);
    let expect = json!({ "searched": searched + 1, "of": ALERTS + 1 });
    assert_eq!(first["incomplete"], expect);

    gate.let_through(usize::MAX);
    filled(&client).await;
    let all = client.all("/v1/alerts").await;
    assert_eq!(ids(&all)[0], new);
    assert_eq!(ids(&all)[1..], before);
    for query in ["txn_id=t0", "q=remarkable", "q=seen%20before"] {
        assert_eq!(
            one(&client, query).await["id"],
            before[ALERTS - 1],
            "{query}"
        );
    }
    client.get("/v1/alerts?state=opne").await.problem(400);
    metric(&client, |missing| missing == 0).await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_all_alerts_waits_for_them() {
    let (mut payments, gate) = with_alerts(ALERTS).await;
    let client = payments.tenant.administrator.clone();
    let own = json!({ "title": "Odd", "severity": "high", "priority": "low" });
    let put = client.put("/v1/alert-types/odd", own).await;
    assert!(put.is_success(), "{}", put.text());
    super::search::make(&client, json!({ "incident_type": "odd" })).await;
    gate.let_through(AT_START);
    payments.host.restart().await;
    let asking = [
        tokio::spawn({
            let client = client.clone();
            async move {
                let bulk = json!({ "filter": {}, "change": { "priority": "high" } });
                let bulk = client.post("/v1/alerts/bulk", bulk).await.expect(202);
                bulk["of"] == ALERTS + 1
            }
        }),
        tokio::spawn({
            let client = client.clone();
            async move {
                let refused = client.delete("/v1/alert-types/odd").await;
                refused.problem(409).contains("there are alerts of type")
            }
        }),
        tokio::spawn({
            let client = client.clone();
            async move {
                let workflow = json!({
                    "states": [{ "name": "fresh", "title": "Fresh", "initial": true }, { "name": "done", "title": "Done", "closed": true }],
                    "transitions": [{ "source": "fresh", "destination": "done" }],
                });
                let refused = client.put("/v1/workflow", workflow).await;
                refused
                    .problem(409)
                    .contains(&format!("'open' ({} alerts)", ALERTS + 1))
            }
        }),
    ];
    // While they wait the tenant takes work.
    let posted = payments.post(payment("small", "dora", 10.0)).await;
    posted.expect(201);
    let page = client.get("/v1/alerts").await.expect(200);
    assert_eq!(
        page["incomplete"],
        json!({ "searched": 0, "of": ALERTS + 1 })
    );
    gate.let_through(usize::MAX);
    for asked in asking {
        assert!(asked.await.expect("an answer"));
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_alerts_join_those_that_no_search_finds_yet() {
    let (mut payments, gate) = with_alerts(3).await;
    let client = payments.tenant.administrator.clone();
    let merging = json!({ "period": "month", "condition": "rule" });
    let put = client.put("/v1/alert-merging", merging).await;
    assert!(put.is_success(), "{}", put.text());
    let mut alerts = Vec::new();
    for number in 0..3 {
        let alert = one(&client, &format!("txn_id=t{number}")).await;
        alerts.push(text(&alert["id"]).to_owned());
    }
    let close = format!("/v1/alerts/{}/transitions", alerts[1]);
    let closed = client.post(&close, json!({ "to": "closed" })).await;
    assert!(closed.is_success(), "{}", closed.text());
    gate.let_through(AT_START);
    payments.host.restart().await;
    let mut seen = Vec::new();
    for number in 0..3 {
        let payment = payment(&format!("again{number}"), &format!("c{number}"), 25_000.0);
        let posted = payments.post(payment).await.expect(201);
        seen.push(text(&posted["alerts"][0]["id"]).to_owned());
    }
    // One that is closed is joined by none.
    assert_eq!([&seen[0], &seen[2]], [&alerts[0], &alerts[2]]);
    assert_ne!(seen[1], alerts[1]);
    let page = client.get("/v1/alerts?limit=1").await.expect(200);
    assert!(page["incomplete"].is_object(), "{page}");

    // So it is after another restart, in the middle of filling, and after the power was cut.
    gate.let_through(AT_START);
    payments.host.restart().await;
    let cut = Gate::open_over(gate.store.power_cut(0));
    cut.let_through(AT_START);
    payments.host.restart_over(cut.clone()).await;
    let posted = payments.post(payment("more1", "c1", 25_000.0)).await;
    assert_eq!(posted.expect(201)["alerts"][0]["id"], seen[1]);
    cut.let_through(usize::MAX);
    filled(&client).await;
    for (txn_id, holder) in [
        ("again0", &seen[0]),
        ("again1", &seen[1]),
        ("more1", &seen[1]),
    ] {
        assert_eq!(
            one(&client, &format!("txn_id={txn_id}")).await["id"],
            **holder
        );
    }
    // Taken back, it is an alert of its own again.
    let unmerge = format!("/v1/alerts/{}/unmerge", seen[1]);
    client.post(&unmerge, json!({})).await.expect(200);
    let count = client.get("/v1/alerts/summary").await.expect(200)["count"].clone();
    assert_eq!(count, 5);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_enter_the_index_though_nobody_searches() {
    let (payments, _) = with_alerts(ALERTS).await;
    let (_, lane) = payments.host.app().tenants().remove(0);
    while lane.unindexed() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(lane.search_now(|index, _| index.len()), ALERTS);
    drop(lane);
    payments.host.stop().await;
}
