//! What a rule is made of.

use crate::plan::Input;
use crate::row::{Row, Values};
use crate::schemars::JsonSchema;
use crate::serde::de::DeserializeOwned;
use crate::{Finding, Level};

/// What a rule is called, and what its alerts are unless a team says otherwise.
///
/// ```
/// use vervet_sdk::{Level, RuleManifest};
///
/// let manifest = RuleManifest {
///     name: "many-fields",
///     version: "1.0.0",
///     title: "Many fields",
///     description: "Looks at each of the configured fields.",
///     alert_type: "trx_aml_alert",
///     severity: Level::Medium,
///     priority: Level::Medium,
/// };
/// assert_eq!(manifest.severity, Level::Medium);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleManifest {
    /// 1 to 64 characters of `a-z`, `0-9`, `-` and `_`.
    pub name: &'static str,
    /// Semantic version. A published name and version never change.
    pub version: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// What it finds, for people.
    pub description: &'static str,
    /// The type of its alerts, such as `trx_aml_alert`.
    pub alert_type: &'static str,
    /// The severity of its alerts.
    pub severity: Level,
    /// The priority of its alerts.
    pub priority: Level,
}

/// A rule. `#[rule]` writes it for a function; write it by hand where the number of
/// inputs depends on the configuration, and hand it to [`export_rule!`](crate::export_rule).
///
/// ```
/// use vervet_sdk::plan::{FieldType, Input, Source};
/// use vervet_sdk::{Finding, Level, Row, Rule, RuleManifest, export_rule};
///
/// #[vervet_sdk::config]
/// struct Config {
///     /// Text fields that must not be empty.
///     fields: Vec<String>,
/// }
///
/// struct MissingFields;
///
/// impl Rule for MissingFields {
///     type Config = Config;
///
///     const MANIFEST: RuleManifest = RuleManifest {
///         name: "missing-fields",
///         version: env!("CARGO_PKG_VERSION"),
///         title: "Missing fields",
///         description: "Transactions that lack what they should have.",
///         alert_type: "other",
///         severity: Level::Low,
///         priority: Level::Low,
///     };
///
///     fn plan(config: &Config) -> Result<Vec<Input>, String> {
///         if config.fields.is_empty() {
///             return Err("config.fields names no field".into());
///         }
///         let text = |name| Input::new(name, Source::field(name, FieldType::Text));
///         Ok(config.fields.iter().map(text).collect())
///     }
///
///     fn evaluate(config: &Config, row: Row<'_>) -> Result<Vec<Finding>, String> {
///         let mut findings = Vec::new();
///         for (index, name) in config.fields.iter().enumerate() {
///             if row.get::<&str>(index, name)?.is_empty() {
///                 findings.push(Finding::new(format!("'{name}' is missing")));
///             }
///         }
///         Ok(findings)
///     }
/// }
///
/// export_rule!(MissingFields);
/// # fn main() {}
/// ```
pub trait Rule {
    /// What a team configures; its documentation and types become the JSON Schema.
    type Config: DeserializeOwned + JsonSchema;

    /// What the rule is called, and what its alerts are.
    const MANIFEST: RuleManifest;

    /// Which inputs the rule wants for a configuration.
    ///
    /// # Errors
    /// A sentence for the person who wrote the configuration.
    fn plan(config: &Self::Config) -> Result<Vec<Input>, String>;

    /// Judges one transaction: a pure function of its arguments.
    ///
    /// # Errors
    /// Why it could not judge. The host records that, and goes on.
    fn evaluate(config: &Self::Config, row: Row<'_>) -> Result<Vec<Finding>, String>;
}

/// The inputs of a rule as a struct: `#[derive(Inputs)]` implements it. `C` is the
/// rule's configuration.
///
/// ```
/// use vervet_sdk::Inputs;
/// use vervet_sdk::plan::{FieldType, Input, Source};
///
/// #[derive(Inputs)]
/// struct Seen<'a> {
///     amount: f64,
///     #[input(field = "country_code")]
///     country: &'a str,
///     #[input(sum("amount"), over = "24h", when = "channel == 'cash'")]
///     cash_24h: f64,
/// }
///
/// let inputs = Seen::declare(&());
/// assert_eq!(inputs[0], Input::new("amount", Source::field("amount", FieldType::Float)));
/// assert_eq!(inputs[1], Input::new("country", Source::field("country_code", FieldType::Text)));
/// ```
pub trait Inputs<'a, C>: Sized {
    /// The inputs, in the order of the struct's fields. A field of the transaction must have
    /// the type that the struct reads it as; see [`FromField`](crate::FromField).
    fn declare(config: &C) -> Vec<Input>;

    /// Reads them for one transaction.
    ///
    /// # Errors
    /// A sentence, where a value cannot be what the struct reads it as: a number below 0 no `u64`,
    /// an unknown moment no [`Timestamp`](crate::Timestamp).
    fn read(row: Row<'a>) -> Result<Self, String>;
}

/// What a batch came to: findings by row, and rows that could not be judged, both in order.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) findings: Vec<(u32, Finding)>,
    pub(crate) failures: Vec<(u32, String)>,
}

/// Judges a batch, one transaction after the other.
pub(crate) fn judge<R: Rule>(config: &R::Config, count: u32, inputs: &[Values<'_>]) -> Verdict {
    let mut verdict = Verdict::default();
    let whole = inputs.iter().all(|values| values.len() == count as usize);
    for row in 0..count {
        let judged = if whole {
            R::evaluate(config, Row::new(inputs, row as usize))
        } else {
            Err("an input has not one value for each transaction".to_owned())
        };
        match judged {
            Ok(findings) => verdict
                .findings
                .extend(findings.into_iter().map(|finding| (row, finding))),
            Err(reason) => verdict.failures.push((row, reason)),
        }
    }
    verdict
}
