//! What leaves the host for places that tenants name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What leaves the host for places that tenants name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DeliveriesConfig {
    /// Lets deliveries go to loopback, private and link-local addresses: only where tenants may
    /// reach what this machine reaches.
    pub allow_private: bool,
    /// Lets deliveries go over http, where everyone on the way reads them.
    pub allow_http: bool,
    /// Below which directory exports may be delivered to directories, each tenant in one of its
    /// own; empty: to none.
    pub directory_root: String,
    /// Tries at the same time, of all tenants together.
    pub at_once: usize,
    /// Tries at the same time, of one tenant.
    pub at_once_per_tenant: usize,
    /// Seconds for a connection.
    pub connect_seconds: u64,
    /// Seconds for an answer, besides those that the file takes on its way.
    pub answer_seconds: u64,
    /// The largest file that a webhook is sent, in MiB; larger ones need `send: "notice"` or an object store.
    pub max_webhook_mib: u64,
}

impl Default for DeliveriesConfig {
    fn default() -> Self {
        Self {
            allow_private: false,
            allow_http: false,
            directory_root: String::new(),
            at_once: 16,
            at_once_per_tenant: 4,
            connect_seconds: 10,
            answer_seconds: 30,
            max_webhook_mib: 256,
        }
    }
}
