//! Several amounts just below a limit, within days.

use vervet_sdk::titles::money;
use vervet_sdk::{Finding, Inputs, days, rule};

/// What a team configures.
#[vervet_sdk::config]
#[serde(default)]
pub struct Config {
    /// The limit that someone may want to stay below.
    pub limit: f64,
    /// How far below the limit an amount is still near it, as a part of it: 0.1 is a tenth.
    pub margin: f64,
    /// From how many such transactions on they are reported.
    pub count: u32,
    /// Within how many days.
    pub days: u32,
    /// The float field with the amount.
    pub amount_field: String,
    /// The string field with the currency; amounts of different currencies are not counted together.
    pub currency_field: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limit: 10_000.0,
            margin: 0.1,
            count: 3,
            days: 7,
            amount_field: "amount".into(),
            currency_field: "currency".into(),
        }
    }
}

impl Config {
    fn check(&self) -> Result<(), &'static str> {
        if self.limit <= 0.0 {
            Err("config.limit: a limit is more than 0")
        } else if !(self.margin > 0.0 && self.margin < 1.0) {
            Err("config.margin: a margin is a part of the limit, between 0 and 1")
        } else if self.count < 2 {
            Err("config.count: at least 2 transactions make a structure")
        } else if self.days == 0 {
            Err("config.days: at least 1 day is needed")
        } else {
            Ok(())
        }
    }

    fn floor(&self) -> f64 {
        self.limit * (1.0 - self.margin)
    }
}

/// What the rule sees of each transaction.
#[derive(Inputs)]
#[inputs(config = Config)]
pub struct Seen<'a> {
    #[input(field = &config.amount_field)]
    amount: f64,
    #[input(
        count,
        over = days(config.days),
        when = "{&config.amount_field} >= {config.floor()} && {&config.amount_field} < {config.limit} \
                && {&config.currency_field} == current"
    )]
    near_before: u64,
    #[input(
        sum(&config.amount_field),
        over = days(config.days),
        when = "{&config.amount_field} >= {config.floor()} && {&config.amount_field} < {config.limit} \
                && {&config.currency_field} == current"
    )]
    near_before_sum: f64,
    #[input(field = &config.currency_field)]
    currency: &'a str,
}

/// Structuring
///
/// Several transactions of a customer whose amounts lie just below a limit, within days.
#[rule(alert_type = "trx_aml_alert", severity = "high", check = Config::check)]
pub fn structuring(config: &Config, seen: &Seen<'_>) -> Option<Finding> {
    let near = (config.floor()..config.limit).contains(&seen.amount);
    let count = seen.near_before + 1;
    (near && count >= config.count.into()).then(|| {
        let sum = seen.near_before_sum + seen.amount;
        Finding::new(format!(
            "{count} amounts just below {} within {} days, {} together",
            money(config.limit, seen.currency),
            config.days,
            money(sum, seen.currency)
        ))
        .score(sum / config.limit)
        .label("structuring")
    })
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::Table;

    use super::*;

    fn check(transactions: &str, expect: &[(&str, &str)]) {
        let header = "txn_id | customer_id | date_time | amount: float | currency: string\n";
        let said = Table::new(&format!("{header}{transactions}"))
            .run::<structuring>("{}")
            .expect("runs");
        assert_eq!(said.titles(), expect);
    }

    #[test]
    fn the_third_near_the_limit_is_reported() {
        check(
            "t1 | anna | 2024-03-01T10:00:00Z | 9500 | EUR
             t2 | anna | 2024-03-02T10:00:00Z | 9000 | EUR
             t3 | anna | 2024-03-03T10:00:00Z | 9999 | EUR
             t4 | anna | 2024-03-03T11:00:00Z | 10000 | EUR
             t5 | anna | 2024-03-03T12:00:00Z | 8999 | EUR",
            &[(
                "t3",
                "3 amounts just below EUR 10,000.00 within 7 days, EUR 28,499.00 together",
            )],
        );
    }

    #[test]
    fn others_customers_currencies_and_weeks_do_not_count() {
        check(
            "t1 | anna | 2024-03-01T10:00:00Z | 9500 | EUR
             t2 | bert | 2024-03-02T10:00:00Z | 9500 | EUR
             t3 | anna | 2024-03-03T10:00:00Z | 9500 | USD
             t4 | anna | 2024-03-04T10:00:00Z | 9500 | EUR
             t5 | anna | 2024-03-09T10:00:00Z | 9500 | EUR",
            &[],
        );
    }
}
