//! What a test's tenant does with plugins.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, TestTenant, guests};

/// How long a run of an export may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long compiling may take before the test fails.
const COMPILING: Duration = Duration::from_secs(300);

/// A published plugin.
pub struct TestPlugin {
    /// Its name, which need not be the guest's.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl TestTenant {
    /// Publishes the guest of this name.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn publish(&self, guest: &str) -> TestPlugin {
        self.publish_bytes(guests::component(guest)).await
    }

    /// Publishes a component.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn publish_bytes(&self, component: Vec<u8>) -> TestPlugin {
        let upload = self.administrator.request(Method::POST, "/v1/plugins");
        let upload = upload.header("content-type", "application/wasm");
        let answer = self.administrator.send(upload.body(component)).await;
        let published = match answer.status {
            202 => self.compiled(answer.header("location")).await["plugin"].take(),
            _ => answer.expect(201),
        };
        let text = |member: &str| published[member].as_str().expect("a text").to_owned();
        TestPlugin {
            name: text("name"),
            version: text("version"),
        }
    }

    /// Waits until an upload is no longer compiled, and answers what is said of it.
    ///
    /// # Panics
    /// Where that takes too long.
    pub async fn compiled(&self, upload: &str) -> Value {
        let deadline = Instant::now() + COMPILING;
        loop {
            let state = self.administrator.get(upload).await.expect(200);
            if state["state"] != "compiling" {
                return state;
            }
            assert!(Instant::now() < deadline, "{state}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks for a rule of a team: `more` has `mode`, and what else is not to be left out.
    pub async fn put_rule(
        &self,
        team: &str,
        rule: &str,
        plugin: &TestPlugin,
        more: Value,
    ) -> Answer {
        let mut body = json!({ "plugin": plugin.name, "version": plugin.version });
        let members = body.as_object_mut().expect("an object");
        members.extend(more.as_object().cloned().unwrap_or_default());
        let path = format!("/v1/teams/{team}/rules/{rule}");
        self.administrator.put(&path, body).await
    }

    /// Installs a rule live.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn install(&self, team: &str, rule: &str, plugin: &TestPlugin, config: Value) {
        let live = json!({ "mode": "live", "config": config });
        let answer = self.put_rule(team, rule, plugin, live).await;
        assert!(answer.is_success(), "{}", answer.text());
    }

    /// Defines an export of all alerts and runs it; answers the run when it is ready.
    ///
    /// # Panics
    /// Where it fails, or takes too long.
    pub async fn run_export(&self, export: &str, formatter: &TestPlugin) -> Value {
        let client = &self.administrator;
        let choice = json!({ "plugin": formatter.name, "version": formatter.version });
        let path = format!("/v1/exports/{export}");
        client
            .put(&path, json!({ "formatter": choice }))
            .await
            .expect(201);
        let run = client.post(&format!("{path}/runs"), json!({})).await;
        run.expect(202);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = client.get(run.header("location")).await.expect(200);
            match state["state"].as_str() {
                Some("ready") => return state,
                Some("queued" | "running") => assert!(Instant::now() < deadline, "{state}"),
                _ => panic!("the run failed: {state}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Every alert of the tenant, newest first, as the list shows them.
    ///
    /// # Panics
    /// Where the list is refused.
    pub async fn alerts(&self) -> Vec<Value> {
        self.administrator.all("/v1/alerts").await
    }
}
