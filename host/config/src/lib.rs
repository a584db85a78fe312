//! The configuration: defaults, then `vervet.toml`, then `VERVET_…` variables, then flags.
//!
//! Parsed once. Every key has a default that serves one machine. Unknown keys are rejected with a suggestion, and values
//! that are not allowed with what is.

mod allowed;
mod forms;
mod read;
mod reference;
mod relations;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use domain::window::PlanPrice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use delivery::DeliveriesConfig;
pub use files::{FilesConfig, FilesKind};
pub use read::{ConfigError, known_keys, read};
pub use sessions::{RabbitMqConfig, Secret, SecretUrl, SessionsConfig};

use runtime::limits::Limits;

/// The whole configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// Address and port of the API.
    pub listen: String,
    /// The data directory; made where there is none.
    pub data: PathBuf,
    /// What others call this host, for commands to copy; empty: `http://` and the address.
    pub public_url: String,
    /// The API.
    pub http: HttpConfig,
    /// The embedded store.
    pub store: StoreConfig,
    /// Files: documents of alerts, and what exports write.
    pub files: FilesConfig,
    /// The lanes of tenants.
    pub lanes: LanesConfig,
    /// Account-aggregation sessions.
    pub sessions: SessionsConfig,
    /// The broker that their events go to.
    pub rabbitmq: RabbitMqConfig,
    /// The sandbox of plugins.
    pub plugins: Limits,
    /// What leaves the host for places that tenants name.
    pub deliveries: DeliveriesConfig,
    /// The log.
    pub log: LogConfig,
}

/// The API.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HttpConfig {
    /// The longest body of a single transaction, and the longest line of a batch, in bytes.
    pub max_transaction_bytes: usize,
    /// The longest body of other calls, in bytes; uploads of plugins have a limit of their own.
    pub max_body_bytes: usize,
    /// Requests that one credential may make in a second; 0 for as many as it likes.
    pub requests_per_second: u32,
    /// Connections at the same time; further ones wait to be accepted.
    pub connections: usize,
    /// Connections at the same time from one address (IPv6: from one /64 network); further ones are closed at once.
    /// Behind a proxy, which is one address, set it to the value of `connections`.
    pub connections_per_peer: usize,
    /// Seconds that a client may take for the head of a request.
    pub header_seconds: u64,
    /// Seconds that a body may stand still before the connection is ended.
    pub idle_body_seconds: u64,
    /// Seconds after which a connection without a request under way is closed. Pings of HTTP/2 are not requests.
    pub idle_connection_seconds: u64,
    /// Seconds that an answer may stand still because the client does not read it, before the connection is ended.
    pub stalled_answer_seconds: u64,
    /// Unread answers of one batch, in MiB: what a client may leave unread while it writes.
    pub batch_spool_mib: u64,
    /// Unread answers of all batches of one tenant, in MiB.
    pub tenant_spool_mib: u64,
    /// Requests of one tenant that are worked on at the same time, but for transactions, which have the bounds of their
    /// lane.
    pub requests_at_once_per_tenant: usize,
    /// Requests of one tenant that may wait to be worked on; further ones are refused with 503.
    pub requests_waiting_per_tenant: usize,
    /// Passwords that are hashed at the same time; each takes 19 MiB of memory.
    pub passwords_at_once: usize,
    /// Passwords of one tenant that may wait to be hashed; further ones are refused with 503.
    pub passwords_waiting_per_tenant: usize,
    /// Seconds that a graceful stop waits for what is under way.
    pub stop_seconds: u64,
}

/// The embedded store.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StoreConfig {
    /// Memory for pages of the store, in MiB.
    pub cache_mib: u64,
}

/// The lanes of tenants.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LanesConfig {
    /// Workers that lanes take turns on; 0 for twice the cores.
    pub workers: usize,
    /// Days that windows hold rows in memory beyond their length, for transactions that come late.
    pub lateness_days: u64,
    /// Memory for the windows of all teams together, in MiB; what does not fit is read from the index when it is needed.
    pub window_mib: usize,
    /// Minutes after which a tenant that nobody used gives back its memory; it is read again when it is needed.
    pub idle_minutes: u64,
    /// What the inputs of a rule may cost for one transaction, in units of about a microsecond in the worst case; a plan
    /// that costs more cannot be installed.
    pub max_plan_price: u64,
    /// How long the inputs of a turn's transactions may be computed before other tenants have their turn, in
    /// milliseconds; the transactions that are left follow in the next turn.
    pub input_milliseconds: u64,
    /// How many stored transactions may be read while a request to install a rule waits. A rule whose windows need more is
    /// prepared in the background and takes effect later.
    pub prepare_in_request_rows: u64,
}

/// The log.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogConfig {
    /// `off`, `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,engine::lane=debug`.
    pub level: String,
    /// `text` or `json`.
    pub format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object in each line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data: PathBuf::from("vervet-data"),
            public_url: String::new(),
            http: HttpConfig::default(),
            store: StoreConfig::default(),
            files: FilesConfig::default(),
            lanes: LanesConfig::default(),
            sessions: SessionsConfig::default(),
            rabbitmq: RabbitMqConfig::default(),
            plugins: Limits::default(),
            deliveries: DeliveriesConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            max_transaction_bytes: 256 << 10,
            max_body_bytes: 8 << 20,
            requests_per_second: 0,
            connections: 10_000,
            connections_per_peer: 1_000,
            header_seconds: 15,
            idle_body_seconds: 30,
            idle_connection_seconds: 120,
            stalled_answer_seconds: 60,
            batch_spool_mib: 128,
            tenant_spool_mib: 512,
            requests_at_once_per_tenant: 64,
            requests_waiting_per_tenant: 1_000,
            passwords_at_once: 2,
            passwords_waiting_per_tenant: 32,
            stop_seconds: 30,
        }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { cache_mib: 64 }
    }
}

impl Default for LanesConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            lateness_days: 7,
            window_mib: 896,
            idle_minutes: 60,
            max_plan_price: PlanPrice::MAX,
            input_milliseconds: 20,
            prepare_in_request_rows: 10_000,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Config {
    /// As a file that could be read again, with comments that say what each key means and may be. There is no secret in
    /// it: secrets come from the environment alone, and are masked here.
    pub fn to_toml(&self) -> String {
        reference::annotated(self)
    }

    /// The URL by which others reach this host.
    pub fn url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }
}
