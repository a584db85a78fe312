//! The back office in a real Chromium.

mod alert;
mod bulk;
mod journeys;
mod pages;

use serde_json::json;
use tests::{Chromium, Scripts};

use crate::payments::{Payments, payment};

/// A password that people may choose.
const PASSWORD: &str = "correct horse battery";

/// A bank with alerts to work on, and somebody who does.
struct Office {
    payments: Payments,
    browser: Chromium,
    /// The alerts, oldest first.
    alerts: Vec<String>,
}

impl Office {
    /// Three alerts of a rule about one customer, and a team whose member is signed in.
    async fn open(scripts: Scripts) -> Self {
        let payments = Payments::start().await.with_large_amount().await;
        let mut alerts = Vec::new();
        for id in ["t1", "t2", "t3"] {
            let posted = payments
                .post(payment(id, "anna", 20_000.0))
                .await
                .expect(201);
            let alert = posted["alerts"][0]["id"].as_str().expect("an id");
            alerts.push(alert.to_owned());
        }
        let user = json!({
            "login": "an.peeters", "password": PASSWORD,
            "scopes": ["AML Analyst", "Administrator"], "teams": ["payments"],
        });
        let administrator = &payments.tenant.administrator;
        administrator.post("/v1/users", user).await.expect(201);
        let browser = Chromium::open(payments.host.url(), scripts).await;
        browser.sign_in("an.peeters", PASSWORD).await;
        Self {
            payments,
            browser,
            alerts,
        }
    }

    /// Gives an alert a task and a comment.
    async fn discuss(&self, alert: &str) {
        let client = &self.payments.tenant.administrator;
        let task =
            json!({ "title": "Ask anna for the contract", "due_date": "2026-12-24T17:00:00Z" });
        let comment =
            json!({ "text": "<p>She is <strong>sure</strong>:</p><ul><li>new car</li></ul>" });
        for (part, body) in [("tasks", task), ("comments", comment)] {
            let path = format!("/v1/alerts/{alert}/{part}");
            client.post(&path, body).await.expect(201);
        }
    }

    /// An export with a run that is ready and delivered to nowhere. Answers the page of the run.
    async fn export(&self) -> String {
        let tenant = &self.payments.tenant;
        let formatter = tenant.publish("standard-csv").await;
        let run = tenant.run_export("nightly", &formatter).await;
        let scheduled = json!({
            "formatter": { "plugin": formatter.name, "version": formatter.version },
            "schedule": { "cron": "30 2 * * *" },
            "filter": { "severity": ["high", "medium"] },
            "deliveries": [{ "kind": "webhook", "url": "https://reports.example/vervet" }],
        });
        let client = &tenant.administrator;
        client
            .put("/v1/exports/nightly", scheduled)
            .await
            .expect(200);
        format!(
            "/exports/nightly/runs/{}",
            run["id"].as_str().expect("an id")
        )
    }

    async fn close(self) {
        self.browser.close().await;
        self.payments.host.stop().await;
    }
}
