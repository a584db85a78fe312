use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::backend::MAX_VALUE_BYTES;
use crate::conformance::{self, batch, get, key};

fn options(directory: &tempfile::TempDir) -> SledOptions {
    SledOptions {
        reserve_bytes: 0,
        wait_for_lock: Duration::from_millis(50),
        ..SledOptions::new(directory.path().join("data"))
    }
}

#[test]
fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    conformance::check(&SledBackend::open(options(&directory)).unwrap());
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend::open(options(&directory)).unwrap();
    backend.apply(batch(&[("a", Some("1"))])).unwrap();
    drop(backend);
    let backend = SledBackend::open(options(&directory)).unwrap();
    assert_eq!(get(&backend, "a").as_deref(), Some("1"));
}

#[test]
fn who_holds_the_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let holder = SledBackend::open(options(&directory)).unwrap();
    let Err(error) = SledBackend::open(options(&directory)) else {
        panic!("two hold one directory");
    };
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}", std::process::id())),
        "{text}"
    );

    // One that waits gets it as soon as it is free.
    let patient = SledOptions {
        wait_for_lock: Duration::from_secs(60),
        ..options(&directory)
    };
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| SledBackend::open(patient));
        drop(holder);
        assert!(waiting.join().unwrap().is_ok());
    });
}

#[test]
fn no_value_lies_outside_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend::open(options(&directory)).unwrap();
    // Neighbours of the greatest length, which share leaves, written in groups and again at random places.
    for round in 0..3_u32 {
        for group in 0..4 {
            let mut batch = Batch::new();
            for number in 0..20 {
                let name = format!("{:04}", (group * 20 + number) * (round * 2 + 1) % 97);
                batch.put(key(&name), vec![round as u8; MAX_VALUE_BYTES]);
            }
            backend.apply(batch).unwrap();
        }
    }
}

#[test]
fn a_file_outside_the_log_stops_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend::open(options(&directory)).unwrap();
    std::fs::write(options(&directory).directory.join("blobs/1"), "x").unwrap();
    let error = backend.apply(batch(&[("a", Some("1"))])).unwrap_err();
    assert!(error.is_fatal(), "{error}");
    drop(backend);
    assert!(SledBackend::open(options(&directory)).is_err());
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    static FREE: AtomicU64 = AtomicU64::new(u64::MAX);
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend {
        free_bytes: |_| Ok(FREE.load(Ordering::Relaxed)),
        ..SledBackend::open(options(&directory)).unwrap()
    };
    backend.apply(batch(&[("a", Some("1"))])).unwrap();
    FREE.store(3, Ordering::Relaxed);
    let refused = backend.apply(batch(&[("a", Some("2"))]));
    assert!(
        matches!(refused, Err(StoreError::Full { .. })),
        "{refused:?}"
    );
    assert_eq!(get(&backend, "a").as_deref(), Some("1"));
    FREE.store(u64::MAX, Ordering::Relaxed);
    backend.apply(batch(&[("a", Some("3"))])).unwrap();
    assert_eq!(get(&backend, "a").as_deref(), Some("3"));
}

#[test]
fn after_an_error_the_directory_is_opened_again_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let backend = SledBackend::open(options(&directory)).unwrap();
    backend.apply(batch(&[("a", Some("1"))])).unwrap();
    *backend.opened.write() = None;
    assert_eq!(get(&backend, "a").as_deref(), Some("1"));
    *backend.opened.write() = None;
    backend.apply(batch(&[("b", Some("2"))])).unwrap();
    assert_eq!(get(&backend, "b").as_deref(), Some("2"));
}
