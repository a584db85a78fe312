//! Rules and formatters, run on your own machine without a host.
//!
//! [`Table`] runs a rule over transactions, with windows that the host's own code
//! computes. [`AlertsBuilder`] makes alerts, and [`format()`] a whole file of them.

mod alerts;
mod plan;
mod run;
mod table;

pub use alerts::{AlertsBuilder, TestAlert, format, hostile_alerts};
pub use run::{Judged, Said};
pub use table::Table;
