use std::sync::Arc;

use super::*;
use crate::conformance::{self, batch, get};

#[test]
fn conforms() {
    conformance::check(&MemoryBackend::new());
}

#[test]
fn a_power_cut_leaves_what_was_synced_and_perhaps_more_but_no_halves() {
    let backend = Arc::new(MemoryBackend::new());
    backend
        .apply(batch(&[("a", Some("1")), ("b", Some("1"))]))
        .unwrap();
    backend.hold_sync();
    let writer = std::thread::spawn({
        let backend = Arc::clone(&backend);
        move || backend.apply(batch(&[("a", Some("2")), ("b", None)]))
    });
    backend.wait_until_unsynced(1);

    let check = |surviving, expect: [Option<&str>; 2]| {
        let left = backend.power_cut(surviving);
        assert_eq!(
            [get(&left, "a"), get(&left, "b")],
            expect.map(|text| text.map(str::to_owned))
        );
    };
    check(0, [Some("1"), Some("1")]);
    check(1, [Some("2"), None]);

    backend.release_sync();
    writer.join().unwrap().unwrap();
    check(0, [Some("2"), None]);
}
