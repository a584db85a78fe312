use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;
use crate::backend::Backend;
use crate::committer::CommitLimits;
use crate::memory::MemoryBackend;

const TENANT: TenantId = TenantId(3);
const TEAM: TeamId = TeamId(5);

/// An index on a store in memory, and what it must find.
struct World {
    backend: Arc<MemoryBackend>,
    store: Store,
    index: TeamIndex,
    rows: Vec<IndexRow>,
}

impl World {
    fn new() -> Self {
        Self::over(Arc::new(MemoryBackend::new()), Vec::new())
    }

    fn over(backend: Arc<MemoryBackend>, rows: Vec<IndexRow>) -> Self {
        let opened = Store::over(
            Arc::clone(&backend) as Arc<dyn Backend>,
            CommitLimits::default(),
        );
        let store = opened.unwrap();
        let index = TeamIndex::open(&store, TENANT, TEAM).unwrap();
        Self {
            backend,
            store,
            index,
            rows,
        }
    }

    /// What a power cut leaves, opened again.
    fn after_power_cut(&self) -> Self {
        Self::over(Arc::new(self.backend.power_cut(0)), self.rows.clone())
    }

    fn commit(&self, step: Step) {
        assert!(
            step.batch.byte_len() <= 3 << 20,
            "{}",
            step.batch.byte_len()
        );
        futures::executor::block_on(self.store.commit_wait(step.batch)).unwrap();
        step.change.install();
    }

    /// Appends rows of which id, customer and time are given.
    fn append(&mut self, rows: impl IntoIterator<Item = (u64, u64, i64)>) {
        let watermark = self.rows.len() as u64;
        let rows: Vec<_> = (watermark..)
            .zip(rows)
            .map(|(sequence, (txn_id, customer_id, micros))| IndexRow {
                sequence,
                txn_id,
                customer_id,
                date_time: Timestamp::from_micros(micros),
            })
            .collect();
        for step in self.index.append(&rows) {
            self.commit(step);
        }
        self.rows.extend(rows);
        assert_eq!(self.index.reader().watermark(), self.rows.len() as u64);
    }

    /// Takes a small step of the work behind; `false` when there is none.
    fn work(&mut self) -> bool {
        let step = self.index.step(50_000, 7).unwrap();
        let is_some = step.is_some();
        step.into_iter().for_each(|step| self.commit(step));
        is_some
    }

    fn check_txn(&self, hash: u64) {
        let mut found = self.index.reader().lookup_txn(hash).unwrap();
        found.sort();
        let expect = self.rows.iter().filter(|row| row.txn_id == hash);
        assert_eq!(found, expect.map(|row| row.sequence).collect::<Vec<_>>());
    }

    /// Reads a range in pages of `limit`, of one customer or of all.
    fn check_range(&self, customer: Option<u64>, from: i64, to: i64, limit: usize) {
        let (from, to) = (Timestamp::from_micros(from), Timestamp::from_micros(to));
        let reader = self.index.reader();
        let mut found: Vec<Found> = Vec::new();
        loop {
            let after = found.last().copied();
            let page = match customer {
                Some(hash) => reader.customer_range(hash, from, to, after, limit),
                None => reader.time_range(from, to, after, limit),
            }
            .unwrap();
            let is_last = page.len() < limit;
            found.extend(page);
            if is_last {
                break;
            }
        }
        let mut expect: Vec<_> = (self.rows.iter())
            .filter(|row| customer.is_none_or(|hash| row.customer_id == hash))
            .filter(|row| (from..to).contains(&row.date_time))
            .map(|row| Found {
                date_time: row.date_time,
                sequence: row.sequence,
            })
            .collect();
        expect.sort();
        expect.reverse();
        assert_eq!(found, expect);
    }

    /// Whether the store holds chunks and guides of live runs alone.
    fn has_garbage(&self) -> bool {
        let mut live = BTreeSet::new();
        let mut found = BTreeSet::new();
        for entry in self
            .store
            .range(KeyRange::tenant(TENANT), Direction::Forward)
        {
            let (key, value) = entry.unwrap();
            match Key::parse(&key).unwrap().1 {
                Record::Run(run) => {
                    found.insert(run);
                    if let Header::Live(_) = Header::decode(run, &value).unwrap() {
                        live.insert(run);
                    }
                }
                Record::RunChunk(run, _) | Record::RunGuide(run, _) => {
                    found.insert(run);
                }
                _ => {}
            }
        }
        found != live
    }
}

#[derive(Clone, Debug)]
enum Action {
    Append(Vec<(u64, u64, i64)>),
    Work(usize),
    /// Make steps that are never committed, then lose power.
    Crash(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    // Few ids, also neighbours at both ends, so that hashes are the same and ranges touch.
    let hash = || prop_oneof![0_u64..6, u64::MAX - 3..=u64::MAX];
    let time = || prop_oneof![-4_i64..5, Just(i64::MIN), Just(i64::MAX)];
    let row = (hash(), hash(), time());
    let action = prop_oneof![
        8 => proptest::collection::vec(row, 1..9).prop_map(Action::Append),
        3 => (1_usize..5).prop_map(Action::Work),
        1 => (0_usize..4).prop_map(Action::Crash),
    ];
    proptest::collection::vec(action, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn finds_what_was_appended(actions in actions(), limit in 1_usize..5) {
        let mut world = World::new();
        for action in actions {
            match action {
                Action::Append(rows) => world.append(rows),
                Action::Work(steps) => (0..steps).for_each(|_| {
                    world.work();
                }),
                Action::Crash(steps) => {
                    for _ in 0..steps {
                        drop(world.index.step(50_000, 7).unwrap());
                    }
                    world = world.after_power_cut();
                }
            }
        }
        prop_assert_eq!(world.index.reader().watermark(), world.rows.len() as u64);
        for hash in [0, 1, 5, 6, u64::MAX - 1, u64::MAX] {
            world.check_txn(hash);
            world.check_range(Some(hash), -2, 3, limit);
            world.check_range(Some(hash), i64::MIN, i64::MAX, limit);
        }
        world.check_range(None, -2, 3, limit);
        world.check_range(None, i64::MIN, i64::MAX, limit);
        world.check_range(None, 3, -2, limit);
        while world.work() {}
        prop_assert!(!world.has_garbage());
    }
}

/// Rows whose ids are far apart, as hashes are.
fn scattered(rows: u64) -> impl Iterator<Item = (u64, u64, i64)> {
    let mix = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    (0..rows).map(move |at| (mix(at), mix(at % 50), (at as i64 * 7919) % 10_007))
}

#[test]
fn a_crash_anywhere_in_a_merge_loses_nothing_and_leaves_no_garbage() {
    let mut world = World::new();
    for part in 0..FAN_IN as u64 {
        world.append(scattered(16_000).skip(part as usize * 2_000).take(2_000));
    }
    let mut steps = 0;
    loop {
        let mut left = world.after_power_cut();
        for row in left.rows.iter().step_by(97) {
            assert_eq!(
                left.index.reader().lookup_txn(row.txn_id).unwrap(),
                [row.sequence]
            );
        }
        left.check_range(Some(left.rows[7].customer_id), 0, 9_000, 100);
        while left.work() {}
        assert!(!left.has_garbage());
        for row in left.rows.iter().step_by(97) {
            assert_eq!(
                left.index.reader().lookup_txn(row.txn_id).unwrap(),
                [row.sequence]
            );
        }
        if !world.work() {
            break;
        }
        steps += 1;
    }
    assert!(steps > 20, "{steps} steps are no merge");
    world.check_range(None, 100, 9_000, 500);
}

#[test]
fn long_appends_are_several_small_steps() {
    let mut world = World::new();
    world.append(scattered(2 * MAX_RUN_ROWS as u64 + 1));
    for row in world.rows.iter().step_by(997) {
        assert_eq!(
            world.index.reader().lookup_txn(row.txn_id).unwrap(),
            [row.sequence]
        );
    }
    assert!(world.index.reader().lookup_txn(12_345).unwrap().is_empty());
}

#[test]
fn one_customer_or_one_moment_may_fill_many_chunks() {
    let mut world = World::new();
    world.append((0..3_000).map(|_| (8, 9, 10)));
    let mut found = world.index.reader().lookup_txn(8).unwrap();
    found.sort();
    assert_eq!(found, (0..3_000).collect::<Vec<_>>());
    world.check_range(Some(9), 10, 11, 700);
    world.check_range(None, 10, 11, 700);
}

#[test]
fn readers_go_on_while_runs_are_merged_and_deleted() {
    let mut world = World::new();
    world.append(scattered(3_000));
    let known = world.rows.clone();
    let reader = world.index.reader().clone();
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let reading = threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for row in known.iter().step_by(31) {
                    let found = reader.lookup_txn(row.txn_id).unwrap();
                    assert_eq!(found, [row.sequence]);
                }
                let all = reader.time_range(Timestamp::MIN, Timestamp::MAX, None, 2_000);
                assert_eq!(all.unwrap().len(), 2_000);
            }
        });
        for part in 0..40 {
            world.append(scattered(11_000).skip(3_000 + part * 200).take(200));
            while world.work() {}
        }
        stop.store(true, Ordering::Relaxed);
        reading.join().unwrap();
    });
    while world.work() {}
    assert!(!world.has_garbage());
}

#[test]
fn the_hash_of_an_id_outlives_a_restart() {
    let mut world = World::new();
    let hash = world.index.reader().hash("TX-1");
    assert_ne!(hash, World::new().index.reader().hash("TX-1"));
    world.append([(hash, 1, 1)]);
    let again = world.after_power_cut();
    assert_eq!(again.index.reader().hash("TX-1"), hash);
}
