//! What is wired to what, and in which order it starts and stops.

pub mod alert_index;
pub mod alert_types;
pub mod alerts;
pub mod all_jobs;
pub mod audit;
pub mod backtest;
pub mod blocking;
pub mod bulk;
pub mod caller;
pub mod catch_up;
pub mod dashboard;
mod days;
pub mod document;
pub mod exports;
pub mod find;
pub mod grandfathered;
pub mod guard_value;
pub mod health;
pub mod installed_plans;
#[cfg(any(test, feature = "testing"))]
pub mod memory_host;
pub mod misfit;
pub mod people;
pub mod plugin_config;
pub mod plugins;
pub mod preparation;
pub mod prepared_rule;
pub mod published;
pub mod replay;
pub mod request;
mod resume;
pub mod rule_check;
pub mod rules;
pub mod sessions;
pub mod settings;
pub mod spools;
mod start;
mod stop;
pub mod teams;
pub mod tenants;
#[cfg(test)]
mod tests;
pub mod transactions;
pub mod users;
pub mod views;
pub mod watchlists;
pub mod workflow;

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::alerts::export::PlainFormatters;
use crate::alerts::meanings::Meanings;
use crate::all_jobs::AllJobs;
use crate::grandfathered::Inspection;
use crate::plugins::uploads::Uploads;
use crate::preparation::Preparations;
use crate::request::cursors::Cursors;
use crate::request::repeats::Repeats;
use crate::spools::Spools;
use crate::tenants::registry::Tenants;
use crate::transactions::summary::DailyTransactions;
use crate::users::sign_in::Idle;
use crate::users::sign_in::attempts::Attempts;
use ::sessions::EventCourier;
use base::shares::Shares;
use config::Config;
use delivery::{Outbox, PlaceRules};
use engine::lane::{Lanes, Services};
use engine::list::ListLocks;
use export::{Button, Deliveries, Runs, Scheduler};
use files::Files;
use store::key::TenantId;
use tenant::directory::Digest;
use untrusted_input::json_schema;

pub use start::StartError;

/// The host, running.
pub struct App {
    /// What all lanes share.
    pub services: Arc<Services>,
    /// Documents, and what exports write.
    pub files: Files,
    /// The runs of exports, which `jobs` makes.
    pub runs: Arc<Runs>,
    /// Their deliveries.
    pub deliveries: Deliveries,
    /// Where deliveries may go.
    pub places: PlaceRules,
    /// Delivers.
    pub outbox: Outbox,
    /// What is wanted of account-aggregation sessions.
    pub session_rules: ::sessions::Rules,
    /// Delivers their events.
    pub events: EventCourier,
    /// Files that are made at once, on request.
    pub button: Button,
    /// Which formatters need no configuration.
    pub plain_formatters: PlainFormatters,
    /// Room for answers of batches that clients have not read yet.
    pub spools: Spools,
    /// Turns for hashing passwords, each of which takes 19 MiB of memory.
    pub passwords: Shares<TenantId>,
    /// Attempts to sign in, lately.
    pub sign_in_attempts: Attempts,
    /// When sign-ins were used last.
    pub idle_sign_ins: Idle,
    /// Turns for requests, but for transactions.
    pub requests: Shares<TenantId>,
    scheduler: Scheduler,
    /// Removes files that a crash left, once after the start.
    sweeping: tokio::task::AbortHandle,
    /// Looks for rules that failed before, once after the start.
    recalling: tokio::task::AbortHandle,
    /// Stored definitions that would be refused today.
    pub grandfathered: Inspection,
    /// How it was configured.
    pub config: Config,
    /// When it was started.
    pub started: Instant,
    /// Seals the cursors of lists.
    pub cursors: Cursors,
    /// Long work of tenants, by kind.
    pub jobs: AllJobs,
    /// Lists that are being changed.
    pub list_locks: ListLocks,
    /// Rules that take effect once their windows are whole.
    pub preparations: Preparations,
    /// Where requests validate JSON by schemas of tenants and plugins.
    pub schema_room: json_schema::Room,
    /// Requests under way that may come again.
    pub repeats: Repeats,
    /// How many transactions happened by day, as they were counted lately.
    pub daily_transactions: DailyTransactions,
    /// What the evidence of findings means, in words.
    pub meanings: Meanings,
    /// Plugins that are being compiled.
    pub uploads: Uploads,
    /// SHA-256 of the administrator token.
    administrator: Digest,
    lanes: Mutex<Option<Lanes>>,
    tenants: Arc<RwLock<Tenants>>,
    /// Counts sessions, until it is told to stop.
    watching: Mutex<Option<JoinHandle<()>>>,
    stop_watching: CancellationToken,
    /// One tenant is created at a time.
    creating: tokio::sync::Mutex<()>,
}

impl App {
    /// Removes, beside all else, compiled code that need not be kept: what uses a plugin has changed.
    pub fn forget_unused_code(&self) {
        let plugins = self.services.plugins.clone();
        tokio::spawn(async move { plugins.sweep().await });
    }

    /// Whether the lanes take work; not so when the host stops.
    pub fn is_running(&self) -> bool {
        self.lanes.lock().is_some()
    }
}
