//! A tenant of a test's host.

use serde_json::{Value, json};

use crate::Client;

/// A tenant, with a client that may do everything in it.
pub struct TestTenant {
    /// A user with the scope Administrator.
    pub administrator: Client,
    /// The id of that user.
    pub administrator_id: String,
    name: String,
}

/// A field of a payload schema.
pub fn field(name: &str, field_type: &str) -> Value {
    json!({ "name": name, "type": field_type })
}

impl TestTenant {
    /// Makes the tenant and its first user.
    pub(crate) async fn create(host_administrator: &Client, name: &str) -> Self {
        let tenant = json!({ "name": name, "title": name, "timezone": "Europe/Amsterdam" });
        host_administrator
            .post("/v1/tenants", tenant)
            .await
            .expect(201);
        let first = json!({ "login": "first", "scopes": ["Administrator"] });
        let path = format!("/v1/tenants/{name}/users");
        let first = host_administrator.post(&path, first).await.expect(201);
        Self {
            administrator: host_administrator.with(first["token"].as_str().expect("a token")),
            administrator_id: first["id"].as_str().expect("an id").to_owned(),
            name: name.to_owned(),
        }
    }

    /// By which the host's administrator calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes a user with these scopes, and a client for the user.
    pub async fn user(&self, login: &str, scopes: &[&str]) -> Client {
        let user = json!({ "login": login, "scopes": scopes });
        let user = self.administrator.post("/v1/users", user).await.expect(201);
        let path = format!("/v1/users/{}/tokens", user["id"].as_str().expect("an id"));
        let token = json!({ "name": "test" });
        let token = self.administrator.post(&path, token).await.expect(201);
        self.administrator
            .with(token["token"].as_str().expect("a token"))
    }

    /// Makes a service that may read and write sessions under this `api-clientId`, and a client for it, which sends the
    /// header `api-clientId` by [`Client::under`].
    pub async fn bank_client(&self, login: &str, client_id: &str) -> Client {
        let user = json!({ "login": login, "scopes": ["Integrator"], "client_id": client_id });
        let user = self.administrator.post("/v1/users", user).await.expect(201);
        let path = format!("/v1/users/{}/tokens", user["id"].as_str().expect("an id"));
        let token = json!({ "name": "test" });
        let token = self.administrator.post(&path, token).await.expect(201);
        let client = self
            .administrator
            .with(token["token"].as_str().expect("a token"));
        client.under(client_id)
    }

    /// Makes a team of kind `aml` with these fields, and a client with an API key of the team.
    pub async fn team(&self, name: &str, fields: &[Value]) -> Client {
        let team = json!({ "name": name, "title": name, "kind": "aml" });
        self.administrator.post("/v1/teams", team).await.expect(201);
        let path = format!("/v1/teams/{name}/payload-schema");
        let schema = json!({ "fields": fields });
        self.administrator.put(&path, schema).await.expect(201);
        let path = format!("/v1/teams/{name}/api-keys");
        let key = self.administrator.post(&path, json!({})).await.expect(201);
        self.administrator.with(key["key"].as_str().expect("a key"))
    }
}
