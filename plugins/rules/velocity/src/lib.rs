//! Too many transactions, or too much together, within a time.

use vervet_sdk::titles::{amount, money};
use vervet_sdk::{Finding, Inputs, minutes, rule};

/// What a team configures.
#[vervet_sdk::config]
#[serde(default)]
pub struct Config {
    /// The time to look back, in minutes: 1440 is a day.
    pub minutes: u32,
    /// More transactions than this are reported.
    pub most_transactions: Option<u64>,
    /// More than this together, in one currency, is reported.
    pub most_amount: Option<f64>,
    /// Whose transactions are counted together: `customer_id`, or any string or integer field.
    pub by: String,
    /// The float field with the amount.
    pub amount_field: String,
    /// The string field with the currency.
    pub currency_field: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            minutes: 24 * 60,
            most_transactions: None,
            most_amount: None,
            by: "customer_id".into(),
            amount_field: "amount".into(),
            currency_field: "currency".into(),
        }
    }
}

impl Config {
    fn check(&self) -> Result<(), &'static str> {
        if self.minutes == 0 {
            Err("config.minutes: at least 1 minute is needed")
        } else if self.most_transactions.is_none() && self.most_amount.is_none() {
            Err("config: set 'most_transactions', 'most_amount' or both")
        } else {
            Ok(())
        }
    }
}

/// What the rule sees of each transaction.
#[derive(Inputs)]
#[inputs(config = Config)]
pub struct Seen<'a> {
    #[input(field = &config.amount_field)]
    amount: f64,
    #[input(count, over = minutes(config.minutes), by = &config.by)]
    count_before: u64,
    #[input(
        sum(&config.amount_field),
        over = minutes(config.minutes),
        by = &config.by,
        when = "{&config.currency_field} == current"
    )]
    sum_before: f64,
    #[input(field = &config.currency_field)]
    currency: &'a str,
}

/// Velocity
///
/// More transactions, or more money in one currency, than are allowed within a time.
#[rule(alert_type = "trx_aml_alert", severity = "medium", check = Config::check)]
pub fn velocity(config: &Config, seen: &Seen<'_>) -> Vec<Finding> {
    let count = seen.count_before + 1;
    let sum = seen.sum_before + seen.amount;
    let time = time(config.minutes);
    let many = config
        .most_transactions
        .filter(|&most| count > most)
        .map(|most| {
            Finding::new(format!(
                "{count} transactions within {time} exceed the limit of {most}"
            ))
            .label("many")
        });
    let much = config.most_amount.filter(|&most| sum > most).map(|most| {
        Finding::new(format!(
            "{} within {time} exceeds the limit of {}",
            money(sum, seen.currency),
            amount(most, seen.currency)
        ))
        .score(sum / most)
        .label("much")
    });
    many.into_iter().chain(much).collect()
}

/// Minutes in the largest unit that has no fraction.
fn time(minutes: u32) -> String {
    let (count, unit) = if minutes.is_multiple_of(24 * 60) {
        (minutes / (24 * 60), "day")
    } else if minutes.is_multiple_of(60) {
        (minutes / 60, "hour")
    } else {
        (minutes, "minute")
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::Table;

    use super::*;

    fn check(config: &str, expect: &[(&str, &str)]) {
        let table = Table::new(
            "txn_id | customer_id | date_time | amount: float | currency: string | card: string
             t1 | anna | 2024-03-01T10:00:00Z | 100 | EUR | c1
             t2 | anna | 2024-03-01T10:10:00Z | 100 | EUR | c2
             t3 | bert | 2024-03-01T10:20:00Z | 100 | EUR | c1
             t4 | anna | 2024-03-01T10:59:00Z | 100 | USD | c1
             t5 | anna | 2024-03-01T12:00:00Z | 100 | EUR | c1",
        );
        let said = table.run::<velocity>(config).expect("runs");
        assert_eq!(said.titles(), expect);
    }

    #[test]
    fn transactions_are_counted_within_the_time() {
        check(
            r#"{"minutes": 60, "most_transactions": 2}"#,
            &[("t4", "3 transactions within 1 hour exceed the limit of 2")],
        );
    }

    #[test]
    fn another_field_counts_together() {
        check(
            r#"{"minutes": 60, "most_transactions": 2, "by": "card"}"#,
            &[("t4", "3 transactions within 1 hour exceed the limit of 2")],
        );
    }

    #[test]
    fn money_adds_up_in_one_currency() {
        check(
            r#"{"minutes": 1440, "most_amount": 250}"#,
            &[("t5", "EUR 300.00 within 1 day exceeds the limit of 250.00")],
        );
    }

    #[test]
    fn times_are_in_their_largest_unit() {
        let check = |minutes, expect: &str| assert_eq!(time(minutes), expect);
        check(1, "1 minute");
        check(90, "90 minutes");
        check(120, "2 hours");
        check(7 * 24 * 60, "7 days");
    }
}
