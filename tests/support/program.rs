//! What was built before the tests: the program, and the guests.

use std::path::{Path, PathBuf};

/// The program `vervet`, of the same profile as the caller.
///
/// # Panics
/// Where it is not built: `cargo build -p host`.
pub fn vervet() -> PathBuf {
    let caller = std::env::current_exe().expect("a process knows its program");
    let program = caller
        .ancestors()
        .nth(2)
        .expect("tests are built two folders below the target's")
        .join("vervet");
    assert!(
        program.exists(),
        "{} is missing: cargo build -p host",
        program.display()
    );
    program
}

/// A built guest of `tests/guests`: a core module with its component type.
///
/// # Panics
/// Where `VERVET_TEST_GUESTS` is not the folder that has it as `<name>.wasm`.
pub fn guest(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("VERVET_TEST_GUESTS")
        .expect("VERVET_TEST_GUESTS is the folder of the built guests");
    let path = Path::new(&folder).join(name).with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
