//! A single transaction that reaches its currency's limit.

use std::collections::BTreeMap;

use vervet_sdk::titles::{amount as in_currency, money};
use vervet_sdk::{Finding, Inputs, rule};

/// What a team configures.
#[vervet_sdk::config]
#[serde(default)]
pub struct Config {
    /// The limit of each currency, by its code as transactions write it.
    pub limits: BTreeMap<String, f64>,
    /// The limit of all other currencies; without it they are not looked at.
    pub other_limit: Option<f64>,
    /// The float field with the amount.
    pub amount_field: String,
    /// The string field with the currency.
    pub currency_field: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: BTreeMap::new(),
            other_limit: None,
            amount_field: "amount".into(),
            currency_field: "currency".into(),
        }
    }
}

impl Config {
    fn check(&self) -> Result<(), String> {
        let mut limits = self.limits.values().chain(&self.other_limit).peekable();
        if limits.peek().is_none() {
            return Err("config: there is no limit; set one in 'limits', or 'other_limit'".into());
        }
        match limits.find(|&&limit| limit <= 0.0) {
            Some(limit) => Err(format!(
                "config: a limit is more than 0, which {limit} is not"
            )),
            None => Ok(()),
        }
    }
}

/// What the rule sees of each transaction.
#[derive(Inputs)]
#[inputs(config = Config)]
pub struct Seen<'a> {
    #[input(field = &config.amount_field)]
    amount: f64,
    #[input(field = &config.currency_field)]
    currency: &'a str,
}

/// Large amount
///
/// A single transaction, in or out, that reaches the limit of its currency. The score is how many times
/// the limit it is.
#[rule(alert_type = "trx_aml_alert", severity = "medium", check = Config::check)]
pub fn large_amount(config: &Config, seen: &Seen<'_>) -> Option<Finding> {
    let limit = config
        .limits
        .get(seen.currency)
        .copied()
        .or(config.other_limit)?;
    let amount = seen.amount.abs();
    (amount >= limit).then(|| {
        let verb = if amount > limit { "exceeds" } else { "reaches" };
        Finding::new(format!(
            "{} {verb} the limit of {}",
            money(amount, seen.currency),
            in_currency(limit, seen.currency)
        ))
        .score(amount / limit)
        .label("large amount")
        .info("limit", limit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amount: f64, currency: &str, expect: Option<&str>) {
        let config = Config {
            limits: BTreeMap::from([("EUR".into(), 10_000.0), ("JPY".into(), 1_500_000.0)]),
            ..Config::default()
        };
        let found = large_amount(&config, &Seen { amount, currency });
        assert_eq!(found.map(|finding| finding.title).as_deref(), expect);
    }

    #[test]
    fn the_currency_has_the_limit() {
        check(9_999.99, "EUR", None);
        check(
            10_000.0,
            "EUR",
            Some("EUR 10,000.00 reaches the limit of 10,000.00"),
        );
        check(
            -20_000.0,
            "EUR",
            Some("EUR 20,000.00 exceeds the limit of 10,000.00"),
        );
        check(
            2_000_000.0,
            "JPY",
            Some("JPY 2,000,000 exceeds the limit of 1,500,000"),
        );
        check(20_000.0, "JPY", None);
        check(1e9, "XAU", None);
    }

    #[test]
    fn a_configuration_needs_a_limit() {
        let check = |config: &str, expect: &str| {
            let config: Config = vervet_sdk::read_config(config).expect("reads");
            assert_eq!(config.check(), Err(expect.to_owned()));
        };
        check(
            "{}",
            "config: there is no limit; set one in 'limits', or 'other_limit'",
        );
        check(
            r#"{"limits": {"EUR": 0}}"#,
            "config: a limit is more than 0, which 0 is not",
        );
    }
}
