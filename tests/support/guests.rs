//! The plugins that tests publish: ours in `plugins/`, and those in `tests/guests/`.
//!
//! They are built once for all tests of a run, by whoever comes first; what is
//! up to date is for cargo to say.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use plugin_kit::build::{BuildOptions, build as build_in};

/// A component, as `vervet plugin build` makes it.
///
/// # Panics
/// Where there is no such plugin, or it cannot be built.
pub fn component(name: &str) -> Vec<u8> {
    read(&BUILT.join(name).with_extension("wasm"))
}

/// The core module that a component is made of, with its component type.
///
/// # Panics
/// Where there is no such plugin, or it cannot be built.
pub fn module(name: &str) -> Vec<u8> {
    let file = name.replace('-', "_");
    let folder = BUILT.join("wasm32-unknown-unknown/release");
    read(&folder.join(file).with_extension("wasm"))
}

/// Builds all of them; where that was done, nothing.
///
/// # Panics
/// Where one cannot be built.
pub fn build() {
    LazyLock::force(&BUILT);
}

/// The folder in which they are left.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the workspace");
    let built = crate::program::target().join("guests");
    fs::create_dir_all(&built).expect("a folder for guests");
    // Another process may be building; the lock ends with this one, however it ends.
    let lock = File::create(built.join("lock")).expect("a file to lock");
    lock.lock().expect("a lock");

    let plugins = ["rules", "formatters"]
        .into_iter()
        .flat_map(|kind| folders(&root.join("plugins").join(kind)));
    let names = plugins.map(|folder| name(&folder)).collect();
    build_plugins(root, &built, names);
    for guest in folders(&root.join("tests/guests")) {
        build_plugins(&guest, &built, Vec::new());
    }
    built
});

fn build_plugins(folder: &Path, built: &Path, packages: Vec<String>) {
    let options = BuildOptions {
        packages,
        target_dir: Some(built.to_owned()),
    };
    build_in(folder, &options, &mut |_| {})
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
    entries
        .map(|entry| entry.expect("a folder is read").path())
        .filter(|path| path.join("Cargo.toml").exists())
        .collect()
}

fn name(folder: &Path) -> String {
    let name = folder.file_name().expect("a folder has a name");
    name.to_string_lossy().into_owned()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
