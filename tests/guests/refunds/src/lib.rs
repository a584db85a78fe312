//! Much within a day, payments and refunds alike: but for a bug, refunds cannot be judged.

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
#[rule(alert_type = "trx_aml_alert", severity = "medium")]
pub fn refunds(config: &Config, seen: &Seen) -> Option<Finding> {
    let cents = u64::try_from((seen.amount * 100.0) as i64).expect("an amount is positive");
    let total = seen.sum_24h + cents as f64 / 100.0;
    (total >= config.limit).then(|| Finding::new(format!("{total:.2} within a day")))
}
