//! A host with a broker, and the calls of its hub.

use std::time::{Duration, Instant};

use config::Config;
use serde_json::{Value, json};
use tests::rabbitmq::BROKER;
use tests::{Answer, Client, Consumer, TestHost, TestHostBuilder, TestTenant, VirtualHost};

/// The client and the context of sessions that make events.
pub(super) const CLIENT: &str = "santander";
pub(super) const CONTEXT: &str = "MWD";
/// A bank.
pub(super) const BANK: &str = "75";

/// How long something may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host whose sessions make events in a virtual host of its own.
pub(super) struct Hub {
    pub(super) host: TestHost,
    pub(super) tenant: TestTenant,
    /// A service of the client.
    pub(super) client: Client,
    pub(super) virtual_host: VirtualHost,
}

impl Hub {
    pub(super) async fn start() -> Self {
        Self::on(TestHost::builder().in_memory()).await
    }

    pub(super) async fn on(builder: TestHostBuilder) -> Self {
        let virtual_host = VirtualHost::make();
        let url = virtual_host.url(BROKER);
        Self::with(
            virtual_host,
            builder.config(|config| {
                announce(config, &url);
                // The broker answers here, and on a busy machine it may be late.
                config.rabbitmq.confirm_seconds = 60;
            }),
        )
        .await
    }

    /// The host's configuration is complete.
    pub(super) async fn with(virtual_host: VirtualHost, builder: TestHostBuilder) -> Self {
        let host = builder.start().await;
        let tenant = host.tenant("bank").await;
        let client = tenant.bank_client("mwd", CLIENT).await;
        Self {
            host,
            tenant,
            client,
            virtual_host,
        }
    }

    pub(super) fn consume(&self) -> Consumer {
        self.virtual_host.consume("reporting")
    }

    /// What `/readyz` says of events.
    pub(super) async fn events(&self) -> Value {
        self.host.anonymous().get("/readyz").await.expect(200)["events"].clone()
    }

    /// Waits until `/readyz` says so of events.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(what, async || {
            Some(self.events().await).filter(|events| is_so(events))
        })
        .await
    }

    /// Waits until no event waits.
    pub(super) async fn delivered(&self) {
        self.until("all is delivered", |events| events["waiting"] == 0)
            .await;
    }
}

/// Waits until there is something.
pub(super) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Sessions of the client and the context make events on this broker.
pub(super) fn announce(config: &mut Config, url: &str) {
    config.rabbitmq.url = url.to_owned().into();
    config.rabbitmq.confirm_seconds = 2;
    config.sessions.client_id = CLIENT.to_owned();
    config.sessions.context = CONTEXT.to_owned();
}

/// Asks for a session at the bank, in the context of events.
pub(super) async fn authorize(client: &Client, user: &str, external_id: &str) -> Answer {
    let body = json!({
        "userId": user, "sessionExternalId": external_id, "sessionContext": CONTEXT, "values": [],
    });
    let path = format!("/api/v2/bank/{BANK}/authorize");
    client.post(&path, body).await
}

/// A session that was begun.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) id: String,
}

impl Session {
    pub(super) async fn begin(client: &Client, user: &str, external_id: &str) -> Self {
        let begun = authorize(client, user, external_id).await.expect(201);
        Self::of(client, &begun)
    }

    /// The session of an answer.
    pub(super) fn of(client: &Client, answer: &Value) -> Self {
        Self {
            client: client.clone(),
            id: answer["sessionId"].as_str().expect("an id").to_owned(),
        }
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/v2/bank/session/{}{rest}", self.id)
    }

    pub(super) async fn code(&self, code: &str) -> Answer {
        let path = self.path("/code");
        self.client.post(&path, json!({ "code": code })).await
    }

    pub(super) async fn accounts(&self, ids: &[&str]) -> Answer {
        let accounts: Vec<Value> = ids.iter().map(|id| account(id)).collect();
        let path = self.path("/accounts");
        self.client
            .put(&path, json!({ "accounts": accounts }))
            .await
    }

    /// A page that reaches back to a day.
    pub(super) async fn page(
        &self,
        account: &str,
        page: u32,
        from: &str,
        is_whole: bool,
        transactions: Vec<Value>,
    ) -> Answer {
        let path = self.path(&format!("/accounts/{account}/transactions"));
        let body = json!({
            "page": page, "historyFrom": from, "isWholeHistory": is_whole,
            "transactions": transactions,
        });
        self.client.post(&path, body).await
    }

    pub(super) async fn fail(&self, stage: &str) -> Answer {
        let path = self.path("/failure");
        self.client.post(&path, json!({ "stage": stage })).await
    }

    pub(super) async fn finish(&self) -> Answer {
        self.client.post(&self.path("/finish"), Value::Null).await
    }

    pub(super) async fn details(&self) -> Value {
        self.client.get(&self.path("")).await.expect(200)
    }

    pub(super) async fn history(&self) -> Vec<Value> {
        self.client.all(&self.path("/transactions")).await
    }

    /// Reads one account with its whole history at once: all events but failures.
    pub(super) async fn run(&self) {
        self.code("x").await.expect(200);
        self.accounts(&["a"]).await.expect(200);
        let page = self.page("a", 1, "2020-01-01", true, Vec::new());
        page.await.expect(200);
        self.finish().await.expect(200);
    }
}

/// An account with a balance.
pub(super) fn account(id: &str) -> Value {
    json!({
        "accountId": id, "currency": "PLN", "name": "Konto",
        "balances": [{ "type": "booked", "amount": "100.50" }],
    })
}

/// A transaction of 12.50 PLN.
pub(super) fn transaction(id: &str, day: &str) -> Value {
    json!({ "transactionId": id, "bookingDate": day, "amount": "-12.50", "currency": "PLN" })
}

/// The events of a session's details, oldest first.
pub(super) fn events(details: &Value) -> Vec<&str> {
    let events = details["events"].as_array().expect("events").iter();
    events
        .map(|event| event["type"].as_str().expect("a type"))
        .collect()
}
