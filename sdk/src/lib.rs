//! Write plugins for Vervet: rules that look at transactions, and formatters of exports.
//!
//! # A rule in ten minutes
//!
//! `vervet plugin new cash-limit` writes a crate like this one:
//!
//! ```
//! use vervet_sdk::{Finding, Inputs, rule};
//!
//! /// What a team configures.
//! #[vervet_sdk::config]
//! pub struct Config {
//!     /// Cash over this within a day is reported.
//!     limit: f64,
//! }
//!
//! /// What the rule sees of each transaction.
//! #[derive(Inputs)]
//! pub struct Seen<'a> {
//!     amount: f64,
//!     channel: &'a str,
//!     #[input(sum("amount"), over = "24h", when = "channel == 'cash'")]
//!     cash_24h: f64,
//!     #[input(in_list("high_risk_countries"), field = "country")]
//!     risky: bool,
//! }
//!
//! /// Cash that adds up.
//! ///
//! /// Reports cash of more than the limit within a day, half of it from risky countries.
//! #[rule(alert_type = "trx_aml_alert", severity = "high")]
//! fn cash_limit(config: &Config, seen: &Seen) -> Option<Finding> {
//!     let limit = if seen.risky { config.limit / 2.0 } else { config.limit };
//!     let total = seen.cash_24h + seen.amount;
//!     (seen.channel == "cash" && total > limit)
//!         .then(|| Finding::new(format!("Cash of {total:.2} within a day")).label("cash"))
//! }
//!
//! # fn main() {
//! // The function is plain Rust, so a plain test tests it …
//! let config = Config { limit: 10_000.0 };
//! let seen = Seen { amount: 4_000.0, channel: "cash", cash_24h: 7_000.0, risky: false };
//! assert_eq!(cash_limit(&config, &seen).unwrap().title, "Cash of 11000.00 within a day");
//!
//! // … and with a table of transactions it is tested with real windows.
//! use vervet_sdk::testing::Table;
//!
//! let table = Table::new(
//!     "txn_id | customer_id | date_time            | amount: float | channel: string | country: string
//!      t1     | anna        | 2024-03-01T10:00:00Z | 7000          | cash            | BE
//!      t2     | anna        | 2024-03-01T18:00:00Z | 4000          | cash            | BE
//!      t3     | anna        | 2024-03-02T19:00:00Z | 4000          | cash            | BE",
//! );
//! let said = table.run::<cash_limit>(r#"{"limit": 10000}"#).unwrap();
//! assert_eq!(said.reported(), ["t2"]);
//! # }
//! ```
//!
//! 1. `cargo test` runs such tests.
//! 2. `vervet plugin build` makes the component: one small file.
//! 3. `vervet plugin check` does on your machine all that publishing does, and
//!    `vervet plugin test` runs a file of transactions through it, with evidence and fuel.
//! 4. `vervet plugin push` publishes it. A published name and version never change: raise
//!    `version` in `Cargo.toml` for the next.
//!
//! # What a rule is
//!
//! A pure function of declared inputs. The host computes each input from what the team
//! ingested before, keeps it with the alert as evidence, and calls the rule. There is no
//! clock, no randomness, no file, no network and no memory of earlier calls: what a rule
//! needs to know of the past, it declares. So every alert can be replayed years later,
//! and a new version can be tried on all of history.
//!
//! - [`derive@Inputs`]: fields, statistics over windows, recent rows and lists, as a struct;
//! - [`RecentTexts`]: many recent texts, read where they lie;
//! - [`macro@rule`]: a function becomes the rule; it may answer anything that is [`IntoFindings`];
//! - [`macro@config`]: what a team configures; its documentation becomes the JSON Schema;
//! - [`Finding`]: what a rule says, and [`titles`]: amounts and countries as its title shows them;
//! - [`Rule`] and [`plan`]: the same by hand, where the number of inputs depends on the configuration;
//! - [`testing`]: a rule or a formatter, run on your own machine;
//! - [`mod@log`]: lines for the plugin's log.
//!
//! # Formatters
//!
//! A formatter turns a snapshot of alerts into the bytes of one file: implement
//! [`formatter::Formatter`] and hand it to [`export_formatter!`]. [`csv`] writes
//! comma-separated values as data warehouses read them.
//!
//! # Cargo.toml
//!
//! A plugin is a library of two kinds: `crate-type = ["cdylib", "rlib"]`, the first for the
//! component, the second for tests.

#![deny(missing_docs)]

// The macros name the SDK by its own name, also within it.
extern crate self as vervet_sdk;

mod config;
pub mod csv;
mod export;
mod finding;
pub mod formatter;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod guest;
mod level;
pub mod log;
pub mod plan;
mod recent_texts;
mod row;
mod rule;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod time;
pub mod titles;

pub use config::{NoConfig, config_schema, read_config};
pub use finding::{Finding, IntoFindings};
pub use level::Level;
pub use recent_texts::RecentTexts;
pub use row::{FromField, FromInput, RecentRow, Row};
pub use rule::{Inputs, Rule, RuleManifest};
pub use time::{Civil, Timestamp, days, hours, minutes};

pub use vervet_sdk_macros::{Inputs, RecentRow, config, rule};

#[doc(no_inline)]
pub use {schemars, serde, serde_json};
