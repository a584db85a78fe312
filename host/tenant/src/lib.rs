//! What a tenant has defined: teams, keys, users, rules, lists, plugins, exports, the workflow.
//!
//! Definitions are few and are held in memory whole. They change in the
//! tenant's lane alone (`engine::lane::Change`); everyone else reads the
//! [`Definitions`] that were durable last.
//!
//! What this module does not know: HTTP, and how the store keeps anything.

pub mod credential;
pub mod directory;

mod alert_type;
mod authority;
mod definitions;
mod delivery;
mod export;
pub mod grant;
mod info_schema;
mod key;
mod list;
mod merging;
mod permission;
mod plugin;
mod preferences;
mod preparing;
mod promotion_gate;
mod rule;
mod saved_view;
mod schema_memory;
mod scope;
mod secret;
mod session_settings;
mod sign_in;
mod team;
mod tokens;
mod user;
mod webhook_secret;
mod workflow;

pub use alert_type::{AlertType, AlertTypeSettings};
pub use authority::{Authority, PermissionSet, Revoked};
pub use definitions::{Definition, Definitions, Kind, Shelf};
pub use delivery::{Delivery, S3Place, SendBody};
pub use export::{
    Compression, Export, ExportFilter, FilterLevel, FilterOutcome, FormatterChoice, Retention,
    Schedule, SensitiveOutput, assignee,
};
pub use info_schema::{InfoSchema, RefusedInfo};
pub use key::{ApiKey, Token};
pub use list::{ChangedPages, List, ListEntries, ListError, Page, PageError, StoredAs};
pub use merging::{ActiveMerging, Condition, MergingParameters, Period};
pub use permission::{Permission, Scope};
pub use plugin::PublishedPlugin;
pub use preferences::{NoSuchRows, Preferences, Rows, Theme};
pub use preparing::{InstallState, PreparingInstall};
pub use promotion_gate::{ActiveGate, PromotionGate};
pub use rule::{Mode, OnFailure, RuleInstall};
pub use saved_view::{MoreFilters, SavedView};
pub use schema_memory::{MAX_SCHEMA_BYTES, SchemasTooLarge};
pub use scope::OwnScope;
pub use secret::Secret;
pub use session_settings::SessionSettings;
pub use sign_in::SignIn;
pub use team::{Answer, FieldRecord, SchemaRecord, Team, TeamKind};
pub use tokens::MAX_TOKENS_PER_USER;
pub use user::{PasswordCode, Tenant, User};
pub use webhook_secret::{FormerSecret, WebhookSecret};
pub use workflow::WorkflowRecord;
