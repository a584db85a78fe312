//! Room for answers that clients have not read yet: a directory, and how much of it each tenant may use.
//!
//! The files have no names, so that nothing is left of them when the host ends, however it ends. Where the file
//! system cannot make such files, a name may survive a crash; it is removed at the next start.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use store::key::TenantId;

/// How many bytes of unread answers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolLimits {
    /// Of one batch.
    pub batch_bytes: u64,
    /// Of all batches of a tenant together.
    pub tenant_bytes: u64,
}

/// The spools of all tenants.
pub struct Spools {
    directory: Arc<Path>,
    limits: SpoolLimits,
    tenants: Mutex<HashMap<TenantId, Arc<Used>>>,
}

#[derive(Default)]
struct Used {
    bytes: AtomicU64,
    freed: Notify,
}

/// The share of one tenant. Clones are the same share.
#[derive(Clone)]
pub struct TenantSpool {
    directory: Arc<Path>,
    limits: SpoolLimits,
    used: Arc<Used>,
}

impl Spools {
    /// Makes the directory `spool` in the data directory, or empties it.
    ///
    /// # Errors
    /// Where the directory cannot be made, or a file in it cannot be removed.
    pub fn open(data: &Path, limits: SpoolLimits) -> io::Result<Self> {
        let directory: PathBuf = data.join("spool");
        std::fs::create_dir_all(&directory)?;
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self {
            directory: directory.into(),
            limits,
            tenants: Mutex::default(),
        })
    }

    /// The share of a tenant.
    pub fn of(&self, tenant: TenantId) -> TenantSpool {
        TenantSpool {
            directory: self.directory.clone(),
            limits: self.limits,
            used: self.tenants.lock().entry(tenant).or_default().clone(),
        }
    }
}

impl TenantSpool {
    /// Where the files are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How many bytes one batch may hold.
    pub fn batch_bytes(&self) -> u64 {
        self.limits.batch_bytes
    }

    /// How many bytes the tenant's batches hold.
    pub fn used(&self) -> u64 {
        self.used.bytes.load(Ordering::Relaxed)
    }

    /// Takes room for so many bytes; says whether there was any. With `always` it is taken in any case.
    pub fn take(&self, bytes: u64, always: bool) -> bool {
        let taken = self
            .used
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                let then = used + bytes;
                (always || then <= self.limits.tenant_bytes).then_some(then)
            });
        taken.is_ok()
    }

    /// Gives room back, and wakes all who wait for some.
    pub fn give_back(&self, bytes: u64) {
        self.used.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.used.freed.notify_waiters();
    }

    /// Completes when room was given back after the call.
    pub fn freed(&self) -> Notified<'_> {
        self.used.freed.notified()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_removed_at_the_start() {
        let data = tempfile::tempdir().expect("a directory");
        let left = data.path().join("spool").join(".tmpA1b2C3");
        std::fs::create_dir(data.path().join("spool")).expect("a directory");
        std::fs::write(&left, "answers").expect("a file");
        let limits = SpoolLimits {
            batch_bytes: 1,
            tenant_bytes: 1,
        };
        Spools::open(data.path(), limits).expect("it opens");
        assert!(!left.exists());
    }
}
