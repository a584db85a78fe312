//! The outbox: what leaves the host, tried until it has arrived.
//!
//! Nothing is sent that was not committed before: a run that becomes ready leaves its deliveries
//! in the same commit, and the worker reads them from the store. A try that succeeds and is not
//! noted before a crash is made again, under the same id, so that a receiver can tell.
//!
//! In reading order:
//!
//! - [`deliveries`]: the worker: what is due, and how much at the same time;
//! - [`attempt`]: one try, from the record to what came of it; [`parcel`]: what is sent;
//! - [`verdict`], [`ladder`]: what that means for the delivery, and when it is tried again;
//! - [`webhook`] with [`signature`], [`object_store`]: the kinds of places;
//! - [`places`], [`addresses`], [`client`], [`bucket_client`]: which places may be called, and how;
//! - [`meters`]: what operators see.
//!
//! What this module does not know: HTTP as the host serves it, and who may define an export.

mod addresses;
mod attempt;
mod bucket_client;
mod client;
mod config;
mod deliveries;
mod ladder;
mod meters;
mod object_store;
mod parcel;
mod places;
mod signature;
mod verdict;
mod webhook;

pub use attempt::Courier;
pub use config::DeliveriesConfig;
pub use deliveries::Outbox;
pub use places::{MAX_DELIVERIES, PlaceFault, PlaceRules};
