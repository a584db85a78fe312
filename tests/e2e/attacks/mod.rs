//! Clients that try to use up what all share: disk, memory, connections, turns.

mod batches;
mod connections;
mod full_disk;
mod passwords;
mod removed_rule;
mod starvation;

use std::path::Path;
use std::time::{Duration, Instant};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often something is looked at that is awaited.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until something is so.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// How many files below a directory this process has open.
fn open_files(directory: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").expect("the open files");
    open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
        .filter(|path| path.starts_with(directory))
        .count()
}
