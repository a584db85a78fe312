//! Money to, or from, someone with whom the customer never dealt.

use vervet_sdk::titles::money;
use vervet_sdk::{Finding, Inputs, RecentTexts, days, rule};

/// What a team configures.
#[vervet_sdk::config]
#[serde(default)]
pub struct Config {
    /// How many days of the past make a counterparty familiar.
    pub days: u32,
    /// Amounts below this are not looked at.
    pub least_amount: f64,
    /// How many transactions a customer must have had before: of a new one everyone is unfamiliar.
    pub least_history: u32,
    /// The float field with the amount.
    pub amount_field: String,
    /// The string field with the currency.
    pub currency_field: String,
    /// The string field with the counterparty.
    pub counterparty_field: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            days: 180,
            least_amount: 0.0,
            least_history: 5,
            amount_field: "amount".into(),
            currency_field: "currency".into(),
            counterparty_field: "counterparty".into(),
        }
    }
}

impl Config {
    fn check(&self) -> Result<(), &'static str> {
        if self.days == 0 {
            Err("config.days: at least 1 day is needed")
        } else if self.least_history > 1000 {
            Err("config.least_history: at most 1000 transactions of the past are seen")
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
    #[input(field = &config.counterparty_field)]
    counterparty: &'a str,
    #[input(recent(&config.counterparty_field), over = days(config.days), limit = 1000)]
    counterparties: RecentTexts<'a>,
    #[input(field = &config.currency_field)]
    currency: &'a str,
}

/// Unfamiliar counterparty
///
/// Money to or from someone who is in none of the customer's last thousand transactions.
#[rule(alert_type = "trx_fraud_alert", severity = "low", check = Config::check)]
pub fn unfamiliar_counterparty(config: &Config, seen: &Seen<'_>) -> Option<Finding> {
    let enough = seen.amount.abs() >= config.least_amount
        && seen.counterparties.len() >= config.least_history as usize;
    let unfamiliar =
        !seen.counterparty.is_empty() && !seen.counterparties.contains(seen.counterparty);
    (enough && unfamiliar).then(|| {
        Finding::new(format!(
            "{} with a counterparty that is new after {} transactions",
            money(seen.amount.abs(), seen.currency),
            seen.counterparties.len()
        ))
        .label("unfamiliar")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amount: f64, counterparty: &str, before: &[&str], expect: bool) {
        let config = Config {
            least_amount: 100.0,
            least_history: 2,
            ..Config::default()
        };
        let seen = Seen {
            amount,
            counterparty,
            counterparties: RecentTexts::from(before),
            currency: "EUR",
        };
        let found = unfamiliar_counterparty(&config, &seen);
        let title = "EUR 500.00 with a counterparty that is new after 2 transactions";
        let expect = expect.then_some(title);
        assert_eq!(found.map(|finding| finding.title).as_deref(), expect);
    }

    #[test]
    fn only_someone_new_is_reported() {
        check(500.0, "dora", &["anna", "bert"], true);
        check(-500.0, "dora", &["anna", "bert"], true);
        check(500.0, "anna", &["anna", "bert"], false);
        check(99.0, "dora", &["anna", "bert"], false);
        check(500.0, "", &["anna", "bert"], false);
        check(500.0, "dora", &["anna"], false);
    }
}
