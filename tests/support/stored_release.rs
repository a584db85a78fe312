//! Data directories that earlier releases left behind.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;
use tenant::credential::Credential;

/// The data directory of an earlier release, in `tests/stores/`: the folder `data`, and `known.json` with the ids and
/// credentials of what is in it. Files that end in `.gz` are unpacked when they are copied.
#[derive(Clone, Debug)]
pub struct StoredRelease {
    folder: PathBuf,
    known: Value,
}

impl StoredRelease {
    /// The one of this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn named(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("stores")
            .join(name);
        let known = fs::read(folder.join("known.json")).expect("what is known of the store");
        let known = serde_json::from_slice(&known).expect("JSON");
        Self { folder, known }
    }

    /// The text at a JSON pointer of `known.json`.
    ///
    /// # Panics
    /// If there is none.
    pub fn known(&self, pointer: &str) -> &str {
        let text = self.known.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("known.json has no text at {pointer}"))
    }

    /// What the release answered to reads, from `answers.json.gz`: an array of `{who, path, status, body}`.
    ///
    /// # Panics
    /// If there is no such file.
    pub fn answers(&self) -> Vec<Value> {
        let file = File::open(self.folder.join("answers.json.gz")).expect("the answers");
        let answers = serde_json::from_reader(io::BufReader::new(GzDecoder::new(file)));
        answers.expect("JSON")
    }

    /// All of `known.json`.
    pub fn all_known(&self) -> &Value {
        &self.known
    }

    /// Copies the data directory; returns the administrator token of its host.
    pub(crate) fn copy_to(&self, directory: &Path) -> Credential {
        copy(&self.folder.join("data"), directory);
        Credential::parse(self.known("/administrator_token")).expect("an administrator token")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let from = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            copy(&from, &to);
        } else if from.extension().is_some_and(|extension| extension == "gz") {
            let mut unpacked = File::create(to.with_extension("")).expect("a file");
            let mut packed = GzDecoder::new(File::open(&from).expect("a file"));
            io::copy(&mut packed, &mut unpacked).expect("it is unpacked");
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}
