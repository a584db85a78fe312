//! The rule `PLUGIN_NAME`.

use vervet_sdk::{Finding, Inputs, rule};

/// What a team configures.
#[vervet_sdk::config]
pub struct Config {
    /// More than this within a day is reported.
    limit: f64,
}

/// What the rule sees of each transaction, and what an analyst sees as its evidence.
#[derive(Inputs)]
pub struct Seen {
    amount: f64,
    #[input(sum("amount"), over = "24h")]
    sum_24h: f64,
}

/// Much within a day.
///
/// Reports a customer whose transactions of 24 hours come to more than the limit.
#[rule(alert_type = "trx_aml_alert", severity = "medium")]
pub fn plugin_name(config: &Config, seen: &Seen) -> Option<Finding> {
    let total = seen.sum_24h + seen.amount;
    (total > config.limit).then(|| Finding::new(format!("{total:.2} within a day")))
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::Table;

    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        let config = Config { limit: 1000.0 };
        let seen = Seen { amount: 400.0, sum_24h: 600.0 };
        assert_eq!(plugin_name(&config, &seen), None);
    }

    #[test]
    fn a_day_adds_up() {
        let table = Table::new(
            "txn_id | customer_id | date_time            | amount: float
             t1     | anna        | 2024-03-01T10:00:00Z | 600
             t2     | anna        | 2024-03-01T20:00:00Z | 600
             t3     | bert        | 2024-03-01T20:00:00Z | 600
             t4     | anna        | 2024-03-02T21:00:00Z | 600",
        );
        let said = table.run::<plugin_name>(r#"{"limit": 1000}"#).expect("the plan fits the table");
        assert_eq!(said.titles(), [("t2", "1200.00 within a day")]);
    }
}
