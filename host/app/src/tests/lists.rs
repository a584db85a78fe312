//! Changes of lists in a lane, over restarts and failed commits, against whole lists; and what one change writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{AdditionalFields, PayloadSchema};
use domain::time::Timestamp;
use domain::window::Lists;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{RngExt, SeedableRng};

use crate::memory_host::MemoryHost;
use engine::lane::{Actor, Change, ChangeError, LaneError, NewIngest, Posted};
use engine::list::*;
use ingest::{KeyedHash, Payload};
use store::backend::{Direction, KeyRange};
use tenant::{Answer, Authority, List, SchemaRecord, Team, TeamKind};

const TEAM: u32 = 1;
const NAME: &str = "high_risk";

type Entries = BTreeSet<String>;

fn entries_of(list: &List) -> Entries {
    list.entries.iter().map(str::to_owned).collect()
}

fn why() -> Why {
    Why {
        by: Actor::Host,
        action: "list.change",
        note: None,
    }
}

/// Makes a change as a request does: it is prepared where the lane asks for that.
async fn make(host: &MemoryHost, wanted: Wanted) -> Changed {
    let change = ListChange::new(NAME, wanted, why());
    loop {
        let attempt = change.clone();
        let attempt = host.change(move |lane| attempt.make(lane)).await;
        match attempt.expect("the change is allowed") {
            Attempt::Made(changed) => return changed,
            Attempt::Unprepared(list) => prepare(host, &change, list.as_ref()),
        }
    }
}

fn prepare(host: &MemoryHost, change: &ListChange, list: Option<&Arc<List>>) {
    let prepared = change.prepare(&host.services().store, host.tenant, list);
    prepared.expect("the store is read");
}

fn schema() -> Arc<PayloadSchema> {
    let schema = PayloadSchema::new(1, Vec::new(), AdditionalFields::Reject, None);
    Arc::new(schema.expect("a good schema"))
}

async fn put_team(host: &MemoryHost) {
    let schema = PayloadSchema::clone(&schema());
    let team = Team {
        id: TEAM,
        name: "fraud".to_owned(),
        title: "Fraud".to_owned(),
        kind: TeamKind::TransactionMonitoring,
        answer: Answer::Full,
        schemas: vec![SchemaRecord::of(schema, 0)],
        created_at: 0,
        version: 1,
    };
    host.change(move |change| {
        change.audit(&Actor::Host, "team.create", "fraud");
        change.put(team);
    })
    .await;
}

async fn post(host: &MemoryHost, number: usize) {
    let json =
        format!(r#"{{"txn_id":"t{number}","customer_id":"c","date_time":"2026-01-02T03:04:05Z"}}"#);
    let payload = Payload::Json(Bytes::from(json));
    let transaction = payload
        .read(&schema(), &KeyedHash::new(&[7; 32]))
        .expect("a good payload");
    let ingest = NewIngest {
        by: Authority::Host,
        team: TEAM,
        posted: vec![Posted {
            payload,
            transaction,
        }],
        bytes: 100,
        received_at: Timestamp::from_micros(5),
    };
    host.lane.ingest(ingest).await.expect("it is durable");
}

/// What a list was and is.
#[derive(Default)]
struct Oracle {
    now: Option<Entries>,
    /// Each version; none for one that deleted the list.
    versions: Vec<(u64, Option<Entries>)>,
    /// What each transaction saw, from the first on.
    seen: Vec<Option<Entries>>,
}

impl Oracle {
    fn check_now(&self, host: &MemoryHost) {
        let definitions = host.lane.definitions();
        let list = definitions.lists.get(NAME);
        assert_eq!(list.map(|list| entries_of(list)), self.now);
        let pages = KeyRange::list_pages(host.tenant, NAME);
        let stored = host.services().store.range(pages, Direction::Forward);
        let held = list.map_or(0, |list| list.entries.pages().count());
        assert_eq!(stored.count(), held, "no page is left behind");
    }

    fn check_past(&self, host: &MemoryHost) {
        let definitions = host.lane.definitions();
        let store = &host.services().store;
        let defined = definitions.lists.get(NAME);
        let versions = Versions::of(store, host.tenant, NAME, defined, u64::MAX);
        let versions = versions.expect("the store is read");
        for (version, entries) in &self.versions {
            let was = AsOf::read(&versions, Moment::Version(*version));
            assert_eq!(was.ok().map(|was| was.entries()), *entries, "{version}");
        }
        let names = [NAME.to_owned()];
        let timeline = ListTimeline::load(store, host.tenant, &definitions, TEAM, &names);
        let mut timeline = timeline.expect("the store is read");
        let all: Entries = self.seen.iter().flatten().flatten().cloned().collect();
        for (before, saw) in self.seen.iter().enumerate() {
            timeline.advance_to(before as u64 + 1);
            for entry in &all {
                let expect = saw.as_ref().is_some_and(|saw| saw.contains(entry));
                assert_eq!(timeline.contains(NAME, entry), expect, "at {}", before + 1);
            }
        }
    }

    async fn change(&mut self, host: &MemoryHost, wanted: Wanted) {
        let before = self.now.clone().unwrap_or_default();
        let after = match &wanted {
            Wanted::Entries(entries) => Some(entries.clone()),
            Wanted::Edited { add, remove } => Some(&(&before | add) - remove),
            Wanted::Deleted => None,
        };
        let changed = make(host, wanted).await;
        let nothing = Entries::new();
        let to = after.as_ref().unwrap_or(&nothing);
        assert_eq!(changed.added, to.difference(&before).count());
        assert_eq!(changed.removed, before.difference(to).count());
        assert_eq!(changed.is_new, self.now.is_none() && after.is_some());
        if self.now != after {
            let position = host.lane.position();
            let version = changed.list.map_or(position, |list| list.version);
            self.versions.push((version, after.clone()));
        }
        self.now = after;
    }
}

/// Entries of which a page has some twenty.
fn universe() -> Vec<String> {
    let entries = (0..500).map(|number| format!("{:03}-{}", number * 37 % 500, "ü".repeat(190)));
    entries
        .chain((0..100).map(|number| format!("{number:03}")))
        .collect()
}

fn some(random: &mut StdRng, from: &[String], most: usize) -> Entries {
    let count = random.random_range(0..=most);
    from.iter()
        .cloned()
        .sample(random, count)
        .into_iter()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_what_its_changes_make_of_it_over_restarts() {
    let universe = universe();
    for seed in 0..3 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut host = MemoryHost::start().await;
        put_team(&host).await;
        let mut oracle = Oracle::default();
        for _ in 0..150 {
            let there: Vec<String> = oracle.now.iter().flatten().cloned().collect();
            match random.random_range(0..20) {
                0..6 => {
                    let add = some(&mut random, &universe, 5);
                    let remove = some(&mut random, &there, 3);
                    oracle.change(&host, Wanted::Edited { add, remove }).await;
                }
                6..9 => {
                    let add = some(&mut random, &universe, 300);
                    let remove = some(&mut random, &universe, 300);
                    oracle.change(&host, Wanted::Edited { add, remove }).await;
                }
                9..11 => {
                    let remove = some(&mut random, &there, there.len());
                    let add = Entries::new();
                    oracle.change(&host, Wanted::Edited { add, remove }).await;
                }
                11..14 => {
                    let entries = some(&mut random, &universe, 600);
                    oracle.change(&host, Wanted::Entries(entries)).await;
                }
                14 if oracle.now.is_some() => oracle.change(&host, Wanted::Deleted).await,
                15 => {
                    host = host.restart(|_| ()).await;
                    oracle.check_past(&host);
                }
                _ => {
                    post(&host, oracle.seen.len()).await;
                    oracle.seen.push(oracle.now.clone());
                }
            }
            oracle.check_now(&host);
        }
        host = host.restart(|_| ()).await;
        oracle.check_now(&host);
        oracle.check_past(&host);
    }
}

fn numbered(count: usize) -> Entries {
    let entries = (0..count).map(|number| format!("customer-{number:07}"));
    entries.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_entry_more_or_less_writes_as_much_however_long_the_list_is() {
    let mut written = Vec::new();
    for count in [1_000, 10_000, 100_000] {
        let host = MemoryHost::start().await;
        make(&host, Wanted::Entries(numbered(count))).await;
        // What a host writes once beside all else is written.
        let host = host.restart(|_| ()).await;
        let one = Entries::from(["customer-0000500x".to_owned()]);
        let add = Wanted::Edited {
            add: one.clone(),
            remove: Entries::new(),
        };
        let remove = Wanted::Edited {
            add: Entries::new(),
            remove: one,
        };
        for wanted in [add, remove] {
            let before = host.backend.writes();
            let changed = make(&host, wanted).await;
            assert_eq!(changed.added + changed.removed, 1);
            let after = host.backend.writes();
            written.push((after.0 - before.0, after.1 - before.1));
        }
    }
    for (keys, bytes) in &written {
        assert_eq!(
            *keys, 5,
            "the version, a page, the definition, the audit and the store's position: {written:?}"
        );
        assert!(*bytes < 12_000, "{written:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_long_is_not_worked_out_in_the_lane() {
    let host = MemoryHost::start().await;
    let attempt = async |change: &ListChange| {
        let before = host.backend.writes();
        let change = change.clone();
        let attempt = host.change(move |lane| change.make(lane)).await;
        let attempt = attempt.expect("the change is allowed");
        (attempt, host.backend.writes().0 - before.0)
    };
    let edited = |add: Entries| Wanted::Edited {
        add,
        remove: Entries::new(),
    };
    let wanted = [
        Wanted::Entries(numbered(1_000)),
        edited(["x", "y"].map(str::to_owned).into()),
        edited(numbered(1_500)),
        Wanted::Entries(numbered(3)),
        Wanted::Deleted,
    ];
    let is_long = [true, false, true, true, false];
    for (wanted, is_long) in wanted.into_iter().zip(is_long) {
        let what = format!("{wanted:.50?}");
        let change = ListChange::new(NAME, wanted, why());
        let (first, writes) = attempt(&change).await;
        match first {
            Attempt::Unprepared(list) => {
                assert!(is_long && writes == 0, "{what}");
                // What was prepared for a list that is another by now is not put in place.
                make(&host, edited(Entries::from([format!("{writes} {what}")]))).await;
                prepare(&host, &change, list.as_ref());
                let (second, writes) = attempt(&change).await;
                let Attempt::Unprepared(list) = second else {
                    panic!("{what} was prepared for another list");
                };
                assert_eq!(writes, 0, "{what}");
                prepare(&host, &change, list.as_ref());
                let (third, _) = attempt(&change).await;
                assert!(matches!(third, Attempt::Made(_)), "{what}");
            }
            Attempt::Made(_) => assert!(!is_long, "{what}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_not_durable_leaves_the_list_as_it_was() {
    let host = MemoryHost::start().await;
    let mut oracle = Oracle::default();
    oracle.change(&host, Wanted::Entries(numbered(5_000))).await;
    for wanted in [
        Wanted::Entries(numbered(2_000)),
        Wanted::Edited {
            add: Entries::from(["x".to_owned()]),
            remove: Entries::new(),
        },
    ] {
        host.backend.set_full(true);
        let change = ListChange::new(NAME, wanted, why());
        let list = host.lane.definitions().lists.get(NAME).cloned();
        prepare(&host, &change, list.as_ref());
        let attempt = move |lane: &mut Change<'_>| change.make(lane);
        let failed = host.lane.change(attempt).await;
        let is_not_durable = matches!(failed, Err(ChangeError::Lane(LaneError::NotDurable(_))));
        assert!(is_not_durable, "{failed:?}");
        host.backend.set_full(false);
        host.lane.load().await.expect("the lane is rebuilt");
        oracle.check_now(&host);
        let entries = numbered(4_000);
        oracle.change(&host, Wanted::Entries(entries)).await;
        oracle.check_now(&host);
    }
}
