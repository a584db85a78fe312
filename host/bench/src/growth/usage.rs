//! What a process uses, as Linux reports it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::super::measure::{MIB, kib};
use super::progress::Progress;

/// Linux reports times in `/proc` in units of 1/100 s, whatever its own clock.
const TICKS_PER_SECOND: u64 = 100;
/// A host that used less than this part of a core meanwhile rests.
const RESTING: f64 = 0.02;
const RESTING_FOR: Duration = Duration::from_secs(2);
/// A host that does not rest within this time is measured as it is.
const LONGEST_DRAIN: Duration = Duration::from_secs(600);

/// What a process has used since it began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Processor time of all its threads, in nanoseconds.
    pub(super) processor_nanos: f64,
    /// Bytes that it made the system read from disks.
    pub(super) read: u64,
    /// Bytes that it made the system write to disks.
    pub(super) written: u64,
}

impl Usage {
    /// Reads it, for the process with this id.
    pub(super) fn of(process_id: u32) -> anyhow::Result<Self> {
        let folder = format!("/proc/{process_id}");
        let file = |name| {
            std::fs::read_to_string(format!("{folder}/{name}"))
                .context("the system does not tell what a process uses: growth needs Linux")
        };
        let ticks = ticks(&file("stat")?).context("/proc/PID/stat cannot be read")?;
        let io = file("io")?;
        let bytes = |name: &str| {
            let line = io.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().parse().ok())
                .context("/proc/PID/io cannot be read")
        };
        Ok(Self {
            processor_nanos: ticks as f64 * 1e9 / TICKS_PER_SECOND as f64,
            read: bytes("read_bytes:")?,
            written: bytes("write_bytes:")?,
        })
    }

    /// What was used between an earlier reading and this one.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            processor_nanos: self.processor_nanos - earlier.processor_nanos,
            read: self.read - earlier.read,
            written: self.written - earlier.written,
        }
    }
}

/// User and system time in a line of `/proc/PID/stat`.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the program, in parentheses, may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Waits until a process rests, so that work which it put off is done and counted.
pub(super) async fn drain(process_id: u32) -> anyhow::Result<()> {
    let mut progress = Progress::new("waiting until the host rests".to_owned());
    let begun = Instant::now();
    let mut before = Usage::of(process_id)?;
    while begun.elapsed() < LONGEST_DRAIN {
        let since = Instant::now();
        tokio::time::sleep(RESTING_FOR).await;
        let now = Usage::of(process_id)?;
        let cores = now.since(before).processor_nanos / since.elapsed().as_nanos() as f64;
        if cores < RESTING {
            return Ok(());
        }
        progress.tell(|| format!("{cores:.2} cores busy"));
        before = now;
    }
    Progress::say("the host does not rest; measuring goes on");
    Ok(())
}

/// The most memory that a process had resident since it began, in MiB.
pub(super) fn peak_mib(process_id: u32) -> anyhow::Result<f64> {
    Ok(kib(Path::new(&format!("/proc/{process_id}")), "VmHWM:")? / MIB)
}

/// The bytes that a directory occupies on its disk.
pub(super) fn disk_bytes(folder: &Path) -> anyhow::Result<u64> {
    const BLOCK: u64 = 512;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        // Files of a running host may be gone in between.
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        bytes += metadata.blocks() * BLOCK;
        if metadata.is_dir() {
            bytes += disk_bytes(&entry.path()).unwrap_or_default();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1";
        assert_eq!(ticks(stat), Some(300));
    }
}
