//! A tenant with a team, as the benchmarks need it.

use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use super::plugins::{Plugins, RULES};
use super::workload;
use console::client::Client;
use plugin_kit::push;

/// The one team's name.
pub(super) const TEAM: &str = "bench";

/// A tenant with a team that has a payload schema and an API key.
pub(super) struct Tenant {
    /// Calls as the tenant's administrator.
    client: Client,
    key: String,
}

impl Tenant {
    /// Creates it.
    pub(super) async fn create(administrator: &Client, name: &str) -> anyhow::Result<Self> {
        let tenant = json!({"name": name, "title": name, "timezone": "Europe/Amsterdam"});
        administrator.post("/v1/tenants", &tenant).await?;
        let user = json!({"login": "bench", "scopes": ["Administrator"]});
        let users = format!("/v1/tenants/{name}/users");
        let user = administrator.post(&users, &user).await?.json()?;
        let client = administrator.with_token(&text(&user, "token")?);

        let team = json!({"name": TEAM, "title": TEAM, "kind": "transaction_monitoring"});
        client.post("/v1/teams", &team).await?;
        let schema = format!("/v1/teams/{TEAM}/payload-schema");
        client.put(&schema, &workload::schema_json()).await?;
        let keys = format!("/v1/teams/{TEAM}/api-keys");
        let key = client.post(&keys, &json!({})).await?.json()?;
        Ok(Self {
            client,
            key: text(&key, "key")?,
        })
    }

    /// Publishes the five rules, and makes them live.
    pub(super) async fn install_rules(&self, plugins: &Plugins) -> anyhow::Result<()> {
        self.install_rules_with(plugins, workload::config).await
    }

    /// Publishes the five rules, and makes each live with the configuration that `config` returns for its name.
    pub(super) async fn install_rules_with(
        &self,
        plugins: &Plugins,
        config: fn(&str) -> Value,
    ) -> anyhow::Result<()> {
        let list = format!("/v1/lists/{}", workload::LIST);
        self.client.put(&list, &json!(workload::LISTED)).await?;
        for rule in RULES {
            let component = plugins.component(rule)?;
            self.install_with(rule, component, config(rule)).await?;
        }
        Ok(())
    }

    /// Publishes a rule, and makes it live.
    pub(super) async fn install(&self, rule: &str, component: Bytes) -> anyhow::Result<()> {
        let config = workload::config(rule);
        self.install_with(rule, component, config).await
    }

    /// Publishes a rule, and makes it live with a configuration.
    pub(super) async fn install_with(
        &self,
        rule: &str,
        component: Bytes,
        config: Value,
    ) -> anyhow::Result<()> {
        let published = push(&self.client, component).await?.manifest;
        let install = json!({
            "plugin": rule,
            "version": text(&published, "version")?,
            "config": config,
            "mode": "live",
        });
        let place = format!("/v1/teams/{TEAM}/rules/{rule}");
        self.client.put(&place, &install).await?;
        self.wait_until_active(&place).await
    }

    /// Waits until a rule is in force: with stored transactions the index of its windows has to be made first.
    async fn wait_until_active(&self, rule: &str) -> anyhow::Result<()> {
        loop {
            let seen = self.client.get(rule).await?;
            if seen["state"] != "preparing" {
                return Ok(());
            }
            let failure = &seen["preparing"]["last_failure"];
            ensure!(failure.is_null(), "{rule} cannot be prepared: {failure}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The same tenant on a host that was started again, and listens elsewhere.
    pub(super) fn at(self, host: &Client) -> Self {
        Self {
            client: self.client.at(host),
            key: self.key,
        }
    }

    /// Calls as the tenant's administrator.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The key with which the team's transactions are posted.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// A client that posts transactions.
    pub(super) fn poster(&self) -> Client {
        self.client.with_token(&self.key)
    }
}

fn text(answer: &Value, member: &str) -> anyhow::Result<String> {
    let text = answer[member].as_str();
    text.map(str::to_owned)
        .with_context(|| format!("the host's answer has no '{member}'"))
}
