//! What publishing found out about an upload, so that the same bytes need not be compiled and checked again.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::Published;
use super::compile::Compiled;
use super::inspect::Inspected;
use crate::Digest;

/// What was found out about an upload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// SHA-256 of the upload, in hex.
    upload: String,
    /// Which release of the host checked it: another one may check other things.
    release: String,
    /// With how much memory an instance was allowed to start, in bytes.
    instance_bytes: usize,
    pub(crate) inspected: Inspected,
    /// Length of the compiled code.
    pub(crate) code_bytes: u64,
    pub(crate) describe_fuel: u64,
}

impl Receipt {
    pub(crate) fn new(
        upload: &Digest,
        instance_bytes: usize,
        inspected: Inspected,
        code_bytes: u64,
        describe_fuel: u64,
    ) -> Self {
        Self {
            upload: upload.to_string(),
            release: env!("CARGO_PKG_VERSION").to_owned(),
            instance_bytes,
            inspected,
            code_bytes,
            describe_fuel,
        }
    }

    /// Whether what was accepted then is accepted by this release, with this limit.
    fn is_valid(&self, instance_bytes: usize) -> bool {
        self.release == env!("CARGO_PKG_VERSION") && self.instance_bytes <= instance_bytes
    }
}

/// The receipts of what is kept, by upload.
pub(crate) struct Receipts {
    /// With the digest of the component.
    by_upload: RwLock<HashMap<Digest, (Digest, Receipt)>>,
    instance_bytes: usize,
}

impl Receipts {
    /// Of components whose receipts were kept, as they were written. One that cannot be read is as good as none.
    pub(crate) fn of(kept: Vec<(Digest, Vec<u8>)>, instance_bytes: usize) -> Self {
        let receipts = Self {
            by_upload: RwLock::default(),
            instance_bytes,
        };
        for (component, bytes) in kept {
            if let Ok(receipt) = serde_json::from_slice(&bytes) {
                receipts.put(component, receipt);
            }
        }
        receipts
    }

    /// Keeps a receipt, if it is valid.
    pub(crate) fn put(&self, component: Digest, receipt: Receipt) {
        if let Ok(upload) = receipt.upload.parse()
            && receipt.is_valid(self.instance_bytes)
        {
            let mut by_upload = self.by_upload.write();
            by_upload.insert(upload, (component, receipt));
        }
    }

    /// The component of an upload that was published before, and its receipt.
    pub(crate) fn find(&self, upload: &Digest) -> Option<(Digest, Receipt)> {
        self.by_upload.read().get(upload).cloned()
    }

    /// Forgets the receipts of components.
    pub(crate) fn forget(&self, components: &[Digest]) {
        if !components.is_empty() {
            let mut by_upload = self.by_upload.write();
            by_upload.retain(|_, (component, _)| !components.contains(component));
        }
    }
}

/// Uploads that are being published, so that the same bytes are compiled once however many tenants upload them at once.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Digest, Arc<Flight>>>);

/// What came of an upload, while somebody holds it. Who publishes the upload holds the lock.
pub(crate) type Flight = tokio::sync::Mutex<Option<Landed>>;

/// A published upload without its compiled code, which belongs to those who publish it.
pub(crate) struct Landed {
    published: Published,
    code: Weak<Compiled>,
}

impl Flights {
    /// The flight of an upload.
    pub(crate) fn of(&self, upload: Digest) -> Arc<Flight> {
        let mut flights = self.0.lock();
        flights.retain(|_, flight| {
            let is_used = Arc::strong_count(flight) > 1;
            let is_held = |landed: &Landed| landed.code.strong_count() > 0;
            is_used
                || flight
                    .try_lock()
                    .is_ok_and(|landed| landed.as_ref().is_some_and(is_held))
        });
        flights.entry(upload).or_default().clone()
    }

    /// Forgets an upload: its receipt is kept by now.
    pub(crate) fn forget(&self, upload: &Digest) {
        self.0.lock().remove(upload);
    }
}

impl Landed {
    pub(crate) fn of(published: &Published) -> Option<Self> {
        let code = Arc::downgrade(published.code.as_ref()?);
        let mut published = published.clone();
        published.code = None;
        Some(Self { published, code })
    }

    /// The same again; none if nobody holds the code any more.
    pub(crate) fn again(&self) -> Option<Published> {
        let mut published = self.published.clone();
        published.code = Some(self.code.upgrade()?);
        Some(published)
    }
}
