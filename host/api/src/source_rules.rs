//! What the sources of the API keep to, though the compiler does not ask for it.

use std::fs;
use std::path::{Path, PathBuf};

/// The sources of this crate.
fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All of its files but the tests and this one.
fn files() -> Vec<PathBuf> {
    fn into(found: &mut Vec<PathBuf>, path: &Path) {
        if path.ends_with("tests")
            || path.ends_with("tests.rs")
            || path.ends_with("source_rules.rs")
        {
            return;
        }
        if path.is_dir() {
            for entry in fs::read_dir(path).expect("the folder is read") {
                into(found, &entry.expect("an entry").path());
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.to_owned());
        }
    }
    let mut found = Vec::new();
    into(&mut found, &source());
    assert!(!found.is_empty(), "there are no sources");
    found
}

/// The files of the API that may look at what rules wrote as somebody who may see everything: each decides before it answers.
const FULL_VIEWERS: &[&str] = &[
    // Finds out who the caller is.
    "caller.rs",
    // The answer to a posted transaction.
    "transaction_body.rs",
    // Conditions are evaluated with everything.
    "alerts/guard_view.rs",
    // Payloads of transactions, for callers who may see them.
    "alerts/body.rs",
    // Transactions are kept in an info that is changed.
    "alerts/fields.rs",
    // Keeps both texts of a failure.
    "alerts/bulk.rs",
    // Words of formatters.
    "runs.rs",
];

#[test]
fn nobody_is_answered_in_full_by_the_way() {
    let source = source();
    for file in files() {
        let text = fs::read_to_string(&file).expect("the file is read");
        let name = file.strip_prefix(&source).expect("a file of the source");
        let is_full = text.contains("Viewer::Full") || text.contains("Disclosure::full");
        assert!(
            !is_full || FULL_VIEWERS.iter().any(|known| Path::new(known) == name),
            "{} sees everything that rules wrote; answer with the caller's disclosure, or say in FULL_VIEWERS why not",
            name.display()
        );
    }
}

#[test]
fn what_requests_change_is_changed_on_their_authority() {
    // The host's administrator alone acts as the host.
    let of_the_host = Path::new("tenants.rs");
    for path in files().iter().filter(|path| !path.ends_with(of_the_host)) {
        let text = fs::read_to_string(path).expect("the file is read");
        let path = path.display();
        assert!(
            !text.contains("lane.change("),
            "{path}: a request changes a tenant by UserCaller::change or Lane::change_as, which check its credential again"
        );
    }
}
