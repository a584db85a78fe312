//! Alert types: what they set, and schemas of `info`.

use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::text;
use crate::payments::{Payments, payment, with};

const NIGHT: &str = "/v1/alert-types/night_cash";

fn new_alert(more: Value) -> Value {
    let alert = json!({ "team": "payments", "title": "Odd", "incident_type": "night_cash" });
    with(alert, more)
}

/// A person: a user with a password.
async fn person(payments: &Payments) -> Client {
    let administrator = &payments.tenant.administrator;
    let user = json!({
        "login": "pat", "password": "correct horse battery", "scopes": ["Administrator"],
    });
    let user = administrator.post("/v1/users", user).await.expect(201);
    let path = format!("/v1/users/{}/tokens", text(&user["id"]));
    let token = json!({ "name": "test" });
    let token = administrator.post(&path, token).await.expect(201);
    administrator.with(text(&token["token"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_has_sixteen_types_and_can_set_them() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let client = payments.tenant.administrator.clone();
    let all = client.get("/v1/alert-types").await.expect(200);
    let all = all["items"].as_array().expect("items").clone();
    assert_eq!(all.len(), 16);
    assert!(all.iter().all(|one| one["default"] == true));
    let aml = "/v1/alert-types/trx_aml_alert";
    // The install and the finding of this rule say how bad it is; how soon it must be done, the type.
    let set = json!({ "title": "Money laundering", "severity": "low", "due_in": "P2D" });
    client.put(aml, set).await.expect(200);
    let posted = payments.post(payment("t1", "anna", 20_000.0)).await;
    let id = text(&posted.expect(201)["alerts"][0]["id"]).to_owned();
    payments.host.restart().await;
    let alert = client.get(&format!("/v1/alerts/{id}")).await.expect(200);
    assert_ne!(alert["due_date"], Value::Null);
    let set = client.get(aml).await.expect(200);
    assert_eq!(set["due_in"], "P2D");

    client.delete(aml).await.expect(204);
    let reset = client.get(aml).await.expect(200);
    assert_eq!(
        reset,
        *all.iter()
            .find(|one| one["name"] == "trx_aml_alert")
            .expect("it")
    );
    client.delete(aml).await.expect(204);
    assert_eq!(
        client.get("/v1/alert-types").await.expect(200)["items"],
        json!(all)
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_come_from_the_nearest_that_sets_them() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let night = json!({ "title": "Cash at night", "severity": "high", "due_in": "PT12H" });
    let made = client.put(NIGHT, night).await.expect(201);
    assert_eq!(made["default"], false);
    let levels = async |more: Value| {
        let made = client.post("/v1/alerts", new_alert(more)).await.expect(201);
        let path = format!("/v1/alerts/{}", text(&made["id"]));
        let alert = client.get(&path).await.expect(200);
        (
            alert["severity"].clone(),
            alert["priority"].clone(),
            alert["due_date"].is_null(),
        )
    };
    assert_eq!(
        levels(json!({})).await,
        (json!("high"), json!("medium"), false)
    );
    let own = json!({ "severity": "low", "priority": "low" });
    assert_eq!(levels(own).await, (json!("low"), json!("low"), false));

    // A rule whose install and findings say nothing of severity.
    let plugin = payments.tenant.publish("thresholds").await;
    let rule = json!({ "mode": "live", "alert_type": "night_cash", "priority": "low" });
    let put = payments
        .tenant
        .put_rule("payments", "risky", &plugin, rule)
        .await;
    assert!(put.is_success(), "{}", put.text());
    let risky = json!({ "currency": "USD", "country": "IR" });
    let posted = payments
        .post(with(payment("t1", "anna", 20_000.0), risky))
        .await
        .expect(201);
    assert_eq!(posted["alerts"][0]["incident_type"], "night_cash");
    assert_eq!(posted["alerts"][0]["severity"], "high");
    assert_eq!(posted["alerts"][0]["priority"], "low");
    let refused = client.delete(NIGHT).await.problem(409);
    assert!(refused.contains("rule 'risky'"), "{refused}");
    client
        .delete("/v1/teams/payments/rules/risky")
        .await
        .expect(204);
    let refused = client.delete(NIGHT).await.problem(409);
    assert!(refused.contains("there are alerts"), "{refused}");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn info_is_what_its_schema_asks_for() {
    let payments = Payments::start().await;
    let service = &payments.tenant.administrator;
    let person = person(&payments).await;
    let plain = json!({ "title": "Cash at night" });
    service.put(NIGHT, plain).await.expect(201);
    let info = json!({ "info": { "branch": "Ghent" } });
    // Without a schema, services store any object, and people none.
    service
        .post("/v1/alerts", new_alert(info.clone()))
        .await
        .expect(201);
    let refused = person.post("/v1/alerts", new_alert(info.clone())).await;
    assert!(refused.problem(422).contains("no info_schema"));
    person
        .post("/v1/alerts", new_alert(json!({})))
        .await
        .expect(201);

    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": {
            "branch": { "type": "string", "minLength": 2 },
            "notes": { "type": "array", "items": { "type": "integer", "minimum": 1, "exclusiveMinimum": true } },
        },
        "required": ["branch"],
        "additionalProperties": false,
    });
    let typed = json!({ "title": "Cash at night", "info_schema": schema });
    service.put(NIGHT, typed).await.expect(200);
    let made = person.post("/v1/alerts", new_alert(info)).await.expect(201);
    let path = format!("/v1/alerts/{}", text(&made["id"]));
    let fields = |problem: &Value| -> Vec<String> {
        let errors = problem["errors"].as_array().expect("errors");
        let fields = errors.iter().map(|error| text(&error["field"]).to_owned());
        fields.collect()
    };
    let wrong = json!({ "info": { "branch": "G", "notes": [2, 1, "x"] } });
    for client in [service, &person] {
        let refused = client.post("/v1/alerts", new_alert(wrong.clone())).await;
        let mut found = fields(&refused.expect(422));
        found.sort();
        assert_eq!(found, ["info/branch", "info/notes/1", "info/notes/2"]);
        let missing = client.post("/v1/alerts", new_alert(json!({}))).await;
        missing.problem(422);
        let refused = client.patch(&path, wrong.clone()).await;
        refused.problem(422);
    }
    let changed = json!({ "info": { "notes": [7] } });
    let changed = person.patch(&path, changed).await.expect(200);
    assert_eq!(changed["info"], json!({ "branch": "Ghent", "notes": [7] }));
    let reserved = json!({ "info": { "branch": "Ghent", "transactions": [] } });
    service.patch(&path, reserved).await.problem(422);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_info_that_the_schema_refuses_keeps_no_alert_from_being_made() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let schema = json!({ "required": ["branch"] });
    let typed = json!({ "title": "Cash at night", "info_schema": schema });
    client.put(NIGHT, typed).await.expect(201);
    let plugin = payments.tenant.publish("large-amount").await;
    let rule =
        json!({ "mode": "live", "alert_type": "night_cash", "config": { "other_limit": 100 } });
    payments
        .tenant
        .put_rule("payments", "much", &plugin, rule)
        .await
        .expect(201);
    let posted = payments
        .post(payment("t1", "anna", 500.0))
        .await
        .expect(201);
    let path = format!("/v1/alerts/{}", text(&posted["alerts"][0]["id"]));
    let alert = client.get(&path).await.expect(200);
    assert!(alert["info"]["unvalidated"].is_object(), "{alert}");
    let fault = text(&alert["info"]["faults"][0]["message"]);
    assert!(fault.contains("branch"), "{fault}");
    let stats = "/v1/teams/payments/rules/much/stats";
    let stats = client.get(stats).await.expect(200);
    assert_eq!(
        (&stats["failures"], &stats["refused_infos"]),
        (&json!(0), &json!(1))
    );
    assert!(stats.to_string().contains("night_cash"), "{stats}");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_types_are_refused_with_what_is_wrong() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let check = async |more: Value, expect: &str| {
        let new = with(json!({ "title": "Cash at night" }), more);
        let refused = client.put(NIGHT, new).await.expect(422).to_string();
        assert!(refused.contains(expect), "{refused}");
    };
    check(json!({ "title": "" }), "title").await;
    check(json!({ "severity": "worst" }), "severity").await;
    check(json!({ "due_in": "5 days" }), "P5D").await;
    check(json!({ "info_schema": [] }), "info_schema").await;
    check(
        json!({ "info_schema": { "type": "objekt" } }),
        "draft 2020-12",
    )
    .await;
    let remote = json!({ "info_schema": { "$ref": "http://127.0.0.1/schema" } });
    check(remote, "info_schema").await;
    check(
        json!({ "info_schema": { "$ref": "#" } }),
        "leads back to itself",
    )
    .await;
    let draft3 = "http://json-schema.org/draft-03/schema#";
    check(json!({ "info_schema": { "$schema": draft3 } }), "draft-03").await;
    let huge = json!({ "info_schema": { "description": "x".repeat(70_000) } });
    check(huge, "larger than 64 KiB").await;
    client
        .put("/v1/alert-types/Night", json!({ "title": "x" }))
        .await
        .problem(422);
    client.get("/v1/alert-types/nothing").await.problem(404);
    payments.host.stop().await;
}

/// All schemas of a tenant share one budget of memory.
#[tokio::test]
async fn schemas_take_a_bounded_amount_of_memory_together() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("athora").await;
    let client = &tenant.administrator;
    // As large as the patterns of one schema may be.
    let properties: serde_json::Map<String, Value> = (0..11)
        .map(|number| {
            let pattern = format!("a{{{}}}", 9_000 + number);
            (format!("m{number}"), json!({ "pattern": pattern }))
        })
        .collect();
    let large = json!({ "title": "Large", "info_schema": { "properties": properties } });
    let mut taken = 0;
    let refused = loop {
        let path = format!("/v1/alert-types/large_{taken}");
        let put = client.put(&path, large.clone()).await;
        if put.status != 201 {
            break put.problem(409);
        }
        taken += 1;
    };
    assert!(
        refused.contains("KiB of memory, of at most 32768"),
        "{refused}"
    );
    assert!((20..100).contains(&taken), "{taken}");
    // So are other schemas, and what takes no more than before is taken.
    let fields: Vec<Value> = (0..500)
        .map(|number| {
            json!({ "name": format!("field_{number}"), "type": "string", "description": "d".repeat(200) })
        })
        .collect();
    client
        .post(
            "/v1/teams",
            json!({ "name": "aml", "title": "AML", "kind": "aml" }),
        )
        .await
        .expect(201);
    let mut versions = 0;
    let schema = |versions: usize| {
        let mut fields = fields.clone();
        fields[0]["description"] = json!(format!("version {versions}"));
        json!({ "fields": fields })
    };
    loop {
        let put = client
            .put("/v1/teams/aml/payload-schema", schema(versions))
            .await;
        if !put.is_success() {
            put.problem(409);
            break;
        }
        versions += 1;
        assert!(versions < 20, "there is room for few");
    }
    client
        .put("/v1/alert-types/large_0", large.clone())
        .await
        .expect(200);
    client.delete("/v1/alert-types/large_1").await.expect(204);
    client
        .put("/v1/teams/aml/payload-schema", schema(versions))
        .await;
    client
        .put(
            "/v1/alert-types/small",
            json!({ "title": "Small", "info_schema": {} }),
        )
        .await
        .expect(201);
    host.stop().await;
}
