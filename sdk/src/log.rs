//! Lines for the plugin's log, which the host cuts at a budget.
//!
//! A host writes lines of `prepare` to its log. Lines that are logged while there are transactions or alerts it counts and does
//! not write, since more people read logs than alerts; `vervet plugin test` prints them.
//!
//! ```
//! vervet_sdk::log::info("prepared with 3 thresholds");
//! ```

#[cfg(target_family = "wasm")]
use crate::guest::rule::bindings::vervet::plugin::log::{Severity, write};

#[cfg(not(target_family = "wasm"))]
enum Severity {
    Debug,
    Info,
    Warn,
    Error,
}

/// In tests, lines go to standard error.
#[cfg(not(target_family = "wasm"))]
fn write(severity: Severity, message: &str) {
    use std::io::Write;

    let severity = match severity {
        Severity::Debug => "debug",
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    };
    // Nobody is there to be told that standard error is closed.
    let _ = writeln!(std::io::stderr(), "{severity}: {message}");
}

/// A line that helps to find a fault of the plugin.
pub fn debug(message: &str) {
    write(Severity::Debug, message);
}

/// A line of interest.
pub fn info(message: &str) {
    write(Severity::Info, message);
}

/// A line about what is odd.
pub fn warn(message: &str) {
    write(Severity::Warn, message);
}

/// A line about what went wrong.
pub fn error(message: &str) {
    write(Severity::Error, message);
}
