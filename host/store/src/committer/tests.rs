use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use futures::FutureExt;

use super::*;
use crate::Store;
use crate::conformance::{batch, get, key};
use crate::memory::MemoryBackend;

type Outcomes = Receiver<(&'static str, Result<Position, CommitError>)>;

fn open(limits: CommitLimits) -> (Arc<MemoryBackend>, Store) {
    let backend = Arc::new(MemoryBackend::new());
    let store = Store::over(Arc::clone(&backend) as Arc<dyn Backend>, limits).unwrap();
    (backend, store)
}

fn begin(store: &Store, lane: u64) -> LaneEpoch {
    futures::executor::block_on(store.begin_epoch(lane)).unwrap()
}

/// Commits `name` for each lane in turn, and hears what becomes of it.
fn commit_all(store: &Store, commits: &[(LaneEpoch, &'static str)]) -> Outcomes {
    let (said, heard) = channel();
    for &(lane, name) in commits {
        let said = said.clone();
        let value = batch(&[(name, Some(name))]);
        store.commit(lane, value, move |outcome| {
            said.send((name, outcome)).unwrap()
        });
    }
    heard
}

fn succeeded(outcomes: &Outcomes, expect: &[(&str, bool)]) {
    for expect in expect {
        let (name, outcome) = outcomes.recv().unwrap();
        assert_eq!((name, outcome.is_ok()), *expect, "{outcome:?}");
    }
}

#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let (backend, store) = open(CommitLimits::default());
    let lane = begin(&store, 1);
    backend.hold_sync();
    let outcomes = commit_all(&store, &[(lane, "a")]);
    backend.wait_until_unsynced(1);
    let before = store.durable();
    assert!(outcomes.try_recv().is_err());
    assert_eq!(get(&backend.power_cut(0), "a"), None);

    backend.release_sync();
    let (_, position) = outcomes.recv().unwrap();
    let position = position.unwrap();
    assert!(position > before);
    assert_eq!(store.durable(), position);
    assert!(get(&backend.power_cut(0), "a").is_some());
}

#[test]
fn what_waits_shares_a_flush_and_is_answered_in_order() {
    let (backend, store) = open(CommitLimits::default());
    let lanes = [begin(&store, 1), begin(&store, 2)];
    backend.hold_sync();
    let first = commit_all(&store, &[(lanes[0], "a")]);
    backend.wait_until_unsynced(1);
    let rest = commit_all(&store, &[(lanes[1], "b"), (lanes[0], "c"), (lanes[1], "d")]);
    let flushes = backend.flushes();
    backend.release_sync();
    succeeded(&first, &[("a", true)]);
    succeeded(&rest, &[("b", true), ("c", true), ("d", true)]);
    assert_eq!(backend.flushes(), flushes + 2);
}

#[test]
fn a_failed_commit_fails_its_lane_until_the_next_epoch() {
    let (backend, store) = open(CommitLimits::default());
    let lanes = [begin(&store, 1), begin(&store, 2)];
    backend.hold_sync();
    let first = commit_all(&store, &[(lanes[1], "a")]);
    backend.wait_until_unsynced(1);
    // "b" fails for want of room; by then "c" of the same lane is not queued yet.
    let failing = commit_all(&store, &[(lanes[0], "b")]);
    backend.set_full(true);
    backend.release_sync();
    succeeded(&first, &[("a", true)]);
    succeeded(&failing, &[("b", false)]);
    backend.set_full(false);

    let next = commit_all(&store, &[(lanes[0], "c"), (lanes[1], "d")]);
    succeeded(&next, &[("c", false), ("d", true)]);
    let again = begin(&store, 1);
    let next = commit_all(&store, &[(again, "e"), (lanes[0], "f")]);
    succeeded(&next, &[("e", true), ("f", false)]);
    let found = ["a", "b", "c", "d", "e", "f"].map(|name| get(&*backend, name).is_some());
    assert_eq!(found, [true, false, false, true, true, false]);
}

#[test]
fn a_new_epoch_begins_when_the_old_one_is_decided() {
    let (backend, store) = open(CommitLimits::default());
    let lane = begin(&store, 1);
    backend.hold_sync();
    let first = commit_all(&store, &[(lane, "a")]);
    backend.wait_until_unsynced(1);
    let second = commit_all(&store, &[(lane, "b")]);
    let same = &store;
    std::thread::scope(|threads| {
        let begun = threads.spawn(move || {
            begin(same, 1);
            (first.try_recv().is_ok(), second.try_recv().is_ok())
        });
        backend.release_sync();
        assert_eq!(begun.join().unwrap(), (true, true));
    });
}

#[test]
fn a_full_queue_refuses_and_has_room_again() {
    let limits = CommitLimits {
        queue_commits: 2,
        ..CommitLimits::default()
    };
    let (backend, store) = open(limits);
    let lanes = [begin(&store, 1), begin(&store, 2)];
    backend.hold_sync();
    let first = commit_all(&store, &[(lanes[0], "a")]);
    backend.wait_until_unsynced(1);
    let rest = commit_all(&store, &[(lanes[0], "b"), (lanes[0], "c"), (lanes[1], "d")]);
    let room = store.room();
    let mut room = std::pin::pin!(room);
    assert_eq!(room.as_mut().now_or_never(), None);
    backend.release_sync();
    futures::executor::block_on(room);
    succeeded(&first, &[("a", true)]);
    succeeded(&rest, &[("b", true), ("c", true), ("d", false)]);
    succeeded(&commit_all(&store, &[(lanes[1], "e")]), &[("e", false)]);
}

#[test]
fn closing_writes_what_waits_and_takes_no_more() {
    let (backend, store) = open(CommitLimits::default());
    let lane = begin(&store, 1);
    backend.hold_sync();
    let outcomes = commit_all(&store, &[(lane, "a"), (lane, "b"), (lane, "c")]);
    std::thread::scope(|threads| {
        let closing = threads.spawn(|| store.close());
        backend.release_sync();
        closing.join().unwrap();
    });
    succeeded(&outcomes, &[("a", true), ("b", true), ("c", true)]);
    succeeded(&commit_all(&store, &[(lane, "d")]), &[("d", false)]);
    let waited = futures::executor::block_on(store.commit_wait(batch(&[("e", Some("1"))])));
    assert!(matches!(waited, Err(CommitError::Closed)), "{waited:?}");
}

#[test]
fn positions_rise_over_restarts() {
    let (backend, store) = open(CommitLimits::default());
    let commit = |store: &Store, name| {
        futures::executor::block_on(store.commit_wait(batch(&[(name, Some("1"))]))).unwrap()
    };
    let before = commit(&store, "a");
    drop(store);
    let backend = Arc::new(backend.power_cut(0));
    let store = Store::over(backend, CommitLimits::default()).unwrap();
    assert_eq!(store.durable(), before);
    assert!(commit(&store, "b") > before);
}

#[test]
fn a_callback_that_panics_stops_nobody_else() {
    let (_, store) = open(CommitLimits::default());
    let lane = begin(&store, 1);
    store.commit(lane, batch(&[("a", Some("1"))]), |_| panic!("on purpose"));
    succeeded(&commit_all(&store, &[(lane, "b")]), &[("b", true)]);
    assert!(store.get(&key("a")).unwrap().is_some());
}
