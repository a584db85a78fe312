//! Plugins that were built with earlier releases: every later host must run them, and they must say what they said.
//!
//! What they are asked and what they said lies in `tests/corpus/`, and is never made again.

mod formatters;
mod rules;
mod wit;

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;

/// The release whose plugins these are.
const RELEASE: &str = "0.1.0";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(RELEASE)
}

/// The frozen component of this name.
pub(crate) fn component(name: &str) -> Vec<u8> {
    let path = folder()
        .join("plugins")
        .join(name)
        .with_extension("wasm.gz");
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .expect("it is packed with gzip");
    bytes
}

/// Compares with what was said when the corpus was made.
macro_rules! assert_said {
    ($assert:ident, $name:expr, $said:expr) => {
        insta::with_settings!({
            snapshot_path => super::folder().join("said"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::$assert!($name, $said);
        })
    };
}
use assert_said;

#[test]
fn every_plugin_of_the_corpus_is_asked() {
    let entries = fs::read_dir(folder().join("plugins")).expect("the folder is read");
    let mut kept: Vec<String> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            let name = name.into_string().expect("UTF-8");
            name.strip_suffix(".wasm.gz")
                .expect("a packed component")
                .to_owned()
        })
        .collect();
    kept.sort_unstable();
    let mut asked: Vec<&str> = rules::RULES.iter().map(|(name, _)| *name).collect();
    asked.extend(formatters::FORMATTERS.iter().map(|(name, _)| *name));
    asked.sort_unstable();
    assert_eq!(kept, asked);
}
