//! Every request body of the document has an example, and the host takes every one.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestHost, guests};

use crate::idempotency::routes::{Meaning, meaning};
use crate::idempotency::twice;

/// Bodies of bytes, of which no example can stand in a document.
const BYTES: [&str; 1] = ["application/wasm"];

/// An operation's request body in one of its media types.
type Body = (String, String, String);

/// The document's examples, on their way to a host.
struct Story {
    document: Value,
    sent: BTreeSet<Body>,
    /// What stands for the parts of paths in braces.
    path: BTreeMap<&'static str, String>,
    /// What stands for ids that only an example has.
    ids: Vec<(&'static str, String)>,
    administrator: Client,
    tenant: Client,
    key: Client,
    bank: Client,
}

impl Story {
    async fn begin(host: &TestHost) -> Self {
        let document = host.anonymous().get("/openapi.json").await.expect(200);
        Self {
            document,
            sent: BTreeSet::new(),
            path: BTreeMap::from([
                ("tenant", "acme".to_owned()),
                ("scope", "commentator".to_owned()),
                ("team", "payments".to_owned()),
                ("rule", "large-amount".to_owned()),
                ("type", "source_of_funds".to_owned()),
                ("list", "countries".to_owned()),
                ("export", "nightly".to_owned()),
                ("bankId", "75".to_owned()),
                ("accountId", "a1".to_owned()),
            ]),
            ids: Vec::new(),
            administrator: host.administrator(),
            tenant: host.anonymous(),
            key: host.anonymous(),
            bank: host.anonymous(),
        }
    }

    /// The media types of an operation's body, with their examples and schemas.
    fn bodies(&self, method: &str, path: &str) -> Vec<(String, Value, Value)> {
        let operation = &self.document["paths"][path][method];
        let content = operation["requestBody"]["content"].as_object();
        let content = content.unwrap_or_else(|| panic!("{method} {path} has no body"));
        let each = content.iter().map(|(media_type, body)| {
            let example = body.get("example").cloned();
            let example = example.unwrap_or_else(|| {
                panic!("{method} {path} has no example as {media_type}; add it to api/examples.rs")
            });
            (media_type.clone(), example, body["schema"].clone())
        });
        each.collect()
    }

    fn client(&self, path: &str) -> &Client {
        match path {
            _ if path.starts_with("/v1/tenants") => &self.administrator,
            _ if path.starts_with("/v1/transactions") => &self.key,
            _ if path.starts_with("/api/v2") => &self.bank,
            _ => &self.tenant,
        }
    }

    fn url(&self, path: &str) -> String {
        let mut url = path.to_owned();
        for (name, value) in &self.path {
            url = url.replace(&format!("{{{name}}}"), value);
        }
        assert!(!url.contains('{'), "{url}");
        url
    }

    /// Who may read the audit of the operation's tenant, once there is one.
    fn auditor(&self, path: &str) -> Option<&Client> {
        let is_of_tenant = !path.starts_with("/v1/tenants");
        is_of_tenant.then_some(&self.tenant)
    }

    /// Sends all examples of an operation, and answers what came of the last. POSTs of which a repeat does nothing are
    /// each sent twice with the same `Idempotency-Key`.
    async fn send(&mut self, method: &str, path: &str) -> Value {
        let is_kept = method == "post" && meaning(path) == Meaning::Kept;
        let url = self.url(path);
        let mut last = Value::Null;
        for (media_type, example, schema) in self.bodies(method, path) {
            let name = format!("{method} {path} as {media_type}");
            let mut text = match &example {
                Value::String(text) => text.clone(),
                _ if media_type == "multipart/form-data" => form(&example),
                json => json.to_string(),
            };
            for (example, id) in &self.ids {
                text = text.replace(example, id);
            }
            let verb: Method = method.to_uppercase().parse().expect("a method");
            let post = async |text: String, key: Option<&str>| -> Answer {
                let client = self.client(path);
                let mut request = client.request(verb.clone(), &url);
                if let Some(key) = key {
                    request = request.header("idempotency-key", key);
                }
                let declared = match &*media_type {
                    "multipart/form-data" => "multipart/form-data; boundary=edge",
                    other => other,
                };
                client
                    .send(request.header("content-type", declared).body(text))
                    .await
            };
            if media_type == "application/json" && example.is_object() {
                let post = async |text| post(text, None).await;
                self.check_unknown(&name, &text, &schema, post).await;
            }
            let answer = if is_kept {
                let send = async |key: &str| post(text.clone(), Some(key)).await;
                twice(self.auditor(path), &name, send).await
            } else {
                post(text, None).await
            };
            assert!(
                answer.is_success(),
                "{name}: {} {}",
                answer.status,
                answer.text()
            );
            if media_type != "application/json" || last.is_null() {
                last = serde_json::from_slice(&answer.body).unwrap_or_default();
            }
            self.sent
                .insert((method.to_owned(), path.to_owned(), media_type));
        }
        last
    }

    /// A body that the document says to have no other members is refused where it has one, and nothing is done.
    async fn check_unknown(
        &self,
        name: &str,
        text: &str,
        schema: &Value,
        post: impl AsyncFn(String) -> Answer,
    ) {
        if !self.is_closed(schema) {
            return;
        }
        let mut body: Value = serde_json::from_str(text).expect("JSON");
        body["no_such_member"] = json!(1);
        let answer = post(body.to_string()).await;
        let is_refused =
            matches!(answer.status, 400 | 422) && answer.text().contains("no_such_member");
        assert!(
            is_refused,
            "{name}: an unknown member: {} {}",
            answer.status,
            answer.text()
        );
    }

    fn is_closed(&self, schema: &Value) -> bool {
        let name = schema["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        let schema = name.map_or(schema, |name| &self.document["components"]["schemas"][name]);
        schema["additionalProperties"] == false
    }

    /// All bodies of which an example can be.
    fn all(&self) -> BTreeSet<Body> {
        let mut all = BTreeSet::new();
        for (path, of_path) in self.document["paths"].as_object().expect("paths") {
            for (method, operation) in of_path.as_object().expect("operations") {
                let content = operation["requestBody"]["content"].as_object();
                for (media_type, _) in content.into_iter().flatten() {
                    if !BYTES.contains(&&**media_type) {
                        all.insert((method.clone(), path.clone(), media_type.clone()));
                    }
                }
            }
        }
        all
    }

    fn id(&self, answer: &Value) -> String {
        answer["id"]
            .as_str()
            .unwrap_or_else(|| panic!("an id: {answer}"))
            .to_owned()
    }
}

/// A form of a file and its description.
fn form(example: &Value) -> String {
    let members = example.as_object().expect("fields").iter();
    let fields = members.map(|(name, value)| {
        let file = if name == "file" {
            "; filename=\"contract.txt\""
        } else {
            ""
        };
        let value = value.as_str().expect("a text");
        format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        )
    });
    fields.chain(["--edge--\r\n".to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_has_an_example_that_is_taken() {
    let host = TestHost::builder()
        .in_memory()
        .taking_plugins()
        .start()
        .await;
    let mut story = Story::begin(&host).await;
    let token = |answer: &Value| answer["token"].as_str().expect("a token").to_owned();

    story.send("post", "/v1/tenants").await;
    story.send("patch", "/v1/tenants/{tenant}").await;
    let ann = story.send("post", "/v1/tenants/{tenant}/users").await;
    story.tenant = host.anonymous().with(token(&ann));
    story.send("put", "/v1/scopes/{scope}").await;
    let ben = story.send("post", "/v1/users").await;
    story.path.insert("user", story.id(&ben));
    story.send("post", "/v1/users/{user}/password-link").await;
    let laptop = story.send("post", "/v1/users/{user}/tokens").await;
    story.path.insert("token", story.id(&laptop));
    story
        .send("post", "/v1/users/{user}/tokens/{token}/rotate")
        .await;
    story.send("patch", "/v1/users/{user}").await;
    story.send("patch", "/v1/me").await;
    story.send("post", "/v1/teams").await;
    story.send("patch", "/v1/teams/{team}").await;
    story.send("put", "/v1/teams/{team}/payload-schema").await;
    story
        .send("post", "/v1/teams/{team}/payload-schema/try")
        .await;
    story.send("post", "/v1/teams/{team}/api-keys").await;
    let key = story
        .send("post", "/v1/teams/{team}/api-keys/regenerate")
        .await;
    story.key = host.anonymous().with(key["key"].as_str().expect("a key"));

    for plugin in ["large-amount", "standard-csv"] {
        let component = guests::component(plugin);
        let published = story
            .tenant
            .post_as("/v1/plugins", "application/wasm", component);
        published.await.expect(201);
    }
    story.send("put", "/v1/teams/{team}/rules/{rule}").await;
    story.send("post", "/v1/transactions").await;
    story.send("post", "/v1/transactions/batch").await;
    story.send("put", "/v1/promotion-gate").await;
    story.send("post", "/v1/teams/{team}/backtests").await;
    // What is promoted is in shadow before.
    let shadow = story
        .bodies("put", "/v1/teams/{team}/rules/{rule}")
        .remove(0)
        .1;
    let mut shadow = shadow;
    shadow["mode"] = json!("shadow");
    story
        .tenant
        .put("/v1/teams/payments/rules/larger-amount", shadow)
        .await
        .expect(201);
    story.path.insert("rule", "larger-amount".to_owned());
    story
        .send("post", "/v1/teams/{team}/rules/{rule}/promote")
        .await;
    story
        .send("post", "/v1/teams/{team}/rules/{rule}/rollback")
        .await;
    story.send("post", "/v1/replays").await;

    story.send("put", "/v1/workflow").await;
    story.send("post", "/v1/workflow/try").await;
    story.send("put", "/v1/alert-types/{type}").await;
    let found = story
        .tenant
        .all("/v1/alerts?rule=large-amount&sort=created_at")
        .await;
    let found: Vec<String> = found.iter().map(|alert| story.id(alert)).collect();
    assert_eq!(found.len(), 2, "two transactions are over the limit");
    story.path.insert("alert", found[0].clone());
    story.send("post", "/v1/alerts/{alert}/replay").await;
    story.ids = vec![
        ("01890a5d-ac96-774b-bcce-b302099a8057", found[0].clone()),
        ("01890a5d-ac96-774b-bcce-b302099a8058", found[1].clone()),
    ];
    let merged = story.send("post", "/v1/alerts/merge").await;
    story.path.insert("alert", story.id(&merged));
    story.send("post", "/v1/alerts/{alert}/unmerge").await;
    story.send("put", "/v1/alert-merging").await;
    let made = story.send("post", "/v1/alerts").await;
    story.path.insert("alert", story.id(&made));
    story.send("patch", "/v1/alerts/{alert}").await;
    let comment = story.send("post", "/v1/alerts/{alert}/comments").await;
    story.path.insert("comment", story.id(&comment));
    story
        .send("patch", "/v1/alerts/{alert}/comments/{comment}")
        .await;
    let task = story.send("post", "/v1/alerts/{alert}/tasks").await;
    story.path.insert("task", story.id(&task));
    story.send("patch", "/v1/alerts/{alert}/tasks/{task}").await;
    story.send("post", "/v1/alerts/{alert}/documents").await;
    story.send("post", "/v1/alerts/{alert}/transitions").await;
    story.send("post", "/v1/alerts/take-next").await;
    story.send("post", "/v1/alerts/bulk").await;
    for views in ["/v1/me/views", "/v1/views"] {
        let view = story.send("post", views).await;
        story.path.insert("view", story.id(&view));
        story.send("put", &format!("{views}/{{view}}")).await;
    }

    story.send("put", "/v1/lists/{list}").await;
    story.send("post", "/v1/lists/{list}/entries").await;
    story.send("patch", "/v1/lists/{list}").await;
    story.send("put", "/v1/exports/{export}").await;
    story.send("patch", "/v1/exports/{export}").await;
    story
        .send("post", "/v1/exports/{export}/webhook-secret")
        .await;

    story.send("put", "/v1/session-settings").await;
    let hub = json!({ "login": "hub", "scopes": ["Integrator"], "client_id": "mwd" });
    let hub = story.tenant.post("/v1/users", hub).await.expect(201);
    let tokens = format!("/v1/users/{}/tokens", story.id(&hub));
    let minted = story
        .tenant
        .post(&tokens, json!({ "name": "hub" }))
        .await
        .expect(201);
    story.bank = host.anonymous().with(token(&minted)).under("mwd");
    let of_session = |answer: &Value| answer["sessionId"].as_str().expect("an id").to_owned();
    let begun = story.send("post", "/api/v2/bank/{bankId}/authorize").await;
    story.path.insert("sessionId", of_session(&begun));
    story
        .send("post", "/api/v2/bank/session/{sessionId}/code")
        .await;
    story
        .send("put", "/api/v2/bank/session/{sessionId}/accounts")
        .await;
    let page = "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions";
    let taken = story.send("post", page).await;
    assert_eq!(taken["unlistedCount"], 0, "{taken}");
    assert_eq!(taken["monitoring"]["accepted"], 1, "{taken}");
    let finish = story.url("/api/v2/bank/session/{sessionId}/finish");
    let send = async |key: &str| {
        let request = story.bank.request(Method::POST, &finish);
        story
            .bank
            .send(request.header("idempotency-key", key))
            .await
    };
    twice(Some(&story.tenant), "finish", send).await;
    let refreshed = story.send("post", "/api/v2/bank/{bankId}/refresh").await;
    story.path.insert("sessionId", of_session(&refreshed));
    story
        .send("post", "/api/v2/bank/session/{sessionId}/failure")
        .await;
    story.send("delete", "/api/v2/bank/{bankId}/consent").await;

    let missing: Vec<Body> = story.all().difference(&story.sent).cloned().collect();
    assert_eq!(
        missing,
        [],
        "bodies that this test does not send; add them where they belong in it"
    );
    host.stop().await;
}
