//! The macros of `vervet-sdk`, which re-exports and documents them.
//!
//! - `rule`: a function becomes a rule;
//! - `inputs`: a struct becomes a plan, and is read from a row;
//! - `condition`: what stands behind `when`, parsed while compiling;
//! - `config`: a struct becomes a configuration.

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, parse_macro_input};

mod condition;
mod config;
mod fields;
mod inputs;
mod recent;
mod rule;

/// A struct or enum becomes a configuration, or a part of one: read from JSON, and
/// described by a JSON Schema in which its documentation stands. A member that it does not
/// name is refused, so that a misspelt one is found.
///
/// ```
/// /// What a team sets.
/// #[vervet_sdk::config]
/// struct Config {
///     /// Cash over this within a day is reported.
///     limit: f64,
///     /// Which channels are cash.
///     #[serde(default)]
///     channels: Vec<String>,
/// }
///
/// assert!(vervet_sdk::read_config::<Config>(r#"{"limit": 1, "chanels": []}"#).is_err());
/// ```
#[proc_macro_attribute]
pub fn config(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    answer(config::expand(attribute.into(), &item))
}

/// A struct becomes the inputs of a rule: each field one input, called as the field is.
///
/// | `#[input(…)]` | the field's value |
/// | --- | --- |
/// | nothing | the transaction's field of the same name |
/// | `field = "country_code"` | another field of the transaction |
/// | `count` | how many transactions a window holds |
/// | `sum("amount")`, `mean(…)`, `min(…)`, `max(…)`, `std_dev(…)`, `distinct(…)` | a statistic over a window |
/// | `recent("counterparty")` | the newest values in a window, newest first: a `Vec` |
/// | `recent` | the same of several fields: a `Vec` of a struct under `#[derive(RecentRow)]` |
/// | `in_list("high_risk_countries"), field = "country"` | whether the tenant's list holds the field's text |
///
/// The type of the struct's field says of which type the transaction's field must be, alone or in recent rows: `f64`
/// float, `i64` and `u64` integer, `&str` and `String` string, `bool` boolean, `Timestamp` date_time (`Option<Timestamp>`
/// where it may be unknown). A team whose payload schema has it otherwise cannot install the rule; a type that no field
/// has is an error while compiling:
///
/// ```compile_fail,E0277
/// #[derive(vervet_sdk::Inputs)]
/// struct Seen {
///     amount: f32,
/// }
/// ```
///
/// A window takes `over = "24h"` (units `s`, `m`, `h`, `d`, `w`), and may take `delay = "7d"`, by which it ends
/// before the transaction; `by = "card"` instead of `customer_id`; `when = "channel == 'cash' && amount > 10"`, which chooses
/// what enters it, and where `currency == current` means this transaction's own `currency` (`current.other` another
/// field of it). `recent` takes `limit = 20` (100 without it).
///
/// With `#[inputs(config = Config)]` on the struct, each name, length and limit may be an expression
/// over `config` instead of a literal, and `when` takes such expressions in braces:
///
/// ```
/// use vervet_sdk::{Inputs, days};
///
/// #[vervet_sdk::config]
/// struct Config {
///     field: String,
///     days: u32,
///     floor: f64,
/// }
///
/// #[derive(Inputs)]
/// #[inputs(config = Config)]
/// struct Seen {
///     #[input(field = &config.field)]
///     amount: f64,
///     #[input(count, over = days(config.days), when = "{&config.field} >= {config.floor}")]
///     near: u64,
/// }
///
/// let config = Config { field: "value".into(), days: 3, floor: 9000.0 };
/// assert_eq!(Seen::declare(&config).len(), 2);
/// ```
#[proc_macro_derive(Inputs, attributes(input, inputs))]
pub fn derive_inputs(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    answer(inputs::expand(&item))
}

/// A struct becomes one row of a `recent` input; `#[row(field = "beneficiary")]` names
/// a field of the transaction that is called otherwise.
#[proc_macro_derive(RecentRow, attributes(row))]
pub fn derive_recent_row(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    answer(recent::expand(&item))
}

/// A function of a configuration and of inputs becomes the rule that the crate exports.
///
/// | | |
/// | --- | --- |
/// | `alert_type = "trx_aml_alert"` | the type of its alerts; needed |
/// | `name = "structuring"` | the package's name without it |
/// | `version = "1.0.0"` | the package's version without it |
/// | `title = "…"` | the first line of the function's documentation without it |
/// | `severity = "high"`, `priority = "low"` | `medium` without it |
/// | `check = Config::check` | a function `fn(&Config) -> Result<(), String>` that looks at a configuration before it is accepted |
///
/// The description is the function's documentation. The function itself stays as it is. Beside it stands a type of the same name,
/// for tests: `testing::run::<structuring>(…)`.
#[proc_macro_attribute]
pub fn rule(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    answer(rule::expand(attribute.into(), &item))
}

fn answer(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
