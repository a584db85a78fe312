//! The workflow as a tenant defines it.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use store::memory::MemoryBackend;
use tests::{Answer, Client, TestHost};

use super::{alert_of, text};
use crate::payments::{BATCH, Payments, payment};

const WORKFLOW: &str = "/v1/workflow";

/// States, of which the first is initial and those that end with `!` are closed, and transitions.
pub(super) fn workflow(states: &[&str], transitions: &[(&str, &str, Option<&str>)]) -> Value {
    let states = states.iter().enumerate().map(|(place, state)| {
        let name = state.trim_end_matches('!');
        let mut body = json!({ "name": name, "title": name.to_uppercase() });
        if place == 0 {
            body["initial"] = json!(true);
        }
        if name != *state {
            body["closed"] = json!(true);
        }
        body
    });
    let transitions = transitions.iter().map(|(source, destination, condition)| {
        let mut body = json!({ "source": source, "destination": destination });
        if let Some(condition) = condition {
            body["condition"] = json!(condition);
        }
        body
    });
    json!({ "states": states.collect::<Vec<_>>(), "transitions": transitions.collect::<Vec<_>>() })
}

/// The same with moves.
fn moving(mut workflow: Value, moves: Value) -> Value {
    workflow["moves"] = moves;
    workflow
}

async fn put_if(client: &Client, etag: &str, workflow: &Value) -> Answer {
    let request = client.request(Method::PUT, WORKFLOW);
    client
        .send(request.header("if-match", etag).json(workflow))
        .await
}

#[tokio::test]
async fn a_workflow_is_read_as_it_was_put_and_outlives_a_restart() {
    let mut host = TestHost::builder()
        .over(Arc::new(MemoryBackend::new()))
        .start()
        .await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let default = client.get(WORKFLOW).await;
    let etag = default.header("etag").to_owned();
    let default = default.expect(200);
    assert_eq!(
        default["states"][2],
        json!({ "name": "closed", "title": "Closed", "closed": true })
    );
    assert_eq!(default["transitions"].as_array().map(Vec::len), Some(6));
    assert_eq!(
        default["transitions"][5],
        json!({ "source": "in_progress", "destination": "closed" })
    );
    let same = client.put(WORKFLOW, default.clone()).await;
    assert_eq!(same.expect(200), default);
    assert_eq!(same.header("etag"), etag, "nothing was changed");

    let condition = "'AML Supervisor' in security.scope\\\n  and alert.score > 3";
    let own = workflow(
        &["new", "done!"],
        &[("new", "done", Some(condition)), ("done", "new", None)],
    );
    let changed = put_if(client, &etag, &own).await;
    assert_eq!(changed.expect(200), own);
    let newer = changed.header("etag").to_owned();
    assert_ne!(newer, etag);
    put_if(client, &etag, &default).await.problem(412);
    let audit = client.all("/v1/audit").await;
    let puts = audit
        .iter()
        .filter(|entry| entry["action"] == "workflow.put");
    assert_eq!(puts.count(), 1, "what changes nothing is not noted");

    host.restart().await;
    let read = client.get(WORKFLOW).await;
    assert_eq!((read.header("etag"), read.expect(200)), (&*newer, own));
    let other = host.tenant("other").await;
    let others = other.administrator.get(WORKFLOW).await.expect(200);
    assert_eq!(others, default, "each tenant has its own");
    host.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_workflow_is_named() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let check = async |body: Value, expect: &[(&str, &str)]| {
        let refused = client.put(WORKFLOW, body).await.expect(422);
        let errors = refused["errors"].as_array().expect("errors").clone();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (text(&error["field"]), text(&error["reason"])))
            .collect();
        assert_eq!(found, expect, "{refused}");
    };
    check(workflow(&[], &[]), &[("states", "count")]).await;
    check(
        workflow(&["a", "a", "B"], &[("a", "c", None)]),
        &[
            ("states[1].name", "duplicate"),
            ("states[2].name", "name"),
            ("transitions[0].destination", "no_such_state"),
        ],
    )
    .await;
    check(workflow(&["a!"], &[]), &[("states[0].closed", "initial")]).await;
    let twice = [("a", "b", None), ("a", "b", Some("1"))];
    check(
        workflow(&["a", "b!"], &twice),
        &[("transitions[1]", "duplicate")],
    )
    .await;
    let unknown =
        json!({ "states": [{ "name": "a", "title": "A", "colour": 1 }], "transitions": [] });
    check(unknown, &[("states.0.colour", "unknown_field")]).await;
    let good = workflow(&["a", "open", "in_progress", "closed!"], &[]);
    check(
        moving(good, json!({ "x": "a", "open": "a", "b": "c" })),
        &[
            ("moves.b", "no_such_state"),
            ("moves.b", "no_such_state"),
            ("moves.open", "not_vanishing"),
            ("moves.x", "no_such_state"),
        ],
    )
    .await;

    let bad = [
        ("a", "b", Some("True")),
        ("b", "a", Some("1 +")),
        ("a", "a", Some("(alert.state ==\n  os.environ)")),
    ];
    let refused = client.put(WORKFLOW, workflow(&["a", "b!"], &bad)).await;
    let refused = refused.expect(422);
    assert_eq!(
        refused["errors"],
        json!([
            {
                "field": "transitions[1].condition",
                "reason": "invalid_condition",
                "detail": "line 1, column 4: expected an expression\n1 +\n   ^",
            },
            {
                "field": "transitions[2].condition",
                "reason": "invalid_condition",
                "detail": "line 2, column 3: there is no 'os' here; a condition knows 'alert' and 'security', \
                           and the variables of its own loops\n  os.environ)\n  ^",
            },
        ])
    );
    let states = client.get(WORKFLOW).await.expect(200)["states"].clone();
    assert_eq!(states[0]["name"], "open", "nothing was changed");
    host.stop().await;
}

#[tokio::test]
async fn a_condition_can_be_tried() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let check = async |condition: &str, expect: Value| {
        let trial = json!({
            "condition": condition,
            "alert": { "score": 5, "labels": ["a"], "info": { "customer": { "country": "BE" } } },
            "security": { "scope": ["AML Analyst"] },
        });
        let answer = athora.administrator.post("/v1/workflow/try", trial).await;
        assert_eq!(answer.expect(200), expect, "{condition}");
    };
    check("alert.score > 3", json!({ "result": true, "value": true })).await;
    check("alert.labels", json!({ "result": true, "value": ["a"] })).await;
    check(
        "alert.missing.at.all",
        json!({ "result": false, "value": null }),
    )
    .await;
    let country = "alert.info.customer.country";
    check(country, json!({ "result": true, "value": "BE" })).await;
    check(
        "alert.labels and\\\n alert.missing > 3",
        json!({ "result": false, "fault": {
            "kind": "TypeError",
            "detail": "'>' not supported between instances of 'NoneType' and 'int'",
            "line": 2,
            "column": 2,
            "excerpt": " alert.missing > 3\n ^",
        } }),
    )
    .await;
    let bomb = json!({ "condition": "[[[0] * 999] * 999] * 999" });
    let answer = athora.administrator.post("/v1/workflow/try", bomb).await;
    assert_eq!(
        answer.expect(200),
        json!({ "result": true }),
        "too large to be shown"
    );
    let endless = json!({ "condition": "'x' * 10**15" });
    let answer = athora.administrator.post("/v1/workflow/try", endless).await;
    assert_eq!(answer.expect(200)["fault"]["kind"], "BudgetError");
    for bad in [
        "",
        "1 +",
        "__import__('os')",
        &"(".repeat(4000),
        &"x".repeat(5000),
    ] {
        let trial = json!({ "condition": bad });
        let refused = athora.administrator.post("/v1/workflow/try", trial).await;
        let refused = refused.expect(422);
        assert_eq!(refused["errors"][0]["reason"], "invalid_condition");
    }
    let supervisor = athora.user("sue", &["AML Supervisor"]).await;
    let trial = json!({ "condition": "1" });
    let refused = supervisor
        .post("/v1/workflow/try", trial)
        .await
        .problem(403);
    assert!(refused.contains("incident_state:configure"), "{refused}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_alert_is_stranded_in_a_state_that_vanished() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let client = payments.tenant.administrator.clone();
    let (one, other) = (
        alert_of(&payments, "t1").await,
        alert_of(&payments, "t2").await,
    );
    let to = |state: &str| json!({ "to": state });
    let moves = format!("{other}/transitions");
    client.post(&moves, to("in_progress")).await.expect(200);

    let own = workflow(&["new", "closed!"], &[("new", "closed", None)]);
    let refused = client.put(WORKFLOW, own.clone()).await.problem(409);
    assert!(
        refused.contains("'open' (1 alert), 'in_progress' (1 alert)")
            && refused.contains("'moves'"),
        "{refused}"
    );
    let half = moving(own.clone(), json!({ "open": "new" }));
    let refused = client.put(WORKFLOW, half).await.problem(409);
    assert!(refused.contains(": 'in_progress' (1 alert);"), "{refused}");
    assert_eq!(client.get(&one).await.expect(200)["state"], "open");

    payments
        .host
        .clock()
        .advance(std::time::Duration::from_secs(60));
    let all = json!({ "open": "new", "in_progress": "closed" });
    let put = client.put(WORKFLOW, moving(own.clone(), all)).await;
    assert_eq!(put.expect(200), own);
    let moved = client.get(&one).await.expect(200);
    assert_eq!(
        (&moved["state"], &moved["version"]),
        (&json!("new"), &json!(2))
    );
    assert_eq!(moved["closed_at"], Value::Null);
    let closed = client.get(&other).await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["version"]),
        (&json!("closed"), &json!(3))
    );
    assert_eq!(closed["closed_at"], closed["updated_at"]);
    let id = text(&moved["id"]).to_owned();
    let audit = client.all("/v1/audit").await;
    let noted = audit
        .iter()
        .filter(|entry| entry["action"] == "alert.move" && entry["subject"] == id);
    assert_eq!(noted.count(), 1);

    payments.host.restart().await;
    assert_eq!(client.get(&one).await.expect(200), moved);
    assert_eq!(client.get(&other).await.expect(200), closed);
    let third = alert_of(&payments, "t3").await;
    let third = client.get(&third).await.expect(200);
    assert_eq!(
        third["state"], "new",
        "new alerts are in the workflow's own initial state"
    );

    // A state that stays and is closed from now on closes what is in it.
    let renamed = workflow(&["first", "new!", "closed!"], &[]);
    client.put(WORKFLOW, renamed).await.expect(200);
    let now_closed = client.get(&one).await.expect(200);
    assert_eq!(now_closed["state"], "new");
    assert_eq!(now_closed["closed_at"], now_closed["updated_at"]);
    assert_eq!(client.get(&other).await.expect(200), closed, "as it was");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_are_on_their_way_are_moved_too() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = payments.tenant.administrator.clone();
    let own = workflow(&["new", "closed!"], &[]);
    let back = workflow(&["open", "closed!"], &[]);
    // What is posted while the workflow changes is in a state of the newer one when both are done.
    for round in 0..10 {
        let states = if round % 2 == 0 {
            ("open", "new")
        } else {
            ("new", "open")
        };
        let next = if round % 2 == 0 { &own } else { &back };
        let mut moves = serde_json::Map::from_iter([(states.0.to_owned(), json!(states.1))]);
        if round == 0 {
            moves.insert("in_progress".to_owned(), json!("new"));
        }
        let next = moving(next.clone(), Value::Object(moves));
        let ids = [0, 1, 2].map(|number| format!("t{round}-{number}"));
        let (before, put, between, after) = tokio::join!(
            alert_of(&payments, &ids[0]),
            client.put(WORKFLOW, next),
            alert_of(&payments, &ids[1]),
            alert_of(&payments, &ids[2]),
        );
        put.expect(200);
        for alert in [before, between, after] {
            let state = client.get(&alert).await.expect(200)["state"].clone();
            assert_eq!(state, states.1, "round {round}");
        }
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_workflow_moves_20_000_alerts_and_no_more() {
    const MOST: usize = 20_000;
    let over = TestHost::builder().over(Arc::new(MemoryBackend::new()));
    let mut payments = Payments::on(over).await.with_large_amount().await;
    let client = payments.tenant.administrator.clone();
    let payments_of = |number| payment(&format!("t{number}"), "anna", 20_000.0).to_string();
    let lines: Vec<String> = (0..=MOST).map(payments_of).collect();
    for batch in lines.chunks(5_000) {
        let body = batch.join("\n");
        let posted = payments
            .key
            .post_as(BATCH, "application/x-ndjson", body)
            .await;
        assert!(posted.is_success(), "{}", posted.text());
    }
    let own = workflow(&["new", "in_progress", "closed!"], &[]);
    let own = moving(own, json!({ "open": "new" }));
    let refused = client.put(WORKFLOW, own.clone()).await.problem(409);
    assert!(
        refused.contains("20001 alerts") && refused.contains("20000"),
        "{refused}"
    );

    let first = client.get("/v1/alerts?limit=1").await.expect(200);
    let first = text(&first["items"][0]["id"]);
    let moves = format!("/v1/alerts/{first}/transitions");
    let to = json!({ "to": "in_progress" });
    client.post(&moves, to).await.expect(200);
    client.put(WORKFLOW, own).await.expect(200);
    payments.host.restart().await;
    assert_eq!(client.all("/v1/alerts?state=new").await.len(), MOST);
    let vanished = client.get("/v1/alerts?state=open").await.problem(400);
    assert!(vanished.contains("there is no state 'open'"), "{vanished}");
    payments.host.stop().await;
}
