//! Transactions that have to do with a country on a list.
//!
//! Written by hand instead of with `#[rule]`, because the configuration says how many fields are looked at.

use vervet_sdk::plan::{FieldType, Input, Source};
use vervet_sdk::titles::{country as named, money};
use vervet_sdk::{Finding, Level, Row, Rule, RuleManifest, export_rule};

/// What a team configures.
#[vervet_sdk::config]
#[serde(default)]
pub struct Config {
    /// The tenant's list of countries.
    pub list: String,
    /// The string fields with a country, each looked up in the list.
    pub fields: Vec<String>,
    /// The float field with the amount.
    pub amount_field: String,
    /// The string field with the currency; null where transactions have none.
    pub currency_field: Option<String>,
    /// Amounts below this are not looked at.
    pub least_amount: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            list: "high_risk_countries".into(),
            fields: vec!["country".into()],
            amount_field: "amount".into(),
            currency_field: Some("currency".into()),
            least_amount: 0.0,
        }
    }
}

/// A country of a transaction is on the list.
pub struct HighRiskCountry;

impl Rule for HighRiskCountry {
    type Config = Config;

    const MANIFEST: RuleManifest = RuleManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "High-risk country",
        description: "Transactions that have to do with a country on the tenant's list.",
        alert_type: "trx_aml_alert",
        severity: Level::High,
        priority: Level::Medium,
    };

    /// The amount, for each field its text and whether the list holds it, and the currency.
    fn plan(config: &Config) -> Result<Vec<Input>, String> {
        if config.fields.is_empty() {
            return Err("config.fields: at least one field is needed".into());
        }
        let amount = Source::field(&config.amount_field, FieldType::Float);
        let mut inputs = vec![Input::new("amount", amount)];
        for field in &config.fields {
            inputs.push(Input::new(field, Source::field(field, FieldType::Text)));
            inputs.push(Input::new(
                format!("{field}_is_listed"),
                Source::in_list(field, &config.list),
            ));
        }
        if let Some(field) = &config.currency_field {
            inputs.push(Input::new(
                "currency",
                Source::field(field, FieldType::Text),
            ));
        }
        Ok(inputs)
    }

    fn evaluate(config: &Config, row: Row<'_>) -> Result<Vec<Finding>, String> {
        let amount: f64 = row.get(0, "amount")?;
        if amount.abs() < config.least_amount {
            return Ok(Vec::new());
        }
        let mut countries: Vec<&str> = Vec::new();
        for (index, field) in config.fields.iter().enumerate() {
            let country = row.get::<&str>(1 + 2 * index, field)?.trim();
            if row.get(2 + 2 * index, field)? && !countries.contains(&country) {
                countries.push(country);
            }
        }
        if countries.is_empty() {
            return Ok(Vec::new());
        }
        let currency = match &config.currency_field {
            Some(field) => row.get::<&str>(1 + 2 * config.fields.len(), field)?,
            None => "",
        };
        let names: Vec<_> = countries.iter().copied().map(named).collect();
        let what = match names.len() {
            1 => "a high-risk country",
            _ => "high-risk countries",
        };
        let title = format!(
            "{} with {}, {what}",
            money(amount.abs(), currency),
            names.join(" and ")
        );
        Ok(vec![
            Finding::new(title)
                .label("country")
                .info("countries", &countries),
        ])
    }
}

export_rule!(HighRiskCountry);

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::Table;

    use super::*;

    fn check(config: &str, expect: &[(&str, &str)]) {
        let table = Table::new(
            "txn_id | customer_id | date_time | amount: float | country: string | residence: string | currency: string
             t1 | anna | 2024-03-01T10:00:00Z | 500 | BE | BE | EUR
             t2 | anna | 2024-03-01T11:00:00Z | -500 | KP | BE | EUR
             t3 | anna | 2024-03-01T12:00:00Z | 500 | KP | IR | EUR
             t4 | anna | 2024-03-01T13:00:00Z | 5 | BE | KP | EUR",
        )
        .list("high_risk_countries", ["KP", "IR"]);
        let said = table.run::<HighRiskCountry>(config).expect("runs");
        assert_eq!(said.titles(), expect);
    }

    #[test]
    fn a_country_on_the_list_is_reported() {
        let title = "EUR 500.00 with North Korea (KP), a high-risk country";
        check("{}", &[("t2", title), ("t3", title)]);
    }

    #[test]
    fn every_field_is_looked_at() {
        check(
            r#"{"fields": ["country", "residence"], "least_amount": 100, "currency_field": null}"#,
            &[
                ("t2", "500.00 with North Korea (KP), a high-risk country"),
                (
                    "t3",
                    "500.00 with North Korea (KP) and Iran (IR), high-risk countries",
                ),
            ],
        );
    }
}
