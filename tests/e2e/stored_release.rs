//! What an earlier release stored goes on working: all of it is read, and written on.

use serde_json::{Value, json};
use tests::{Client, StoredRelease, TestHost};

/// A host over a copy of the data directory of release 0.1.0, which can compile the plugins that it finds there.
pub(crate) struct OldHost {
    pub(crate) host: TestHost,
    pub(crate) store: StoredRelease,
}

impl OldHost {
    pub(crate) async fn start() -> Self {
        Self::of("0.1.0").await
    }

    async fn of(release: &str) -> Self {
        let store = StoredRelease::named(release);
        let builder = TestHost::builder().with_store(store.clone());
        let host = builder.taking_plugins().start().await;
        Self { host, store }
    }

    /// A client with the credential at a JSON pointer of `known.json`.
    pub(crate) fn client(&self, pointer: &str) -> Client {
        self.host.anonymous().with(self.store.known(pointer))
    }

    /// A user with the scope Administrator.
    pub(crate) fn owner(&self) -> Client {
        self.client("/owner/token")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_an_earlier_release_stored_is_read() {
    let old = OldHost::start().await;
    let owner = old.owner();
    let lists = [
        "/v1/users",
        "/v1/scopes",
        "/v1/teams",
        "/v1/teams/aml/api-keys",
        "/v1/teams/aml/rules",
        "/v1/teams/aml/rules/large-amount/installs",
        "/v1/teams/aml/transactions",
        "/v1/teams/masked/transactions",
        "/v1/teams/aml/backtests",
        "/v1/plugins",
        "/v1/lists",
        "/v1/lists/high_risk_countries/versions",
        "/v1/alerts",
        "/v1/exports",
        "/v1/exports/nightly/runs",
        "/v1/audit",
    ];
    for list in lists {
        assert!(!owner.all(list).await.is_empty(), "{list} is empty");
    }
    let singles = [
        "/v1/workflow",
        "/v1/alert-merging",
        "/v1/session-settings",
        "/v1/alert-types",
        "/v1/teams/masked/payload-schema",
        "/v1/teams/aml/transactions/batch",
        "/v1/teams/aml/rules/costly",
        "/v1/teams/aml/rules/large-amount/stats",
        "/v1/exports/decimal-comma",
        old.store.known("/backtest/path"),
    ];
    for single in singles {
        owner.get(single).await.expect(200);
    }
    for alert in owner.all("/v1/alerts").await {
        let path = format!("/v1/alerts/{}", alert["id"].as_str().expect("an id"));
        for part in ["", "/history", "/comments", "/documents", "/tasks"] {
            owner.get(&format!("{path}{part}")).await.expect(200);
        }
    }
    let runs = old.store.all_known()["runs"].as_object().expect("runs");
    for (export, run) in runs {
        let id = run["id"].as_str().expect("an id");
        let path = format!("/v1/exports/{export}/runs/{id}");
        let stored = owner.get(&path).await.expect(200);
        assert_eq!(stored["sha256"], run["sha256"], "{export}");
        let file = owner.get(&format!("{path}/file")).await;
        assert_eq!(file.status, 200, "{export}");
        assert_eq!(sha256(&file.body), run["sha256"].as_str().expect("a hash"));
    }
    let sessions = old.store.all_known()["sessions"].as_object();
    for session in sessions.expect("sessions").values() {
        let id = session.as_str().expect("an id");
        let hub = old.client("/users/hub/token").under("santander");
        for part in ["", "/accounts", "/transactions"] {
            let path = format!("/api/v2/bank/session/{id}{part}");
            hub.get(&path).await.expect(200);
        }
    }
}

/// Members that are prose, or that depend on the moment at which they are read or on the key of the host that is asked.
const PASSING: [&str; 3] = ["detail", "next_cursor", "next_run_at"];

/// What later releases tell of users and of evidence besides: each member beside one that such objects have.
const ADDED_MEMBERS: [(&str, &str); 9] = [
    ("login", "teams"),
    ("login", "current_team"),
    ("login", "preferences"),
    ("value", "meaning"),
    ("value", "columns"),
    ("groups", "time_to_close"),
    ("asked_at", "asked_by"),
    ("on_failure", "title"),
    ("on_failure", "description"),
];
/// What later releases permit by default.
const ADDED_PERMISSIONS: [&str; 2] = ["team:key", "incident_view:share"];

fn without_passing(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let added = ADDED_MEMBERS.iter();
            let added = added.filter(|(beside, _)| members.contains_key(*beside));
            let added: Vec<&str> = added.map(|(_, member)| *member).collect();
            members.retain(|name, _| !added.contains(&&**name) && !PASSING.contains(&&**name));
            members.values_mut().for_each(without_passing);
        }
        Value::Array(items) => {
            let is_added = |item: &Value| {
                item.as_str()
                    .is_some_and(|text| ADDED_PERMISSIONS.contains(&text))
            };
            items.retain(|item| !is_added(item));
            items.iter_mut().for_each(without_passing);
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_of_an_old_store_is_what_its_release_answered() {
    let old = OldHost::of("0.1.0-windows").await;
    let whole = "/v1/alerts?limit=1";
    until(&old.owner(), whole, |alerts| alerts["incomplete"].is_null()).await;
    let mut differ = Vec::new();
    for mut answer in old.store.answers() {
        let text = |name: &str| answer[name].as_str().expect("text").to_owned();
        let (who, path) = (text("who"), text("path"));
        let client = match who.as_str() {
            "owner" => old.owner(),
            "hub" => old.client("/users/hub/token").under("santander"),
            who => old.client(&format!("/users/{who}/token")),
        };
        let found = client.get(&path).await;
        let (mut expect, mut body) = (answer["body"].take(), found.expect(200));
        without_passing(&mut expect);
        without_passing(&mut body);
        if expect != body {
            differ.push(format!("{who} {path}\n  then {expect}\n  now  {body}"));
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_store_goes_on_being_written() {
    let mut old = OldHost::start().await;
    let owner = old.owner();
    let alerts = owner.all("/v1/alerts").await.len();
    let key = old.client("/team_keys/aml/key");
    let large = json!({
        "txn_id": "after the upgrade", "customer_id": "fay", "date_time": "2026-11-20T10:00:00Z",
        "amount": 50_000.0, "currency": "EUR", "country": "BE", "counterparty": "Acme",
        "channel": "transfer", "txn_type": "invoice",
    });
    let posted = key
        .post("/v1/transactions", large.clone())
        .await
        .expect(201);
    assert_eq!(outcomes(&posted, "large-amount"), ["alert"]);
    assert_eq!(outcomes(&posted, "costly"), ["clear"]);
    old.host.restart().await;
    assert_eq!(key.post("/v1/transactions", large).await.status, 200);
    assert!(owner.all("/v1/alerts").await.len() > alerts);
    let head = owner.get("/v1/audit/head").await.expect(200);
    let before = &old.store.all_known()["audit_head"];
    assert!(head["position"].as_u64() > before["position"].as_u64());
}

/// What the answer to a post says that a rule found.
fn outcomes<'a>(posted: &'a Value, rule: &str) -> Vec<&'a str> {
    let rules = posted["rules"].as_array().expect("rules").iter();
    let of_rule = rules.filter(|outcome| outcome["rule"] == rule);
    of_rule
        .map(|outcome| outcome["outcome"].as_str().expect("an outcome"))
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exports that would be refused today run on, and are told of.
#[tokio::test(flavor = "multi_thread")]
async fn exports_that_would_be_refused_today_go_on() {
    let old = OldHost::start().await;
    let owner = old.owner();
    for export in ["decimal-comma", "unknown-filter"] {
        let runs = format!("/v1/exports/{export}/runs");
        let begun = owner.post(&runs, json!({})).await;
        begun.expect(202);
        let run = until(&owner, begun.header("location"), |run| {
            ["ready", "failed"].contains(&run["state"].as_str().unwrap_or_default())
        });
        assert_eq!(run.await["state"], "ready", "{export}");
    }
    let warned = owner.get("/v1/exports/unknown-filter").await.expect(200);
    let warnings: Vec<&str> = warned["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        warnings,
        [
            "filter.state: there is no state 'opn'; did you mean 'open'?",
            "filter.rule: there is no rule 'no-rule'",
            "filter.incident_type: there is no alert type 'nothing'",
        ]
    );
    for script in ["redshift", "power-bi"] {
        let path = format!("/v1/exports/decimal-comma/{script}");
        let refused = owner.get(&path).await.problem(409);
        assert!(
            refused.contains("column 'amount' is declared decimal"),
            "{refused}"
        );
    }
    let anonymous = old.host.anonymous();
    let ready = until(&anonymous, "/readyz", |ready| {
        ready["grandfathered"]["export"].is_u64()
    });
    // Three values of a filter, and a column; four never said what of masked fields they show.
    let counts = ready.await["grandfathered"].take();
    assert_eq!(counts["export"], 4, "{counts}");
    assert_eq!(counts["sensitive_export"], 4, "{counts}");
    for export in ["decimal-comma", "unknown-filter"] {
        let path = format!("/v1/exports/{export}");
        let stored = owner.get(&path).await.expect(200);
        let again = json!({ "formatter": stored["formatter"], "filter": stored["filter"] });
        let refused = owner.put(&path, again).await;
        assert!([400, 422].contains(&refused.status), "{}", refused.text());
    }
}

/// Waits until what is at a path is as it must be.
async fn until(client: &Client, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    crate::trying::until(client, path, is_so).await
}
