//! What the sources of the API and of its use cases keep to, though the compiler does not ask for it.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the crates.
fn source() -> PathBuf {
    let api = Path::new(env!("CARGO_MANIFEST_DIR"));
    api.parent().expect("crates have a folder").to_owned()
}

/// What does what requests ask for; what else is in `app` goes on beside the lanes, on the host's own account.
const SOURCES: &[&str] = &[
    "api/src",
    "app/src/alert_types.rs",
    "app/src/alerts",
    "app/src/audit.rs",
    "app/src/backtest/cancel.rs",
    "app/src/backtest/compare.rs",
    "app/src/backtest/delete.rs",
    "app/src/backtest/failures.rs",
    "app/src/backtest/findings.rs",
    "app/src/backtest/read.rs",
    "app/src/backtest/start.rs",
    "app/src/exports",
    "app/src/find.rs",
    "app/src/plugins",
    "app/src/sessions",
    "app/src/replay/alert.rs",
    "app/src/replay/period.rs",
    "app/src/rules",
    "app/src/settings",
    "app/src/teams",
    "app/src/tenants",
    "app/src/transactions",
    "app/src/users",
    "app/src/views",
    "app/src/watchlists",
    "app/src/workflow",
];

/// All files of these sources but the tests and this one.
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
    for part in SOURCES {
        into(&mut found, &source().join(part));
    }
    assert!(!found.is_empty(), "there are no sources");
    found
}

/// The files that may look at what rules wrote as somebody who may see everything: each decides before it answers.
const FULL_VIEWERS: &[&str] = &[
    // Finds out who the caller is.
    "api/src/caller.rs",
    // A test that writes an alert.
    "api/src/alerts/body.rs",
    // Words of formatters.
    "app/src/exports/runs/mod.rs",
    // Conditions are evaluated with everything.
    "app/src/alerts/conditions.rs",
    // Holds nothing but what was disclosed.
    "app/src/alerts/seen.rs",
    // Payloads of transactions, for callers who may see them.
    "app/src/alerts/read.rs",
    // Transactions are kept in an info that is changed.
    "app/src/alerts/change.rs",
    // Keeps both texts of a failure.
    "app/src/alerts/bulk.rs",
    // The answer to a posted transaction.
    "app/src/transactions/seen.rs",
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
    // The host's administrator acts as the host, and a person who is signing in has no credential yet.
    let own = [
        "app/src/tenants",
        "app/src/users/sign_in",
        "app/src/users/password_link.rs",
    ];
    let own = own.map(|part| source().join(part));
    let is_own = |path: &&PathBuf| own.iter().any(|own| path.starts_with(own));
    for path in files().iter().filter(|path| !is_own(path)) {
        let text = fs::read_to_string(path).expect("the file is read");
        let path = path.display();
        assert!(
            !text.contains("lane.change("),
            "{path}: a request changes a tenant by Caller::change or Lane::change_as, which check its credential again"
        );
    }
}
