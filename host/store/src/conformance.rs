//! What every backend must do. Each backend's tests call [`check`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::backend::{Backend, Direction, Entries, KeyRange, MAX_VALUE_BYTES};
use super::batch::Batch;
use super::key::{Key, Record, TenantId};

pub(super) fn key(name: &str) -> Key {
    let name = name.to_owned();
    Key::new(TenantId(1), &Record::Idempotency { key: name })
}

pub(super) fn batch(writes: &[(&str, Option<&str>)]) -> Batch {
    let mut batch = Batch::new();
    for (name, value) in writes {
        match value {
            Some(value) => batch.put(key(name), value.as_bytes().to_vec()),
            None => batch.delete(key(name)),
        }
    }
    batch
}

pub(super) fn get(backend: &dyn Backend, name: &str) -> Option<String> {
    let mut value = None;
    let found = backend
        .read(key(name).as_bytes(), &mut |bytes| {
            value = Some(String::from_utf8(bytes.to_vec()).unwrap());
        })
        .unwrap();
    assert_eq!(found, value.is_some());
    value
}

fn names(backend: &dyn Backend, range: KeyRange, direction: Direction) -> Vec<String> {
    Entries::new(backend, range, direction)
        .map(|entry| match Key::parse(&entry.unwrap().0) {
            Some((_, Record::Idempotency { key })) => key,
            other => panic!("a key that was not written: {other:?}"),
        })
        .collect()
}

/// Runs the suite on an empty backend.
pub(super) fn check(backend: &dyn Backend) {
    what_was_written_is_read(backend);
    ranges_are_ordered_both_ways(backend);
    long_ranges_and_long_values_come_whole(backend);
    readers_go_on_while_others_write(backend);
    a_batch_shows_each_key_once(backend);
}

fn clear(backend: &dyn Backend) {
    let mut all = Batch::new();
    for entry in Entries::new(backend, KeyRange::everything(), Direction::Forward) {
        all.delete(Key::from_engine(&entry.unwrap().0));
    }
    backend.apply(all).unwrap();
}

fn what_was_written_is_read(backend: &dyn Backend) {
    assert_eq!(get(backend, "a"), None);
    backend
        .apply(batch(&[("a", Some("1")), ("b", Some(""))]))
        .unwrap();
    assert_eq!(get(backend, "a").as_deref(), Some("1"));
    assert_eq!(get(backend, "b").as_deref(), Some(""));
    backend
        .apply(batch(&[("a", Some("2")), ("b", None), ("none", None)]))
        .unwrap();
    assert_eq!(get(backend, "a").as_deref(), Some("2"));
    assert_eq!(get(backend, "b"), None);
    backend.apply(Batch::new()).unwrap();
    clear(backend);
    assert_eq!(get(backend, "a"), None);
}

fn ranges_are_ordered_both_ways(backend: &dyn Backend) {
    let all = ["", "a", "a\0", "a\0\u{1}", "ab", "b", "\u{10ffff}"];
    backend
        .apply(batch(&all.map(|name| (name, Some(name)))))
        .unwrap();
    for from in 0..=all.len() {
        for to in 0..=all.len() {
            let mut range = KeyRange::idempotency(TenantId(1));
            if let Some(name) = all.get(from) {
                range = range.starting_at(key(name).as_bytes().to_vec());
            } else {
                range = range.starting_at(key("\u{10ffff}\u{10ffff}").as_bytes().to_vec());
            }
            if let Some(name) = all.get(to) {
                range = range.ending_before(key(name).as_bytes().to_vec());
            }
            let mut expect = all.get(from..to).unwrap_or_default().to_vec();
            assert_eq!(names(backend, range.clone(), Direction::Forward), expect);
            expect.reverse();
            assert_eq!(names(backend, range, Direction::Reverse), expect);
        }
    }
    clear(backend);
}

fn long_ranges_and_long_values_come_whole(backend: &dyn Backend) {
    let mut expect = BTreeMap::new();
    for group in 0..10_u32 {
        let mut batch = Batch::new();
        for number in 0..50_u32 {
            let name = format!("{:03}", (number * 7 + group * 13) % 600);
            let length = if number == 3 {
                MAX_VALUE_BYTES
            } else {
                number as usize
            };
            batch.put(key(&name), vec![group as u8; length]);
            expect.insert(key(&name).as_bytes().to_vec(), vec![group as u8; length]);
        }
        backend.apply(batch).unwrap();
    }
    let read = |direction| -> Vec<_> {
        Entries::new(backend, KeyRange::everything(), direction)
            .map(Result::unwrap)
            .collect()
    };
    let expect: Vec<_> = expect.into_iter().collect();
    assert!(read(Direction::Forward) == expect);
    assert!(read(Direction::Reverse) == expect.into_iter().rev().collect::<Vec<_>>());
    clear(backend);
}

fn readers_go_on_while_others_write(backend: &dyn Backend) {
    let steady: Vec<_> = (0..400).map(|number| format!("{number:03}")).collect();
    let mut first = Batch::new();
    for name in &steady {
        first.put(key(name), vec![1; 100]);
    }
    backend.apply(first).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut round = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                // Keys between the steady ones come and go.
                let mut batch = Batch::new();
                for number in (round % 7..400).step_by(7) {
                    let name = format!("{number:03}x");
                    if round.is_multiple_of(2) {
                        batch.put(key(&name), vec![2; 300]);
                    } else {
                        batch.delete(key(&name));
                    }
                }
                backend.apply(batch).unwrap();
                round += 1;
            }
        });
        for direction in [Direction::Forward, Direction::Reverse].repeat(5) {
            let mut found = names(backend, KeyRange::everything(), direction);
            found.retain(|name| name.len() == 3);
            found.sort();
            assert_eq!(found, steady, "{direction:?}");
        }
        stop.store(true, Ordering::Relaxed);
    });
    clear(backend);
}

fn a_batch_shows_each_key_once(backend: &dyn Backend) {
    let settled = batch(&[
        ("a", Some("1")),
        ("b", Some("1")),
        ("a", None),
        ("b", Some("2")),
    ]);
    let mut once = Batch::new();
    for (key, value) in settled.into_settled() {
        match value {
            Some(value) => once.put(key, value),
            None => once.delete(key),
        }
    }
    assert_eq!(once, batch(&[("a", None), ("b", Some("2"))]));
    backend.apply(once).unwrap();
    assert_eq!(
        names(backend, KeyRange::everything(), Direction::Forward),
        ["b"]
    );
    clear(backend);
}
