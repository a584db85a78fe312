//! One tenant, and what is another's.

use serde_json::{Value, json};

use crate::payments::{POST, Payments, fields, payment};
use crate::trying::until;

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_things_are_not_there() {
    let payments = Payments::start().await.with_large_amount().await;
    let athora = &payments.tenant.administrator;
    athora
        .put("/v1/lists/countries", json!(["KP"]))
        .await
        .expect(201);
    let user = json!({ "login": "analyst", "scopes": ["AML Analyst"] });
    let user = athora.post("/v1/users", user).await.expect(201);
    let tokens = format!("/v1/users/{}/tokens", id(&user));
    let token = athora
        .post(&tokens, json!({ "name": "x" }))
        .await
        .expect(201);
    let keys = athora.get("/v1/teams/payments/api-keys").await.expect(200);
    let posted = payments
        .post(payment("t1", "anna", 12_000.0))
        .await
        .expect(201);
    let plugin = payments.tenant.publish("standard-csv").await;
    let run = payments.tenant.run_export("nightly", &plugin).await;

    let alert = format!("/v1/alerts/{}", id(&posted["alerts"][0]));
    let comments = format!("{alert}/comments");
    let text = json!({ "text": "Mine" });
    let comment = athora.post(&comments, text.clone()).await.expect(201);
    let comment = format!("{comments}/{}", id(&comment));
    let tasks = format!("{alert}/tasks");
    let task = json!({ "title": "Call" });
    let task = athora.post(&tasks, task.clone()).await.expect(201);
    let task = format!("{tasks}/{}", id(&task));
    let documents = format!("{alert}/documents");
    let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--x--\r\n";
    let document = athora
        .post_as(&documents, "multipart/form-data; boundary=x", form)
        .await
        .expect(201);
    let document = format!("{documents}/{}", id(&document));
    let own = json!({ "title": "Own" });
    athora
        .put("/v1/alert-types/own", own.clone())
        .await
        .expect(201);
    let scope = json!({ "permissions": ["incident_case:read"] });
    athora
        .put("/v1/scopes/Night", scope.clone())
        .await
        .expect(201);
    let replay = athora.post("/v1/replays", json!({})).await.expect(202);
    let replay = format!("/v1/replays/{}", id(&replay));
    let bulk = json!({ "alerts": [id(&posted["alerts"][0])], "change": { "priority": "low" } });
    let bulk = athora.post("/v1/alerts/bulk", bulk).await;
    let bulk = format!("/v1/alerts/bulk/{}", id(&bulk.expect(202)));
    let mut views = Vec::new();
    for path in ["/v1/me/views", "/v1/views"] {
        let view = athora.post(path, json!({ "name": "Mine" })).await;
        views.push(format!("{path}/{}", id(&view.expect(201))));
    }
    let [own_view, shared_view] = &views[..] else {
        panic!("two views");
    };

    // Another install, with which the first is compared.
    let install = json!({
        "plugin": "large-amount", "version": "1.1.0", "mode": "live", "config": { "other_limit": 2 },
    });
    let rule = "/v1/teams/payments/rules/large-amount";
    athora.put(rule, install).await.expect(200);
    let shadow = json!({
        "plugin": "large-amount", "version": "1.1.0", "mode": "shadow", "config": { "other_limit": 3 },
    });
    let rule = "/v1/teams/payments/rules/watching";
    athora.put(rule, shadow).await.expect(201);
    let versions = athora.get("/v1/lists/countries/versions").await.expect(200);
    let version = format!(
        "/v1/lists/countries/versions/{}",
        versions["items"][0]["version"]
    );
    let backtest = json!({
        "plugin": "large-amount", "version": "1.1.0", "config": { "other_limit": 1 },
        "compare_with": "large-amount",
    });
    let backtests = "/v1/teams/payments/backtests";
    let begun = athora.post(backtests, backtest.clone()).await;
    begun.expect(202);
    let backtest = begun.header("location").to_owned();
    until(athora, &backtest, |seen| seen["state"] == "done").await;

    let other = payments.host.tenant("belfius").await;
    let key = other.team("cards", &fields()).await;
    let belfius = &other.administrator;
    let paths = [
        alert.clone(),
        format!("{alert}/transitions"),
        format!("{alert}/history"),
        format!("{alert}/originals"),
        format!("{alert}/neighbours"),
        comments.clone(),
        comment.clone(),
        tasks.clone(),
        task.clone(),
        documents.clone(),
        document.clone(),
        format!("{document}/content"),
        bulk,
        own_view.clone(),
        shared_view.clone(),
        replay,
        "/v1/alert-types/own".to_owned(),
        "/v1/scopes/Night".to_owned(),
        "/v1/exports/nightly/redshift".to_owned(),
        "/v1/exports/nightly/power-bi".to_owned(),
        "/v1/exports/nightly/deliveries".to_owned(),
        "/v1/teams/payments".to_owned(),
        "/v1/teams/payments/payload-schema".to_owned(),
        "/v1/teams/payments/payload-example".to_owned(),
        "/v1/teams/payments/api-keys".to_owned(),
        "/v1/teams/payments/rules".to_owned(),
        "/v1/teams/payments/rules/large-amount".to_owned(),
        "/v1/teams/payments/rules/large-amount/installs".to_owned(),
        "/v1/teams/payments/rules/large-amount/stats".to_owned(),
        "/v1/teams/payments/rules/large-amount/failures".to_owned(),
        "/v1/teams/payments/rules/large-amount/catch-up".to_owned(),
        "/v1/teams/payments/rules/large-amount/inputs".to_owned(),
        "/v1/teams/payments/rules/watching/gate".to_owned(),
        "/v1/teams/payments/rules/large-amount/comparison?with=large-amount/1".to_owned(),
        backtests.to_owned(),
        backtest.clone(),
        format!("{backtest}/findings"),
        format!("{backtest}/failures"),
        format!("{backtest}/comparison"),
        "/v1/teams/payments/transactions".to_owned(),
        "/v1/teams/payments/transactions/t1".to_owned(),
        "/v1/customers/anna".to_owned(),
        "/v1/plugins/large-amount/1.1.0".to_owned(),
        "/v1/plugins/large-amount/1.1.0/component".to_owned(),
        "/v1/lists/countries".to_owned(),
        "/v1/lists/countries/entries".to_owned(),
        "/v1/lists/countries/membership?entry=KP".to_owned(),
        "/v1/lists/countries/versions".to_owned(),
        version,
        "/v1/exports/nightly".to_owned(),
        "/v1/exports/nightly/latest".to_owned(),
        "/v1/exports/nightly/runs".to_owned(),
        format!("/v1/exports/nightly/runs/{}", id(&run)),
        format!("/v1/exports/nightly/runs/{}/file", id(&run)),
        format!("/v1/users/{}", id(&user)),
        tokens.clone(),
    ];
    let described = payments.host.anonymous().get("/openapi.json").await;
    let described = described.expect(200);
    for (route, item) in described["paths"].as_object().expect("paths") {
        let is_of_one_thing = route.contains('{') && item["get"].is_object();
        // The administrator of the host has no tenant; sessions have a test of their own.
        if is_of_one_thing && !route.contains("/tenants/") && !route.starts_with("/api/") {
            let is_tried = paths.iter().any(|path| is_at(path, route));
            // Those of a team's key, and those that are there for as long as a plugin compiles, have tests of their own.
            let elsewhere = ["/v1/transactions/{txn_id}", "/v1/plugin-uploads/{upload}"];
            assert!(is_tried || elsewhere.contains(&&**route), "{route}");
        }
    }
    for path in &paths {
        assert_eq!(athora.get(path).await.status / 100, 2, "{path}");
        belfius.get(path).await.problem(404);
    }
    let changes = [
        belfius.patch(&alert, json!({ "title": "Mine" })).await,
        belfius
            .post(&format!("{alert}/transitions"), json!({ "to": "closed" }))
            .await,
        belfius.post(&format!("{alert}/unmerge"), json!({})).await,
        belfius.post(&format!("{alert}/replay"), json!({})).await,
        belfius
            .post(
                "/v1/alerts/merge",
                json!({ "alerts": [id(&posted["alerts"][0]), uuid()] }),
            )
            .await,
        belfius.post(&comments, text.clone()).await,
        belfius.patch(&comment, text.clone()).await,
        belfius.delete(&comment).await,
        belfius.post(&tasks, json!({ "title": "Mine" })).await,
        belfius.patch(&task, json!({ "done": true })).await,
        belfius.delete(&task).await,
        belfius
            .post_as(&documents, "multipart/form-data; boundary=x", form)
            .await,
        belfius.delete(&document).await,
        belfius.delete("/v1/alert-types/own").await,
        belfius.put(own_view, json!({ "name": "Mine" })).await,
        belfius.delete(own_view).await,
        belfius.put(shared_view, json!({ "name": "Mine" })).await,
        belfius.delete(shared_view).await,
        belfius.delete("/v1/scopes/Night").await,
        belfius
            .patch("/v1/teams/payments", json!({ "title": "Mine" }))
            .await,
        belfius
            .patch(
                &format!("/v1/users/{}", id(&user)),
                json!({ "disabled": true }),
            )
            .await,
        belfius.post(&tokens, json!({ "name": "mine" })).await,
        belfius.delete(&format!("{tokens}/{}", id(&token))).await,
        belfius
            .post(
                "/v1/teams/payments/payload-schema/try",
                json!({ "fields": [] }),
            )
            .await,
        belfius.post("/v1/teams/payments/api-keys", json!({})).await,
        belfius
            .post("/v1/teams/payments/api-keys/regenerate", json!({}))
            .await,
        belfius
            .delete(&format!(
                "/v1/teams/payments/api-keys/{}",
                id(&keys["items"][0])
            ))
            .await,
        belfius
            .delete("/v1/teams/payments/rules/large-amount")
            .await,
        belfius.delete("/v1/lists/countries").await,
        belfius
            .patch("/v1/lists/countries", json!({ "add": ["BE"] }))
            .await,
        belfius.delete("/v1/exports/nightly").await,
        belfius.post("/v1/exports/nightly/runs", json!({})).await,
        key.get("/v1/transactions/t1").await,
    ];
    for answer in changes {
        answer.problem(404);
    }
    for list in ["/v1/alerts", "/v1/plugins", "/v1/lists", "/v1/exports"] {
        assert!(belfius.all(list).await.is_empty(), "{list}");
    }
    let audit = belfius.get("/v1/audit").await.text();
    assert!(
        !audit.contains("payments") && !audit.contains("athora"),
        "{audit}"
    );

    // The same ids are another's without trouble.
    let own = key
        .post(POST, payment("t1", "anna", 12_000.0))
        .await
        .expect(201);
    assert_eq!((&own["sequence"], &own["alerts"]), (&json!(1), &json!([])));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_of_its_list_and_tenant() {
    let payments = Payments::start().await;
    for number in 0..3 {
        let transaction = payment(&format!("t{number}"), "anna", 1.0);
        payments.post(transaction).await.expect(201);
    }
    let page = payments
        .key
        .get("/v1/transactions?limit=1")
        .await
        .expect(200);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let other = payments
        .host
        .tenant("belfius")
        .await
        .team("payments", &fields())
        .await;
    let check = async |client: &tests::Client, query: &str, status: u16| {
        let path = format!("/v1/transactions?limit=1&cursor={cursor}{query}");
        assert_eq!(client.get(&path).await.status, status, "{path}");
    };
    check(&payments.key, "", 200).await;
    check(&payments.key, "&customer_id=anna", 400).await;
    check(&other, "", 400).await;
    let mut broken = cursor.to_owned();
    broken.replace_range(4..5, if &cursor[4..5] == "A" { "B" } else { "A" });
    let path = format!("/v1/transactions?limit=1&cursor={broken}");
    payments.key.get(&path).await.problem(400);
    payments.host.stop().await;
}

/// An id of nothing.
fn uuid() -> &'static str {
    "01890000-0000-7000-8000-000000000000"
}

/// Whether a path is one of a route with placeholders.
fn is_at(path: &str, route: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (path, route) = (path.split('/'), route.split('/'));
    path.clone().count() == route.clone().count()
        && path
            .zip(route)
            .all(|(part, of)| of.starts_with('{') || part == of)
}
