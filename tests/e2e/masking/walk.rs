//! Every GET route, asked by callers who may not see masked fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::Client;

use super::{Masked, NEUTRAL, SECRETS, told};
use crate::alerts::text;
use crate::trying::until;

/// The values of each parameter of paths.
type Parameters = BTreeMap<&'static str, Vec<String>>;

/// Fills the host with everything that may tell of what rules said.
async fn filled() -> (Masked, Parameters) {
    let masked = Masked::start().await;
    let client = masked.administrator.clone();
    masked.post("t1", "anna").await;
    masked.post("t2", "anna").await;
    // Both rules of every input fail, and say so with the number of items.
    masked.post_with("t3", "bert", -super::ITEMS).await;
    let large = masked.alert_of("t1", "large-amount").await;

    let workflow = json!({
        "states": [
            { "name": "open", "title": "Open", "initial": true },
            { "name": "closed", "title": "Closed", "closed": true },
        ],
        "transitions": [{ "source": "open", "destination": "closed", "condition": "int(alert.title) > 0" }],
    });
    client.put("/v1/workflow", workflow).await.expect(200);
    let close = json!({ "filter": {}, "change": { "to": "closed" } });
    let bulk = client.post("/v1/alerts/bulk", close).await;
    bulk.expect(202);
    let bulk = bulk.header("location").to_owned();
    until(&client, &bulk, |bulk| bulk["state"] == "done").await;

    let other = masked.alert_of("t2", "large-amount").await;
    let ids = [&large, &other].map(|path| path.rsplit('/').next().expect("an id").to_owned());
    client
        .post("/v1/alerts/merge", json!({ "alerts": ids }))
        .await
        .expect(201);
    let comment = client
        .post(&format!("{large}/comments"), json!({ "text": "Seen" }))
        .await
        .expect(201);
    let task = client
        .post(&format!("{large}/tasks"), json!({ "title": "Ask" }))
        .await
        .expect(201);

    let replay = client.post("/v1/replays", json!({})).await;
    replay.expect(202);
    let replay = replay.header("location").to_owned();
    until(&client, &replay, |replay| replay["state"] == "done").await;
    let trial = json!({
        "plugin": "every-input", "version": "1.0.0", "compare_with": "every-input",
        "config": { "list": "risky", "card": "counterparty", "large": 9_000 },
    });
    let backtest = client.post("/v1/teams/payments/backtests", trial).await;
    backtest.expect(202);
    let backtest = backtest.header("location").to_owned();
    until(&client, &backtest, |backtest| backtest["state"] == "done").await;
    let catch_up = "/v1/teams/payments/rules/every-input/catch-up";
    client.post(catch_up, json!({})).await.expect(202);
    until(&client, catch_up, |catch_up| catch_up["state"] == "done").await;

    let view = client.post("/v1/views", json!({ "name": "Large" })).await;
    let view = view.expect(201);

    let csv = masked.payments.tenant.publish("standard-csv").await;
    let run = masked.payments.tenant.run_export("nightly", &csv).await;
    let last = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
    let alerts = client.all("/v1/alerts").await;
    let mut alerts: Vec<String> = alerts.iter().map(|it| text(&it["id"]).to_owned()).collect();
    alerts.extend(ids);
    let one = |value: &str| vec![value.to_owned()];
    let parameters = BTreeMap::from([
        ("alert", alerts),
        ("team", one("payments")),
        (
            "rule",
            ["large-amount", "every-input", "shadow"]
                .map(str::to_owned)
                .into(),
        ),
        ("txn_id", ["t1", "t2", "t3"].map(str::to_owned).into()),
        ("customer", ["anna", "bert"].map(str::to_owned).into()),
        ("view", one(text(&view["id"]))),
        ("bulk", vec![last(&bulk)]),
        ("replay", vec![last(&replay)]),
        ("backtest", vec![last(&backtest)]),
        ("export", one("nightly")),
        ("run", one(text(&run["id"]))),
        ("comment", one(text(&comment["id"]))),
        ("task", one(text(&task["id"]))),
        ("document", one("01890000-0000-7000-8000-000000000000")),
        ("type", one("trx_aml_alert")),
        ("list", one("risky")),
        ("version", ["1", "1.0.0"].map(str::to_owned).into()),
        (
            "name",
            ["large-amount", "every-input"].map(str::to_owned).into(),
        ),
        ("upload", one("01890000-0000-7000-8000-000000000000")),
        ("scope", one("Watcher")),
        ("tenant", one("athora")),
        ("user", one(&masked.payments.tenant.administrator_id)),
        ("sessionId", one("nothing")),
    ]);
    (masked, parameters)
}

/// Every GET route of the document with every value of its parameters, and with queries that show more.
async fn paths(client: &Client, parameters: &Parameters) -> BTreeSet<String> {
    let document = client.get("/openapi.json").await.expect(200);
    let routes = document["paths"].as_object().expect("paths");
    let mut paths = BTreeSet::new();
    for (route, _) in routes
        .iter()
        .filter(|(_, methods)| methods["get"].is_object())
    {
        let mut filled = vec![route.clone()];
        while filled[0].contains('{') {
            let (_, rest) = filled[0].split_once('{').expect("a parameter");
            let name = rest.split_once('}').expect("its end").0.to_owned();
            let values = parameters
                .get(&*name)
                .unwrap_or_else(|| panic!("{route}: give '{name}' a value in this test"));
            let place = format!("{{{name}}}");
            let each = filled.iter();
            let each = each.flat_map(|path| {
                let values = values.iter();
                values.map(|value| path.replacen(&place, value, 1))
            });
            filled = each.collect();
        }
        paths.extend(filled);
    }
    for query in ["with=shadow&samples=100", "with=large-amount&samples=100"] {
        paths.insert(format!(
            "/v1/teams/payments/rules/every-input/comparison?{query}"
        ));
    }
    // The sums of one transaction are its values.
    for query in [
        "customer_id=bert&sum=amount&sum=items",
        "team=payments&sum=items&from=2026-03-01T09:59:00Z",
    ] {
        paths.insert(format!(
            "/v1/transactions/summary?to=2026-03-01T10:01:00Z&{query}"
        ));
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn no_get_route_tells_what_is_masked() {
    let (masked, parameters) = filled().await;
    let paths = paths(&masked.administrator, &parameters).await;
    let tenant = &masked.payments.tenant;
    let analyst = tenant.user("ana", &["AML Analyst"]).await;
    let integrator = tenant.user("ines", &["Integrator"]).await;
    let callers = [
        ("Watcher", masked.watcher.clone()),
        ("AML Analyst", analyst.clone()),
        ("Integrator", integrator),
        ("the team's key", masked.payments.key.clone()),
    ];
    // The components of plugins are no answers about transactions.
    let is_asked = |path: &&String| !path.ends_with("/component");
    for path in paths.iter().filter(is_asked) {
        for (who, client) in &callers {
            let answer = client.get(path).await;
            let body = answer.text();
            assert!(answer.status < 500, "{path}: {body}");
            assert_eq!(told(&body), [""; 0], "{path} to {who}: {body}");
        }
    }
    // The secrets are there, for whom may see them.
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths.iter().filter(is_asked) {
        let body = masked.administrator.get(path).await.text();
        for secret in told(&body) {
            *seen.entry(secret).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), SECRETS.len(), "{seen:?}");

    let large = masked.alert_of("t1", "large-amount").await;
    let alert = masked.watcher.get(&large).await.expect(200);
    assert_eq!(alert["title"], NEUTRAL);
    assert_eq!(alert["score"], Value::Null);
    assert_eq!(alert["labels"], json!([]));
    assert_eq!(alert["severity"], "medium");
    let merged = &alert["info"]["merged"][0]["info"];
    assert_eq!(*merged, json!({}), "{alert}");
    assert_eq!(alert["info"]["transactions"][0]["amount"], "***");
    assert_eq!(alert["findings"][0]["title"], NEUTRAL);
    assert_eq!(alert["findings"][0]["fuel"], Value::Null);
    let full = masked.administrator.get(&large).await.expect(200);
    assert_eq!(full["info"]["limit"], 10_000.0, "{full}");
    assert_eq!(full["labels"], json!(["large amount"]));

    // Why a condition cannot be evaluated is said without what it quotes.
    let moves = analyst
        .get(&format!("{large}/transitions"))
        .await
        .expect(200);
    let reason = text(&moves["transitions"][0]["reason"]);
    assert!(reason.contains("ValueError (line 1"), "{reason}");
    let close = json!({ "to": "closed" });
    let refused = analyst
        .post(&format!("{large}/transitions"), close.clone())
        .await;
    let refused = refused.problem(403);
    assert!(
        refused.contains("ValueError") && told(&refused).is_empty(),
        "{refused}"
    );
    let quoted = masked
        .administrator
        .post(&format!("{large}/transitions"), close)
        .await;
    assert!(quoted.problem(403).contains("123,456"), "the full words");

    let replayed = analyst.post(&format!("{large}/replay"), json!({})).await;
    assert_eq!(told(&replayed.text()), [""; 0]);
    assert_eq!(replayed.expect(200)["same"], 2);
    masked.payments.host.stop().await;
}

/// Who posts a transaction knows what is in it; who reads it with the same key later is shown what is not masked.
#[tokio::test(flavor = "multi_thread")]
async fn the_poster_is_answered_in_full() {
    let masked = Masked::start().await;
    let first = masked.post("t1", "anna").await;
    let title = |answer: &Value| text(&answer["alerts"][0]["title"]).to_owned();
    assert!(title(&first).contains("123456.78"), "{first}");
    let key = &masked.payments.key;
    let read = key.get("/v1/transactions/t1").await.expect(200);
    assert!(
        title(&read).ends_with("details need transaction:sensitive"),
        "{read}"
    );
    assert_eq!(read["payload"]["amount"], "***");
    let path = "/v1/teams/payments/transactions/t1";
    let full = masked.administrator.get(path).await.expect(200);
    assert_eq!(title(&full), title(&first));
    masked.payments.host.stop().await;
}
