//! The program under test, which cargo builds with the tests.

use std::path::{Path, PathBuf};

/// The program `vervet`, of the same profile as the caller.
///
/// # Panics
/// Where the caller is no test or benchmark of this crate.
pub fn vervet() -> PathBuf {
    let program = profile_folder().join("vervet-under-test");
    assert!(program.exists(), "{} is missing", program.display());
    program
}

/// The server that speaks S3, which `tests/run` brings: `VERVET_TEST_WEED` where it is set.
///
/// # Panics
/// Where there is none.
pub fn weed() -> PathBuf {
    let named = std::env::var_os("VERVET_TEST_WEED").map(PathBuf::from);
    let program = named.unwrap_or_else(|| target().join("seaweedfs/bin/weed"));
    assert!(
        program.exists(),
        "{} is missing; tests/run brings it",
        program.display()
    );
    program
}

/// The folder in which cargo leaves what it builds.
pub(crate) fn target() -> PathBuf {
    let profile = profile_folder();
    profile.parent().map(Path::to_owned).unwrap_or(profile)
}

/// `target/debug` or the like: tests lie one folder below it, programs in it.
fn profile_folder() -> PathBuf {
    let caller = std::env::current_exe().expect("a process knows its program");
    let folder = caller.parent().expect("a program lies in a folder");
    match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().unwrap_or(folder).to_owned(),
        _ => folder.to_owned(),
    }
}
