//! What rules compute from masked fields is shown only to whoever may see those.

mod changes;
mod earlier_release;
mod exports;
mod side_channels;
mod walk;

use serde_json::{Value, json};
use tests::{Client, TestPlugin, field};

use crate::payments::{Payments, payment, with};

/// The masked amount of the transactions, whose digits are in titles, scores and infos of rules.
const AMOUNT: f64 = 123_456.78;
/// The masked number of items, which is in the words of a failure.
const ITEMS: i64 = 7_719_583;

/// What must not be shown: digits of the amount, of its share of the limit, of the items; and a label of a rule.
const SECRETS: [&str; 4] = ["123456", "12.345", "7719583", "everything"];

const NEUTRAL: &str = "large-amount: details need transaction:sensitive";

/// A team whose `amount` and `items` are masked, with rules that read them and one that does not.
struct Masked {
    payments: Payments,
    administrator: Client,
    watcher: Client,
    /// The plugin `large-amount`.
    large: TestPlugin,
}

impl Masked {
    async fn start() -> Self {
        let payments = Payments::start().await;
        let administrator = payments.tenant.administrator.clone();
        let mut fields = crate::payments::fields().to_vec();
        fields[0]["sensitive"] = json!("mask");
        let mut items = field("items", "integer");
        items["sensitive"] = json!("mask");
        fields.extend([
            items,
            field("fee", "float"),
            field("cash", "boolean"),
            field("opened", "date_time"),
        ]);
        administrator
            .put(
                "/v1/teams/payments/payload-schema",
                json!({ "fields": fields }),
            )
            .await
            .expect(200);
        administrator
            .put("/v1/lists/risky", json!(["IR"]))
            .await
            .expect(201);
        let tenant = &payments.tenant;
        let large = tenant.publish("large-amount").await;
        let limit = json!({ "limits": { "EUR": 10_000 } });
        tenant
            .install("payments", "large-amount", &large, limit)
            .await;
        let every = tenant.publish("every-input").await;
        let config = json!({ "list": "risky", "card": "counterparty", "large": 10_000 });
        tenant
            .install("payments", "every-input", &every, config.clone())
            .await;
        let shadow = json!({ "mode": "shadow", "config": config });
        let shadow = tenant.put_rule("payments", "shadow", &every, shadow).await;
        shadow.expect(201);
        let watcher = tenant.user("watcher", &["Watcher"]).await;
        Self {
            payments,
            administrator,
            watcher,
            large,
        }
    }

    /// Posts a transaction of the masked amount, in which both rules find something.
    async fn post(&self, txn_id: &str, customer: &str) -> Value {
        self.post_with(txn_id, customer, ITEMS).await
    }

    async fn post_with(&self, txn_id: &str, customer: &str, items: i64) -> Value {
        let more = json!({
            "items": items, "fee": 55.5, "cash": true, "opened": "2020-01-01T00:00:00Z",
            "country": "IR",
        });
        let transaction = with(payment(txn_id, customer, AMOUNT), more);
        self.payments.post(transaction).await.expect(201)
    }

    /// The path of the alert that a rule made of a transaction.
    async fn alert_of(&self, txn_id: &str, rule: &str) -> String {
        let path = format!("/v1/alerts?txn_id={txn_id}&rule={rule}");
        let found = self.administrator.all(&path).await;
        format!("/v1/alerts/{}", found[0]["id"].as_str().expect("an id"))
    }
}

/// The secrets that a text tells.
fn told(text: &str) -> Vec<&'static str> {
    let told = SECRETS.into_iter().filter(|secret| text.contains(secret));
    told.collect()
}
