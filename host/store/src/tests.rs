use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::backend::{Direction, Entry, KeyRange};
use super::conformance::{batch, key};
use super::key::TenantId;
use super::memory::MemoryBackend;
use super::sled::SledOptions;
use super::*;

/// Runs a test on every engine.
fn on_every_engine(test: impl Fn(Store)) {
    let directory = tempfile::tempdir().unwrap();
    let sled = Engine::Sled(SledOptions {
        reserve_bytes: 0,
        ..SledOptions::new(directory.path())
    });
    for engine in [Engine::Memory, sled] {
        test(Store::open(engine, CommitLimits::default()).unwrap());
    }
}

fn commit(store: &Store, batch: Batch) {
    futures::executor::block_on(store.commit_wait(batch)).unwrap();
}

fn put(name: &str, value: Vec<u8>) -> Batch {
    let mut batch = Batch::new();
    batch.put(key(name), value);
    batch
}

fn noise(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at * 31 / 7) as u8 ^ seed).collect()
}

#[test]
fn values_of_any_length_are_read_as_written() {
    on_every_engine(|store| {
        let lengths = [
            0, 1, 98_304, 102_399, 102_400, 102_401, 196_608, 196_609, 5_000_000,
        ];
        // Growing and shrinking over each other under one key, beside a neighbour.
        for (round, length) in lengths
            .into_iter()
            .chain(lengths.into_iter().rev())
            .enumerate()
        {
            let value = noise(length, round as u8);
            commit(&store, put("a", value.clone()));
            commit(&store, put("b", vec![1]));
            assert!(
                store.get(&key("a")).unwrap() == Some(value.clone()),
                "{length}"
            );
            for direction in [Direction::Forward, Direction::Reverse] {
                let range = KeyRange::idempotency(TenantId(1));
                let found: Vec<_> = store.range(range, direction).map(Result::unwrap).collect();
                assert_eq!(found.len(), 2);
                assert!(found.iter().any(|(_, found)| *found == value), "{length}");
            }
        }
        commit(&store, batch(&[("a", None), ("b", None)]));
        assert_eq!(store.get(&key("a")).unwrap(), None);
        let tenant = &store
            .inner
            .backend
            .page(&KeyRange::tenant(TenantId(1)), Direction::Forward);
        assert_eq!(tenant.as_ref().unwrap().len(), 0, "parts are left");
    });
}

#[test]
fn a_long_value_is_read_whole_while_it_changes() {
    on_every_engine(|store| {
        commit(&store, put("a", vec![0; 300_000]));
        let stop = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for round in 0_u32.. {
                    let length = [300_000, 120_000, 10][round as usize % 3];
                    commit(&store, put("a", vec![round as u8; length]));
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            for _ in 0..200 {
                let value = store.get(&key("a")).unwrap().unwrap();
                assert!(value.iter().all(|byte| *byte == value[0]));
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn a_newer_store_is_refused_in_plain_words() {
    let backend = Arc::new(MemoryBackend::new());
    drop(
        Store::over(
            Arc::clone(&backend) as Arc<dyn Backend>,
            CommitLimits::default(),
        )
        .unwrap(),
    );
    format::mark_as(&*backend, 7, "9.1.0");
    let Err(error) = Store::over(backend, CommitLimits::default()) else {
        panic!("a newer store was opened");
    };
    let text = error.to_string();
    assert!(text.contains("start release 9.1.0"), "{text}");
}

#[test]
fn a_store_of_an_older_release_is_marked_when_it_is_opened() {
    let backend = Arc::new(MemoryBackend::new());
    format::mark_as(&*backend, 1, "0.1.0");
    let open = || Store::over(backend.clone(), CommitLimits::default());
    drop(open().unwrap());
    let older_release_refuses = format::marked(&*backend) > Some(1);
    assert!(older_release_refuses);
    drop(open().unwrap());
}

#[test]
fn a_store_of_others_is_refused() {
    let backend = Arc::new(MemoryBackend::new());
    backend.apply(batch(&[("a", Some("1"))])).unwrap();
    let opened = Store::over(backend, CommitLimits::default());
    assert!(matches!(opened, Err(OpenError::NotOurs)));
}

#[test]
fn a_full_store_says_so_and_recovers() {
    let backend = Arc::new(MemoryBackend::new());
    let opened = Store::over(
        Arc::clone(&backend) as Arc<dyn Backend>,
        CommitLimits::default(),
    );
    let store = opened.unwrap();
    let wait = |batch| futures::executor::block_on(store.commit_wait(batch));
    backend.set_full(true);
    let refused = wait(put("a", vec![1]));
    assert!(
        matches!(refused, Err(CommitError::Store(StoreError::Full { .. }))),
        "{refused:?}"
    );
    assert!(store.fault().is_none());
    assert!(matches!(store.trouble(), Some(StoreError::Full { .. })));
    backend.set_full(false);
    wait(put("a", vec![2])).unwrap();
    assert!(store.trouble().is_none());
    assert_eq!(store.get(&key("a")).unwrap(), Some(vec![2]));
}

#[test]
fn a_store_that_nobody_writes_to_notices_that_it_can_be_written_again() {
    let backend = Arc::new(MemoryBackend::new());
    let opened = Store::over(
        Arc::clone(&backend) as Arc<dyn Backend>,
        CommitLimits::default(),
    );
    let store = opened.unwrap();
    backend.set_full(true);
    let refused = futures::executor::block_on(store.commit_wait(put("a", vec![1])));
    assert!(refused.is_err());
    let flushes = backend.flushes();
    backend.set_full(false);
    let deadline = Instant::now() + Duration::from_secs(30);
    while store.trouble().is_some() {
        assert!(Instant::now() < deadline, "it does not notice");
        std::thread::yield_now();
    }
    assert_eq!(backend.flushes(), flushes + 1);
    assert_eq!(store.get(&key("a")).unwrap(), None);
}

#[test]
fn ranges_in_order_give_what_each_gives_alone() {
    on_every_engine(|store| {
        for name in ["a1", "a2", "b1", "d1", "d2", "d3", "e"] {
            commit(&store, put(name, name.as_bytes().to_vec()));
        }
        let all = KeyRange::idempotency(TenantId(1));
        let range = |from: &str, to: &str| {
            let range = all.clone().beginning_with(&key(from));
            range.ending_before(key(to).as_bytes().to_vec())
        };
        let names = |entries: Vec<Result<Entry, StoreError>>| -> Vec<String> {
            let values = entries.into_iter().map(|entry| entry.unwrap().1);
            values
                .map(|value| String::from_utf8(value).unwrap())
                .collect()
        };
        let mut in_order = InOrder::new(&store, all.clone());
        // What is left of one is passed over by the next one.
        let first = in_order.within(range("a", "b")).take(1).collect();
        assert_eq!(names(first), ["a1"]);
        for (from, to) in [("b", "c"), ("c", "d"), ("d", "d2"), ("d2", "e"), ("f", "g")] {
            let alone = store.range(range(from, to), Direction::Forward).collect();
            let together = in_order.within(range(from, to)).collect();
            assert_eq!(names(together), names(alone), "{from} to {to}");
        }
    });
}
