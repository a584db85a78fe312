//! Lists of a data directory that a release wrote before it kept versions of lists.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::window::Lists;
use engine::lane::{Actor, Change};
use engine::list::ListTimeline;
use reqwest::Method;
use serde_json::{Value, json};
use store::sled::{SledBackend, SledOptions};
use tenant::Token;
use tenant::credential::{Credential, CredentialKind};
use tests::{Client, TestHost};

use super::each;

/// The store as that release left it: list `high_risk` was put as IR and KP, changed to KP and MM, and `own` was
/// put as BE; team `payments` has three transactions.
const STORE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stores/lists-without-versions");

/// The tokens of its user went with the process that wrote it; this is another one.
async fn token_of_its_user(host: &TestHost) -> Client {
    let tenant = host.app().tenant_named("athora").expect("the tenant");
    let lane = host.app().lane(tenant).expect("its lane");
    let credential = Credential::generate(CredentialKind::AccessToken);
    let client = host.administrator().with(credential.expose());
    let put = move |change: &mut Change<'_>| {
        let user = change.definitions().users.iter().next();
        let token = Token {
            id: "00000000-0000-7000-8000-000000000000".to_owned(),
            user: user.expect("it has a user").id.clone(),
            name: "test".to_owned(),
            prefix: credential.recognizable().to_owned(),
            digest: *credential.digest().as_bytes(),
            created_at: change.at().as_micros(),
            expires_at: None,
            parent: None,
        };
        change.audit(&Actor::Host, "token.create", token.id.clone());
        change.put(token);
        Ok::<(), Infallible>(())
    };
    lane.change(put).await.expect("a token");
    client
}

#[tokio::test]
async fn lists_of_an_older_release_have_their_versions_from_their_first_change_on() {
    let directory = tempfile::tempdir().expect("a directory");
    for file in ["conf", "db"] {
        let path = Path::new(STORE).join(file);
        fs::copy(path, directory.path().join(file)).expect("it is copied");
    }
    let backend = SledBackend::open(SledOptions::new(directory.path().to_owned()));
    let backend = Arc::new(backend.expect("the store opens"));
    let mut host = TestHost::builder().over(backend).start().await;
    let client = &token_of_its_user(&host).await;
    let path = "/v1/lists/high_risk";

    let list = client.get(path).await.expect(200);
    assert_eq!(list["entries"], json!(["KP", "MM"]));
    let base = list["version"].clone();
    let versions = client.all(&format!("{path}/versions")).await;
    assert_eq!(json!(each(&versions, "version")), json!([base]));
    let expect =
        json!({ "by": null, "count": 2, "added": 2, "removed": 0, "at": list["updated_at"] });
    for (name, value) in expect.as_object().expect("an object") {
        assert_eq!(&versions[0][name], value, "{name}");
    }
    let whole = client
        .get(&format!("{path}/versions/{base}"))
        .await
        .expect(200);
    assert_eq!(whole["added_entries"], json!(["KP", "MM"]));
    assert_eq!(
        client
            .get(&format!("{path}?version={base}"))
            .await
            .expect(200),
        list
    );
    let before = client
        .get(&format!("{path}?at=2001-01-01T00:00:00Z"))
        .await
        .problem(404);
    assert!(before.contains("was not kept"), "{before}");

    let api_key = client
        .post("/v1/teams/payments/api-keys", json!({}))
        .await
        .expect(201);
    let key = client.with(api_key["key"].as_str().expect("a key"));
    let payment = json!({
        "txn_id": "t4", "customer_id": "c", "date_time": "2026-03-01T10:00:00Z", "amount": 1,
    });
    let posted = key.post("/v1/transactions", payment).await.expect(201);
    assert_eq!(posted["sequence"], 4);
    let change = json!({ "add": ["SY"], "remove": ["MM"] });
    let changed = client.patch(path, change).await.expect(200);
    client
        .patch(path, json!({ "add": ["MM"] }))
        .await
        .expect(200);

    for restarted in [false, true] {
        if restarted {
            host.restart().await;
        }
        let now = client.get(path).await.expect(200);
        assert_eq!(now["entries"], json!(["KP", "MM", "SY"]));
        let untouched = client.get("/v1/lists/own").await.expect(200);
        assert_eq!(untouched["entries"], json!(["BE"]));
        let versions = client.all(&format!("{path}/versions")).await;
        let by: Vec<&Value> = versions
            .iter()
            .map(|version| &version["by"]["login"])
            .collect();
        assert_eq!(json!(by), json!(["first", "first", null]));
        assert_eq!(versions[2]["version"], base);
        let as_of = client
            .get(&format!("{path}?version={base}"))
            .await
            .expect(200);
        assert_eq!(as_of["entries"], list["entries"]);
        let second = format!("{path}/versions/{}", changed["version"]);
        let second = client.get(&second).await.expect(200);
        assert_eq!(second["seen_from"], json!({ "payments": 5 }));
        let request = client.request(Method::GET, &format!("{path}/membership"));
        let found = client
            .send(request.query(&[("entry", "MM")]))
            .await
            .expect(200);
        let history = found["history"].as_array().expect("changes");
        assert_eq!(json!(each(history, "member")), json!([true, false, true]));
    }

    // What was there before counts for all transactions before.
    let (tenant, lane) = host.app().tenants().pop().expect("the tenant");
    let definitions = lane.definitions();
    let names = ["high_risk", "own"].map(str::to_owned);
    let store = &host.app().services.store;
    let timeline = ListTimeline::load(store, tenant, &definitions, 1, &names);
    let mut timeline = timeline.expect("the store is read");
    for (sequence, expect) in [(1, true), (4, true), (5, false), (1, true)] {
        timeline.advance_to(sequence);
        assert_eq!(timeline.contains("high_risk", "SY"), !expect, "{sequence}");
        assert!(timeline.contains("high_risk", "KP") && timeline.contains("high_risk", "MM"));
        assert_eq!(
            timeline.version("high_risk") == base.as_u64(),
            expect,
            "{sequence}"
        );
        assert!(timeline.contains("own", "BE") && timeline.version("own").is_some());
    }
    host.stop().await;
}
