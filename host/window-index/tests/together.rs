//! Many threads and many indexes at the same time.

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use common::{Random, append, assert_holds, expected, key, open, seen, shared, small};

#[test]
fn readers_see_all_rows_below_what_was_appended() {
    const ROWS: u64 = 20_000;
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    let index = open(dir.path(), &shared).index;
    let (appended, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for reader in 0..3 {
            let (index, appended, done) = (&index, &appended, &done);
            scope.spawn(move || {
                let mut random = Random(reader);
                let all: Vec<_> = (0..50).map(|who| expected(who, ROWS)).collect();
                loop {
                    let last = done.load(Ordering::Acquire);
                    let before = appended.load(Ordering::Acquire);
                    let who = random.below(50);
                    let (from, to) = (
                        random.below(1_000_000).cast_signed() - 500_000,
                        random.below(1_000_000).cast_signed() - 500_000,
                    );
                    let found = seen(index, &key(who), from, to, before).unwrap();
                    let rows = all[who as usize]
                        .iter()
                        .filter(|(at, sequence, _)| from < *at && *at <= to && *sequence < before);
                    assert!(
                        found.iter().eq(rows),
                        "key {who}, {from} to {to}, before {before}"
                    );
                    if last {
                        break;
                    }
                }
            });
        }
        let mut random = Random(99);
        while index.watermark() < ROWS {
            let from = index.watermark();
            append(&index, from, (from + 1 + random.below(100)).min(ROWS)).unwrap();
            appended.store(index.watermark(), Ordering::Release);
            index.wait_while_behind().unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert_holds(&index, ROWS);
    assert!(!index.is_behind());
}

#[test]
fn small_indexes_are_written_when_all_together_take_too_much_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = small();
    settings.tail_bytes = 100_000;
    let shared = shared(settings);
    let indexes: Vec<_> = (0..40)
        .map(|number| open(&dir.path().join(number.to_string()), &shared).index)
        .collect();
    for step in 0..3 {
        for index in &indexes {
            append(index, step * 50, step * 50 + 50).unwrap();
        }
    }
    let unwritten = || {
        indexes
            .iter()
            .map(|index| index.figures().unwritten_bytes)
            .sum::<u64>()
    };
    while unwritten() > 100_000 {
        thread::yield_now();
    }
    assert!(
        indexes.iter().any(|index| index.persisted() == 0),
        "some fit into memory"
    );
    for index in &indexes {
        assert_holds(index, 150);
        assert!(index.figures().rows >= 150);
    }
}

#[test]
fn what_was_not_flushed_is_gone_and_what_was_is_there_when_many_are_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    let path = |number: u64| dir.path().join(number.to_string());
    let indexes: Vec<_> = (0..20)
        .map(|number| open(&path(number), &shared).index)
        .collect();
    for (number, index) in (0..).zip(&indexes) {
        append(index, 0, 10 + number).unwrap();
        if number % 2 == 0 {
            index.flush().unwrap();
        }
    }
    drop(indexes);
    for number in 0..20 {
        let index = open(&path(number), &shared).index;
        let kept = if number % 2 == 0 { 10 + number } else { 0 };
        assert_eq!(index.watermark(), kept);
        assert_holds(&index, kept);
    }
}
