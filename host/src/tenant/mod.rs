//! What a tenant has defined: teams, keys, users, rules, lists, plugins, exports.
//!
//! Definitions are few and are held in memory whole. They change in the
//! tenant's lane alone ([`crate::lane::Change`]); everyone else reads the
//! [`Definitions`] that were durable last.
//!
//! What this module does not know: HTTP, and how the store keeps anything.

mod definitions;
mod export;
mod key;
mod list;
mod permission;
mod plugin;
mod rule;
mod session_settings;
mod team;
mod user;

pub use definitions::{Definition, Definitions, Kind, Shelf};
pub use export::{Export, ExportFilter, FormatterChoice};
pub use key::{ApiKey, Token};
pub use list::List;
pub use permission::{Permission, Scope, scopes_permit};
pub use plugin::PublishedPlugin;
pub use rule::{Mode, OnFailure, RuleInstall};
pub use session_settings::SessionSettings;
pub use team::{Answer, FieldRecord, SchemaRecord, Team, TeamKind};
pub use user::{Tenant, User};
