//! A tenant with one team, `payments`, as most tests need it.

use serde_json::{Value, json};
use tests::{Answer, Client, TestHost, TestHostBuilder, TestTenant, field};

/// Where transactions are posted.
pub(crate) const POST: &str = "/v1/transactions";
/// Where batches are posted.
pub(crate) const BATCH: &str = "/v1/transactions/batch";

/// A host with a tenant that has one team.
pub(crate) struct Payments {
    pub(crate) host: TestHost,
    pub(crate) tenant: TestTenant,
    /// Has an API key of the team.
    pub(crate) key: Client,
}

impl Payments {
    pub(crate) async fn start() -> Self {
        Self::on(TestHost::builder().in_memory()).await
    }

    pub(crate) async fn on(builder: TestHostBuilder) -> Self {
        let host = builder.taking_plugins().start().await;
        let tenant = host.tenant("athora").await;
        let key = tenant.team("payments", &fields()).await;
        Self { host, tenant, key }
    }

    pub(crate) async fn post(&self, transaction: Value) -> Answer {
        self.key.post(POST, transaction).await
    }

    /// Publishes the rule `large-amount` and installs it: from 10,000 EUR on it finds something.
    pub(crate) async fn with_large_amount(self) -> Self {
        let plugin = self.tenant.publish("large-amount").await;
        let config = json!({ "limits": { "EUR": 10_000 } });
        let tenant = &self.tenant;
        tenant
            .install("payments", "large-amount", &plugin, config)
            .await;
        self
    }
}

/// The fields of the team.
pub(crate) fn fields() -> [Value; 4] {
    [
        field("amount", "float"),
        field("currency", "string"),
        field("country", "string"),
        field("counterparty", "string"),
    ]
}

/// A payment in EUR within Belgium to acme.
pub(crate) fn payment(txn_id: &str, customer: &str, amount: f64) -> Value {
    json!({
        "txn_id": txn_id, "customer_id": customer, "date_time": "2026-03-01T10:00:00Z",
        "amount": amount, "currency": "EUR", "country": "BE", "counterparty": "acme",
    })
}

/// The transaction with other members.
pub(crate) fn with(mut transaction: Value, more: Value) -> Value {
    let members = transaction.as_object_mut().expect("an object");
    members.extend(more.as_object().cloned().unwrap_or_default());
    transaction
}

/// Which rules led to alerts, by an answer to a transaction.
pub(crate) fn alerting(answer: &Value) -> Vec<&str> {
    let alerts = answer["alerts"].as_array().expect("alerts");
    let rules = alerts.iter().map(|alert| alert["rule"].as_str());
    rules.map(|rule| rule.expect("a rule")).collect()
}

/// The evidence of a finding as the rule was given it, without what its values mean.
pub(crate) fn given(finding: &Value) -> Value {
    let mut evidence = finding["evidence"].clone();
    for item in evidence.as_array_mut().into_iter().flatten() {
        let item = item.as_object_mut().expect("an item");
        item.remove("meaning");
        item.remove("columns");
    }
    evidence
}
