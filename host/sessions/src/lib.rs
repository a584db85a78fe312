//! Account-aggregation sessions, as they are kept, changed and shown.
//!
//! In reading order:
//!
//! - [`rules`]: what is wanted of a session, and whose sessions make events;
//! - [`record`], [`form`]: a session as the store keeps it; [`fetched`]: its transactions;
//! - [`names`]: consents, users and sessions under the names that clients give them;
//! - [`history`]: what an account's history holds already, and what a page adds to it;
//! - [`begin`], [`steps`], [`pages`], [`take_back`]: what changes a session, in the tenant's lane;
//! - [`announce`]: makes an event with the step that causes it, each once;
//! - [`view`]: what readers see, which is only what is durable;
//! - [`mapping`], [`txn_id`], [`monitor`]: fetched transactions on their way to a team;
//! - [`courier`], [`backlog`]: delivers events in their order; [`stalled`]: counts sessions that stand still.
//!
//! What this module does not know: HTTP, who is calling, and how a message is published.

pub mod event;

mod announce;
mod backlog;
mod begin;
mod config;
mod courier;
mod fetched;
mod form;
mod history;
pub mod mapping;
mod monitor;
mod names;
mod pages;
mod record;
mod rules;
mod stalled;
mod steps;
mod take_back;
#[cfg(test)]
mod tests;
mod txn_id;
mod view;

pub use backlog::{Backlog, BrokerState};
pub use begin::{Begun, NewSession, begin};
pub use config::{RabbitMqConfig, Secret, SecretUrl, SessionsConfig};
pub use courier::{EventCourier, LanesOf};
pub use fetched::FetchedTransaction;
pub use history::{Held, Standing, Unlisted};
pub use monitor::Monitor;
pub use names::{Consent, HubUser};
pub use pages::{
    NewPage, PageMonitoring, PageRecord, RefusedTransaction, note_monitoring, take_page,
};
pub use record::{EventMark, SessionRecord};
pub use rules::{Announced, Rules};
pub use stalled::watch;
pub use steps::{StepError, Stepped, Who, give_code, step};
pub use take_back::take_back;
pub use view::{HistoryPlace, HistorySource, NewestSessions, View, sources_of};
