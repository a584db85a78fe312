//! Much within a day, payments and refunds alike. A refund counts as what it is: less.

use vervet_sdk::{Finding, Inputs, rule};

/// What a team configures.
#[vervet_sdk::config]
pub struct Config {
    /// So much within a day is reported.
    pub limit: f64,
}

/// What the rule sees.
#[derive(Inputs)]
pub struct Seen {
    amount: f64,
    #[input(sum("amount"), over = "24h")]
    sum_24h: f64,
}

/// Much within a day
#[rule(name = "refunds", alert_type = "trx_aml_alert", severity = "medium")]
pub fn refunds(config: &Config, seen: &Seen) -> Option<Finding> {
    let total = seen.sum_24h + seen.amount;
    (total.abs() >= config.limit).then(|| Finding::new(format!("{total:.2} within a day")))
}
