//! What a lane promises, over a real store that is in memory.

mod index_bell;
mod installs;
mod windows;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{AdditionalFields, Field, FieldType, PayloadSchema, Sensitivity};
use domain::time::Timestamp;

use crate::App;
use base::clock::Clock;
use config::Config;
use engine::lane::testing::Sealed;
use engine::lane::*;
use ingest::{KeyedHash, Payload};
use store::backend::{Backend, Direction, KeyRange};
use store::index::IndexRow;
use store::key::{Key, Record, TeamId, TenantId};
use store::memory::MemoryBackend;
use store::{CommitLimits, Store};
use tenant::{Answer, Authority, SchemaRecord, Team, TeamKind};
use tokio::sync::oneshot;

struct Fixture {
    app: Arc<App>,
    tenant: TenantId,
    lane: Arc<Lane>,
    backend: Arc<MemoryBackend>,
    directory: tempfile::TempDir,
}

const HASH_KEY: [u8; 32] = [7; 32];

impl Fixture {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: fn(&mut Config)) -> Self {
        let backend = Arc::new(MemoryBackend::new());
        let directory = tempfile::tempdir().expect("a directory");
        let app = start_with(backend.clone(), &directory, change);
        let tenant = app
            .create_tenant("athora", "Athora", "Europe/Brussels")
            .await
            .expect("a tenant");
        let tenant = TenantId(tenant.id);
        let lane = app.lane(tenant).expect("its lane");
        let put = |change: &mut Change<'_>| {
            change.audit(&Actor::Host, "team.create", "fraud");
            change.put(team(vec![schema(1, &[("amount", FieldType::Float)])]));
            Ok::<_, Infallible>(())
        };
        lane.change(put).await.expect("a team");
        Self {
            app,
            tenant,
            lane,
            backend,
            directory,
        }
    }

    /// What is there after a power cut that loses all that was not synced.
    async fn after_power_cut(self) -> Self {
        let backend = Arc::new(self.backend.power_cut(0));
        let app = start(backend.clone(), &self.directory);
        let (tenant, lane) = app.tenants().pop().expect("the tenant is there");
        Self {
            app,
            tenant,
            lane,
            backend,
            directory: self.directory,
        }
    }

    async fn post(&self, payloads: &[&str]) -> Result<Vec<Ingested>, LaneError> {
        let definitions = self.lane.definitions();
        let schema = definitions
            .teams
            .get("fraud")
            .and_then(|team| team.schema());
        let schema = schema.expect("the team has a schema");
        let posted = payloads.iter().map(|text| {
            let payload = Payload::Json(Bytes::from((*text).to_owned()));
            let transaction = payload
                .read(&schema, &KeyedHash::new(&HASH_KEY))
                .expect("a good payload");
            Posted {
                payload,
                transaction,
            }
        });
        let ingest = NewIngest {
            by: Authority::Host,
            team: 1,
            posted: posted.collect(),
            bytes: 100,
            received_at: Timestamp::from_micros(5),
        };
        self.lane.ingest(ingest).await
    }

    /// A turn ends a moment after its transactions were answered.
    async fn becomes_idle(&self) {
        while !self.lane.is_idle() {
            tokio::task::yield_now().await;
        }
    }

    async fn find(&self, txn_id: &str) -> Option<StoredTransaction> {
        let view = self.lane.team(1).await.expect("the team");
        view.find(txn_id).expect("the store is read")
    }
}

fn start(backend: Arc<MemoryBackend>, directory: &tempfile::TempDir) -> Arc<App> {
    start_with(backend, directory, |_| ())
}

fn start_with(
    backend: Arc<MemoryBackend>,
    directory: &tempfile::TempDir,
    change: fn(&mut Config),
) -> Arc<App> {
    let store = Store::over(backend as Arc<dyn Backend>, CommitLimits::default());
    let mut config = Config {
        data: directory.path().to_owned(),
        ..Config::default()
    };
    change(&mut config);
    let compiler = directory.path().join("no-compiler-is-needed");
    App::wire(
        config,
        store.expect("a store"),
        Clock::default(),
        [0; 32],
        compiler,
    )
    .expect("the host starts")
}

fn schema(version: u32, fields: &[(&str, FieldType)]) -> SchemaRecord {
    let fields = fields.iter().map(|(name, field_type)| Field {
        name: (*name).to_owned(),
        field_type: *field_type,
        description: String::new(),
        sensitivity: Sensitivity::Open,
    });
    let schema = PayloadSchema::new(version, fields.collect(), AdditionalFields::Reject, None);
    SchemaRecord::of(schema.expect("a good schema"), 0)
}

fn team(schemas: Vec<SchemaRecord>) -> Team {
    Team {
        id: 1,
        name: "fraud".to_owned(),
        title: "Fraud".to_owned(),
        kind: TeamKind::TransactionMonitoring,
        answer: Answer::Full,
        schemas,
        created_at: 0,
        version: 1,
    }
}

fn payload(txn_id: &str, amount: &str) -> String {
    format!(
        r#"{{"txn_id":"{txn_id}","customer_id":"c1","date_time":"2026-01-02T03:04:05Z","amount":{amount}}}"#
    )
}

fn said(ingested: &[Ingested]) -> Vec<(&'static str, u64)> {
    let one = |ingested: &Ingested| match ingested {
        Ingested::Accepted(receipt) => ("accepted", receipt.sequence),
        Ingested::Duplicate(receipt) => ("duplicate", receipt.sequence),
        Ingested::Conflict => ("conflict", 0),
        Ingested::Refused(_) => ("refused", 0),
    };
    ingested.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_accepted_once() {
    let host = Fixture::new().await;
    let (a, a_again, a_other) = (payload("a", "1.50"), payload("a", "1.5"), payload("a", "2"));
    let b = payload("b", "0");
    let ingested = host
        .post(&[&a, &a_again, &a_other, &b])
        .await
        .expect("durable");
    let expect = [
        ("accepted", 1),
        ("duplicate", 1),
        ("conflict", 0),
        ("accepted", 2),
    ];
    assert_eq!(said(&ingested), expect, "within a turn");

    let ingested = host.post(&[&a_other, &a_again]).await.expect("durable");
    assert_eq!(
        said(&ingested),
        [("conflict", 0), ("duplicate", 1)],
        "later"
    );
    assert_eq!(host.find("a").await.map(|stored| stored.sequence), Some(1));
    assert!(host.find("c").await.is_none());
}

/// A host whose turns have time for the inputs of one transaction.
async fn hasty() -> Fixture {
    Fixture::with(|config| config.lanes.input_milliseconds = 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_takes_too_long_goes_on_in_the_next_one() {
    let host = hasty().await;
    let mut payloads: Vec<String> = (0..300).map(|n| payload(&format!("t{n}"), "1")).collect();
    payloads.extend([payload("t7", "1"), payload("t8", "2"), payload("t9", "1")]);
    let (first, second) = payloads.split_at(200);
    let texts = |payloads: &[String]| payloads.to_vec();
    let (first, second) = (texts(first), texts(second));
    let post = async |payloads: &[String]| {
        let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
        said(&host.post(&payloads).await.expect("durable"))
    };
    let nothing = |_: &mut Change<'_>| Ok::<(), Infallible>(());
    let (first, second, changed) =
        tokio::join!(post(&first), post(&second), host.lane.change(nothing));
    changed.expect("a change between them is made");
    let said = [first, second].concat();
    let accepted: Vec<_> = (1..=300).map(|sequence| ("accepted", sequence)).collect();
    assert_eq!(said[..300], accepted);
    let again = [("duplicate", 8), ("conflict", 0), ("duplicate", 10)];
    assert_eq!(said[300..], again);
    host.becomes_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_turn_had_no_time_for_fails_with_it() {
    let host = hasty().await;
    host.post(&[&payload("a", "1")]).await.expect("durable");
    host.backend.set_full(true);
    let payloads: Vec<String> = (0..50).map(|n| payload(&format!("t{n}"), "1")).collect();
    let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
    let refused = host.post(&payloads).await.expect_err("no room");
    assert!(matches!(refused, LaneError::NotDurable(_)), "{refused:?}");
    host.backend.set_full(false);
    let ingested = host.post(&payloads).await.expect("durable");
    assert!(
        said(&ingested)
            .iter()
            .all(|(outcome, _)| *outcome == "accepted")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_power_cut() {
    let host = Fixture::new().await;
    let payloads: Vec<String> = (0..600).map(|n| payload(&format!("t{n}"), "1")).collect();
    let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
    host.post(&payloads).await.expect("durable");
    let host = host.after_power_cut().await;
    for number in [0, 1, 255, 256, 599] {
        let found = host.find(&format!("t{number}")).await;
        assert_eq!(found.map(|stored| stored.sequence), Some(number + 1));
    }
    let again = host.post(&[payloads[3], &payload("new", "1")]).await;
    let expect = [("duplicate", 4), ("accepted", 601)];
    assert_eq!(said(&again.expect("durable")), expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_the_lane_goes_on_when_there_is_room() {
    let host = Fixture::new().await;
    host.post(&[&payload("a", "1")]).await.expect("durable");
    host.backend.set_full(true);
    let refused = host.post(&[&payload("b", "1")]).await.expect_err("no room");
    assert!(matches!(refused, LaneError::NotDurable(_)), "{refused:?}");
    host.backend.set_full(false);
    let ingested = host.post(&[&payload("b", "1"), &payload("a", "1")]).await;
    let expect = [("accepted", 2), ("duplicate", 1)];
    assert_eq!(said(&ingested.expect("durable")), expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_a_lane_that_was_rebuilt_writes_no_index() {
    let host = Fixture::new().await;
    host.post(&[&payload("a", "1")]).await.expect("durable");
    let old = host.lane.team(1).await.expect("the team");
    host.backend.set_full(true);
    host.post(&[&payload("b", "1")]).await.expect_err("no room");
    host.backend.set_full(false);
    host.post(&[&payload("b", "1")]).await.expect("durable");
    let new = host.lane.team(1).await.expect("the team");
    assert!(!Arc::ptr_eq(&old, &new));

    let segment = Sealed::of(IndexRow {
        txn_id: 1,
        customer_id: 2,
        date_time: Timestamp::from_micros(3),
        sequence: 1,
    });
    let index = Key::new(host.tenant, &Record::Index { team: TeamId(1) });
    let is_written = || {
        let record = host.app.services.store.get(&index);
        record.expect("the store is read").is_some()
    };
    segment.write(&old);
    assert!(!is_written());
    segment.write(&new);
    assert!(is_written());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_known_under_another_schema() {
    let host = Fixture::new().await;
    let a = payload("a", "1");
    host.post(&[&a]).await.expect("durable");
    let wider = |change: &mut Change<'_>| {
        change.audit(&Actor::Host, "payload_schema.put", "fraud");
        change.put(team(vec![
            schema(1, &[("amount", FieldType::Float)]),
            schema(
                2,
                &[("amount", FieldType::Float), ("vip", FieldType::Boolean)],
            ),
        ]));
        Ok::<_, Infallible>(())
    };
    host.lane.change(wider).await.expect("a schema");
    let b = r#"{"txn_id":"b","customer_id":"c1","date_time":"2026-01-02T03:04:05Z","amount":1,"vip":true}"#;
    let ingested = host.post(&[b]).await.expect("durable");
    assert_eq!(said(&ingested), [("accepted", 2)]);
    let found = host.find("a").await.expect("it is there");
    assert_eq!(found.transaction.schema.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_refuses_itself_changes_nothing() {
    let host = Fixture::new().await;
    let refused = host
        .lane
        .change(|change: &mut Change<'_>| {
            change.put(Team {
                title: "Changed".to_owned(),
                ..team(Vec::new())
            });
            Err::<(), _>("no")
        })
        .await;
    assert!(matches!(refused, Err(ChangeError::Refused("no"))));
    let title = |definitions: &tenant::Definitions| {
        definitions
            .teams
            .get("fraud")
            .map(|team| team.title.clone())
    };
    assert_eq!(title(&host.lane.definitions()).as_deref(), Some("Fraud"));
    let host = host.after_power_cut().await;
    assert_eq!(title(&host.lane.definitions()).as_deref(), Some("Fraud"));
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_listed_newest_first_across_the_tail_and_the_indexes() {
    let host = Fixture::new().await;
    let text = |n: usize| {
        format!(
            r#"{{"txn_id":"t{n}","customer_id":"c{}","date_time":"2026-01-{:02}T00:00:{:02}Z","amount":1}}"#,
            n % 3,
            1 + n % 28,
            n % 60,
        )
    };
    let texts: Vec<String> = (0..9_000).map(text).collect();
    for chunk in texts.chunks(500) {
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        host.post(&chunk).await.expect("durable");
    }
    let view = host.lane.team(1).await.expect("the team");
    let mut expect: Vec<(Timestamp, u64)> = Vec::new();
    let mut query = TransactionQuery {
        customer_id: Some("c1".to_owned()),
        limit: 500,
        ..TransactionQuery::default()
    };
    loop {
        let page = view.list(&query).expect("the store is read");
        let Some(last) = page.last() else { break };
        query.after = Some((last.transaction.date_time, last.sequence));
        let places = page
            .iter()
            .map(|row| (row.transaction.date_time, row.sequence));
        expect.extend(places);
    }
    assert_eq!(expect.len(), 3_000);
    assert!(
        expect.is_sorted_by(|one, next| one > next),
        "newest first, none twice"
    );
    host.app.stop(std::time::Duration::from_secs(5)).await;
}

/// A record that changes read back.
const COUNTER: fn() -> Record = || Record::Session { session: [1; 16] };

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reads_what_changes_before_it_kept_durable_or_not() {
    let fixture = Fixture::new().await;
    let count = |change: &mut Change<'_>| {
        let before = change.record(&COUNTER())?.map_or(0, |bytes| bytes[0]);
        change.keep_record(&COUNTER(), vec![before + 1]);
        change.audit(&Actor::Host, "team.change", "x");
        change.put_outgoing(vec![before]);
        change.record(&COUNTER())
    };
    let counting = (0..200).map(|_| fixture.lane.change(count));
    let mut counted: Vec<_> = futures::future::join_all(counting)
        .await
        .into_iter()
        .map(|counted| counted.expect("a change").expect("its own record"))
        .collect();
    counted.sort();
    let expect: Vec<Vec<u8>> = (1..=200).map(|count| vec![count]).collect();
    assert_eq!(counted, expect);
    assert_eq!(fixture.app.services.outbox_bell.waiting(), 200);

    let fixture = fixture.after_power_cut().await;
    let tenant = fixture.app.tenants()[0].0;
    let numbers = || {
        let range = KeyRange::outbox_from(tenant, 0);
        let entries = fixture.app.services.store.range(range, Direction::Forward);
        entries.count()
    };
    assert_eq!(numbers(), 200);
    let last = fixture.lane.change(count).await.expect("a change");
    assert_eq!(last, Some(vec![201]));
    assert_eq!(numbers(), 201, "no number comes twice");
    let drop = |change: &mut Change<'_>| {
        change.drop_record(&COUNTER());
        change.record(&COUNTER())
    };
    assert_eq!(fixture.lane.change(drop).await.expect("a change"), None);
    let read = |change: &mut Change<'_>| change.record(&COUNTER());
    assert_eq!(fixture.lane.change(read).await.expect("a change"), None);
}

/// A lane that is kept busy by a change until it is let go.
struct HeldLane {
    release: std::sync::mpsc::Sender<()>,
    held: tokio::task::JoinHandle<()>,
}

impl HeldLane {
    async fn of(host: &Fixture) -> Self {
        let (release, released) = std::sync::mpsc::channel();
        let (begin, begun) = oneshot::channel();
        let hold = move |_: &mut Change<'_>| {
            begin.send(()).expect("the test waits for it");
            released.recv().expect("the test lets it go");
            Ok::<_, Infallible>(())
        };
        let lane = host.lane.clone();
        let held = tokio::spawn(async move { lane.change(hold).await.expect("it is let go") });
        begun.await.expect("it is the lane's turn");
        Self { release, held }
    }

    async fn let_go(self) {
        self.release.send(()).expect("it waits");
        self.held.await.expect("it ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_goes_ahead_is_made_before_all_that_waits() {
    let host = Fixture::new().await;
    host.post(&[&payload("before", "1")])
        .await
        .expect("durable");
    let held = HeldLane::of(&host).await;
    let next = |change: &mut Change<'_>| Ok::<_, Infallible>(change.next_sequence(1));
    let (a, b) = (payload("a", "1"), payload("b", "1"));
    let (a, b) = ([&*a], [&*b]);
    let mut posts = [host.post(&a), host.post(&b)].map(Box::pin);
    for post in &mut posts {
        assert!(futures::poll!(post).is_pending());
    }
    let mut behind = Box::pin(host.lane.change(next));
    assert!(futures::poll!(&mut behind).is_pending());
    let mut ahead = [(); 2].map(|()| Box::pin(host.lane.change_ahead(Authority::Host, next)));
    for ahead in &mut ahead {
        assert!(futures::poll!(ahead).is_pending());
    }
    held.let_go().await;
    for ahead in ahead {
        assert_eq!(ahead.await.expect("durable"), 2);
    }
    let posted = futures::future::join_all(posts).await;
    let posted = posted
        .into_iter()
        .map(|posted| said(&posted.expect("durable")));
    let posted: Vec<_> = posted.flatten().collect();
    assert_eq!(posted, [("accepted", 2), ("accepted", 3)]);
    assert_eq!(behind.await.expect("durable"), 4);
    host.becomes_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_ahead_of_what_a_turn_had_no_time_for() {
    let host = hasty().await;
    let held = HeldLane::of(&host).await;
    // Each turn places one transaction.
    let payloads: Vec<String> = (0..3_000).map(|n| payload(&format!("t{n}"), "1")).collect();
    let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
    let mut post = Box::pin(host.post(&payloads));
    assert!(futures::poll!(&mut post).is_pending());
    let next = |change: &mut Change<'_>| Ok::<_, Infallible>(change.next_sequence(1));
    let mut first = Box::pin(host.lane.change_ahead(Authority::Host, next));
    assert!(futures::poll!(&mut first).is_pending());
    held.let_go().await;
    assert_eq!(first.await.expect("durable"), 1);
    let second = host.lane.change_ahead(Authority::Host, next).await;
    assert!(second.expect("durable") <= 3_000);
    let posted = said(&post.await.expect("durable"));
    assert!(
        posted
            .into_iter()
            .eq((1..=3_000).map(|sequence| ("accepted", sequence)))
    );
}
