//! The contract: a published version is frozen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{RELEASE, folder};

/// The texts of a folder, by name.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let text = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        (name, fs::read_to_string(entry.path()).expect("a text"))
    };
    entries.map(text).collect()
}

/// A change of the contract, however small, is another version of it, which stands beside this one.
#[test]
fn the_contract_of_the_release_is_as_it_was_published() {
    let now = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit"));
    let frozen = texts(&folder().join("wit"));
    let package = format!("package vervet:plugin@{RELEASE};");
    assert!(frozen["types.wit"].contains(&package));
    if now["types.wit"].contains(&package) {
        for (name, text) in &frozen {
            assert_eq!(
                now.get(name),
                Some(text),
                "wit/{name} is not what was published"
            );
        }
        assert_eq!(now.len(), frozen.len());
    }
}
