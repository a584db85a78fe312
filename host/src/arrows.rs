//! Arrows between the host's modules point one way: what each may use is written here.

use std::fs;
use std::path::{Path, PathBuf};

/// A module, and which others it may use besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("allocator", &[]),
    ("background", &[]),
    ("clock", &[]),
    ("mac", &[]),
    ("hex", &[]),
    ("nearest", &[]),
    ("printable", &[]),
    ("processor_time", &[]),
    ("naming", &[]),
    ("credential", &[]),
    ("rich_text", &[]),
    ("store", &["condition"]),
    ("json", &[]),
    ("json_schema", &[]),
    ("plugin", &["json_schema", "printable", "processor_time"]),
    ("jobs", &["shares", "store"]),
    ("retry", &["condition", "store"]),
    ("condition", &[]),
    ("shares", &[]),
    ("spools", &["store"]),
    ("csv", &[]),
    ("ingest", &["csv", "json", "mac"]),
    ("config", &["nearest", "plugin", "printable"]),
    ("tenant", &["json", "json_schema", "naming", "plugin"]),
    ("files", &["config", "store"]),
    ("alert", &["naming", "store", "tenant"]),
    ("judgement", &["alert", "store"]),
    ("document", &["alert", "files", "store"]),
    ("directory", &["store", "tenant"]),
    (
        "lane",
        &[
            "alert",
            "background",
            "clock",
            "condition",
            "directory",
            "hex",
            "ingest",
            "json",
            "json_schema",
            "judgement",
            "mac",
            "nearest",
            "plugin",
            "processor_time",
            "rich_text",
            "store",
            "tenant",
        ],
    ),
    (
        "catch_up",
        &[
            "alert",
            "background",
            "backtest",
            "jobs",
            "judgement",
            "lane",
            "plugin",
            "retry",
            "store",
            "tenant",
        ],
    ),
    (
        "preparation",
        &[
            "background",
            "jobs",
            "lane",
            "retry",
            "shares",
            "store",
            "tenant",
        ],
    ),
    (
        "bulk",
        &["alert", "jobs", "lane", "retry", "store", "tenant"],
    ),
    ("list", &["lane", "store", "tenant"]),
    (
        "backtest",
        &[
            "alert",
            "background",
            "jobs",
            "json",
            "judgement",
            "lane",
            "list",
            "plugin",
            "retry",
            "store",
            "tenant",
        ],
    ),
    (
        "replay",
        &[
            "alert",
            "background",
            "jobs",
            "json",
            "json_schema",
            "lane",
            "plugin",
            "retry",
            "store",
            "tenant",
        ],
    ),
    (
        "export",
        &[
            "alert",
            "background",
            "condition",
            "files",
            "hex",
            "json",
            "lane",
            "naming",
            "plugin",
            "retry",
            "shares",
            "store",
            "tenant",
        ],
    ),
    (
        "outbox",
        &[
            "condition",
            "config",
            "export",
            "files",
            "lane",
            "store",
            "tenant",
        ],
    ),
    (
        "grandfathered",
        &[
            "alert",
            "background",
            "export",
            "json_schema",
            "lane",
            "naming",
            "plugin",
            "store",
            "tenant",
        ],
    ),
    ("rule_check", &["lane", "plugin", "store"]),
    ("plugin_uses", &["backtest", "export", "store", "tenant"]),
    ("event", &["config"]),
    (
        "session",
        &[
            "condition",
            "config",
            "event",
            "hex",
            "ingest",
            "json",
            "lane",
            "store",
            "tenant",
        ],
    ),
    ("http", &["condition", "credential", "hex", "json", "mac"]),
    ("uploads", &["clock", "http", "shares", "store", "tenant"]),
    (
        "api",
        &[
            "alert",
            "app",
            "backtest",
            "bulk",
            "catch_up",
            "condition",
            "config",
            "credential",
            "csv",
            "directory",
            "document",
            "event",
            "export",
            "files",
            "hex",
            "http",
            "ingest",
            "json",
            "json_schema",
            "judgement",
            "lane",
            "list",
            "mac",
            "naming",
            "nearest",
            "outbox",
            "plugin",
            "plugin_uses",
            "preparation",
            "repeats",
            "replay",
            "retry",
            "rich_text",
            "rule_check",
            "session",
            "shares",
            "spools",
            "store",
            "tenant",
            "uploads",
        ],
    ),
];

/// The files of a module, but for its tests.
fn files(module: &str) -> Vec<PathBuf> {
    fn into(found: &mut Vec<PathBuf>, path: &Path) {
        let name = path.file_stem().unwrap_or_default();
        if name == "tests" {
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
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in [source.join(module), source.join(format!("{module}.rs"))] {
        if path.exists() {
            into(&mut found, &path);
        }
    }
    found
}

/// The modules that a file names as `crate::module`, but in comments.
fn used(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the file is read");
    let code = text.lines().filter(|line| !line.trim().starts_with("//"));
    let named = code.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned));
    let name = |rest: String| {
        let end = rest.find(|letter: char| letter != '_' && !letter.is_ascii_lowercase());
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    named.map(name).collect()
}

#[test]
fn arrows_point_one_way() {
    for &(module, may_use) in MAY_USE {
        let files = files(module);
        assert!(!files.is_empty(), "there is no module {module}");
        for file in files {
            for other in used(&file) {
                assert!(
                    other == module || may_use.contains(&&*other),
                    "{} uses {other}; {module} may use only {may_use:?}",
                    file.display()
                );
            }
        }
    }
}

/// The files of the API that may look at what rules wrote as somebody who may see everything: each decides before it answers.
const FULL_VIEWERS: &[&str] = &[
    // Finds out who the caller is.
    "api/caller.rs",
    // What whoever posts a transaction is answered.
    "api/transaction_body.rs",
    // Conditions are evaluated with everything.
    "api/alerts/guard_view.rs",
    // Payloads of transactions for whoever may see them.
    "api/alerts/body.rs",
    // Transactions are kept in an info that is changed.
    "api/alerts/fields.rs",
    // Keeps both texts of a failure.
    "api/alerts/bulk.rs",
    // Words of formatters.
    "api/runs.rs",
];

#[test]
fn nobody_is_answered_in_full_by_the_way() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files("api") {
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
    for path in files("api")
        .iter()
        .filter(|path| !path.ends_with(of_the_host))
    {
        let text = fs::read_to_string(path).expect("the file is read");
        let path = path.display();
        assert!(
            !text.contains("lane.change("),
            "{path}: a request changes a tenant by UserCaller::change or Lane::change_as, which check its credential again"
        );
    }
}
