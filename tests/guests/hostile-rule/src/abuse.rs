//! Abuse that any export can commit.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::vervet::plugin::log;

/// Does what any export can do, where `behaviour` is one of these.
pub fn common(behaviour: &str) {
    match behaviour {
        "traps" => std::process::abort(),
        "spins" => loop {
            black_box(0);
        },
        "grows" => while core::arch::wasm32::memory_grow::<0>(16) != usize::MAX {},
        "recurses" => {
            black_box(recurse(0));
        }
        "floods" => {
            let line = "log ".repeat(2_000);
            (0..500).for_each(|_| log::write(log::Severity::Warn, &line));
        }
        // Few instructions, much work: each copies a megabyte.
        "copies" => {
            let mut block = vec![1u8; 1 << 20];
            loop {
                block.copy_within(1.., 0);
                black_box(&block);
            }
        }
        _ => {}
    }
}

#[expect(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth + 1)) + depth)
}

/// A text that is none.
pub fn not_utf8() -> String {
    unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe, 0xfd]) }
}

/// A text that claims to reach far beyond the end of memory.
pub fn wrong_length() -> String {
    let text = String::from("short").leak();
    unsafe { String::from_raw_parts(text.as_mut_ptr(), 0x7fff_0000, 0x7fff_0000) }
}

/// How often this instance was asked.
pub fn count() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}
