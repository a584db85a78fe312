//! A rule on stored transactions says what it said live.

use reqwest::Method;
use serde_json::{Value, json};
use store::backend::{Direction, KeyRange};
use tests::{TestHost, TestPlugin};

use super::said::{BACKTESTS, found, found_live, installed, sorted, trial, tried};
use super::{all_rules, done, large, post_all, until, with_all_rules};
use crate::idempotency::post_twice;
use crate::payments::{Payments, fields, payment, with};

/// Payments of three customers within weeks; one in five comes late, by up to a month.
fn payments_of_weeks(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Value> {
    numbers.map(|number| {
        let noise = number.wrapping_mul(2_654_435_761) >> 7;
        let hours = i64::from(number) * 5;
        let late = if number.is_multiple_of(5) {
            noise % 700
        } else {
            0
        };
        let at: jiff::Timestamp = "2026-01-01T10:00:00Z".parse().expect("a time");
        let at = at + jiff::SignedDuration::from_hours(hours - i64::from(late));
        let amount = match noise % 4 {
            0 => 9_500.1 + f64::from(noise % 100) / 3.0,
            1 => 12_000.0 + f64::from(noise % 999) / 7.0,
            _ => f64::from(noise % 5_000) / 0.7,
        };
        let more = json!({
            "date_time": at.to_string(),
            "country": if noise.is_multiple_of(7) { "IR" } else { "BE" },
            "counterparty": format!("c{}", noise % 9),
        });
        let customer = ["anna", "bert", "carla"][noise as usize % 3];
        with(payment(&format!("t{number}"), customer, amount), more)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_was_said_live() {
    let mut payments = Payments::on(TestHost::builder()).await;
    with_all_rules(&payments).await;
    let client = payments.tenant.administrator.clone();
    let batches = [(0, 97), (97, 98), (98, 200)];
    let lists = [json!(["KP"]), json!(["KP", "MM"]), json!(["IR"])];
    for ((first, last), list) in batches.into_iter().zip(lists) {
        post_all(&payments, payments_of_weeks(first..last)).await;
        payments.host.restart().await;
        client
            .put("/v1/lists/high_risk_countries", list)
            .await
            .expect(200);
    }
    post_all(&payments, payments_of_weeks(200..300)).await;
    for (rule, config) in all_rules() {
        let plugin = installed(&client, rule).await;
        let new = trial(&plugin, json!({ "config": config }));
        let (path, all) = tried(&client, new).await;
        assert_eq!(all["state"], "done", "{all}");
        let progress = &all["progress"];
        assert_eq!(
            (&progress["rows"], &progress["of"]),
            (&json!(300), &json!(300))
        );
        assert_eq!((&all["pure"], &all["failures"]), (&json!(true), &json!({})));
        let live = sorted(found_live(&payments, rule).await);
        let then = found(&client, &path).await;
        assert!(live.len() > 5, "{rule}: {}", live.len());
        assert_eq!(sorted(then.clone()), live, "{rule}");
        let counts = all["findings"].as_object().expect("counts").values();
        let counted: u64 = counts.filter_map(Value::as_u64).sum();
        assert_eq!(counted, live.len() as u64);
        assert!(all["cost"]["fuel_per_million"].as_u64() > Some(0), "{all}");
        assert!(all["fuel"]["sampled"]["median"].as_u64() > Some(0), "{all}");

        // Windows reach back before the first transaction that is judged.
        let within = json!({ "config": config, "from": "2026-02-01T00:00:00Z", "to": "2026-02-20T00:00:00Z" });
        let (path, some) = tried(&client, trial(&plugin, within)).await;
        let judged = transactions(&payments, "2026-02-01T00:00:00Z", "2026-02-20T00:00:00Z").await;
        assert_eq!(some["progress"]["rows"], judged.len(), "{some}");
        let mut expect = then;
        expect.retain(|finding| judged.contains(&finding[0]));
        assert_eq!(found(&client, &path).await, expect, "{rule}");
    }
    // With the list as it is now, those that came while it was another one are found, too.
    let plugin = installed(&client, "high-risk-country").await;
    let (path, _) = tried(&client, trial(&plugin, json!({ "lists": "now" }))).await;
    let now = found(&client, &path).await.len();
    let live = found_live(&payments, "high-risk-country").await.len();
    assert!(now > live + 5, "{now} {live}");

    let alerts = payments.tenant.alerts().await.len();
    let all = client.all(BACKTESTS).await;
    assert_eq!(all.len(), 11);
    assert!(all[0]["asked_at"].as_str() > all[10]["asked_at"].as_str());
    assert_eq!(payments.tenant.alerts().await.len(), alerts);
    payments.host.stop().await;
}

/// The transactions that happened within a time, as JSON texts of their ids.
async fn transactions(payments: &Payments, from: &str, to: &str) -> Vec<String> {
    let path = format!("/v1/teams/payments/transactions?from={from}&to={to}");
    let all = payments.tenant.administrator.all(&path).await;
    let ids = all.iter().map(|stored| stored["txn_id"].to_string());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_judged_where_there_is_nothing() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let plugin = installed(client, "large-amount").await;
    let config = json!({ "config": { "other_limit": 1 } });
    let (_, none) = tried(client, trial(&plugin, config.clone())).await;
    assert_eq!(
        (&none["state"], &none["progress"]["of"]),
        (&json!("done"), &json!(0))
    );
    post_all(&payments, large(3)).await;
    let later = with(config, json!({ "from": "2030-01-01T00:00:00Z" }));
    let (path, none) = tried(client, trial(&plugin, later)).await;
    assert_eq!(
        (&none["state"], &none["cost"]),
        (&json!("done"), &Value::Null)
    );
    assert_eq!(client.all(&format!("{path}/findings")).await.len(), 0);
    payments.host.stop().await;
}

/// A host on which rules that spin are out of fuel soon.
fn quickly() -> tests::TestHostBuilder {
    TestHost::builder().config(|config| config.plugins.row_fuel = 500_000)
}

/// Makes a host with so many transactions, and a rule that spins on each of them.
async fn spinning(builder: tests::TestHostBuilder, count: usize) -> (Payments, Value) {
    let payments = Payments::on(builder).await;
    let plugin = payments.tenant.publish("hostile-rule").await;
    for hundreds in 0..count.div_ceil(500) {
        let some = large(count).skip(hundreds * 500).take(500);
        post_all(
            &payments,
            some.map(|one| with(one, json!({ "amount": 13.0 }))),
        )
        .await;
    }
    let config = json!({ "prepare": "", "evaluate": "spins" });
    (payments, trial(&plugin, json!({ "config": config })))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_cancelled() {
    let (payments, new) = spinning(TestHost::builder(), 4_000).await;
    let client = &payments.tenant.administrator;
    let mut paths = Vec::new();
    for _ in 0..3 {
        let begun = client.post(BACKTESTS, new.clone()).await;
        begun.expect(202);
        paths.push(begun.header("location").to_owned());
    }
    // One is at work, two wait, and that is enough.
    let refused = client.post(BACKTESTS, new.clone()).await.problem(409);
    assert!(refused.contains("3 backtests are under way"), "{refused}");
    until(client, &paths[0], |first| first["state"] == "running").await;
    let waiting = client.get(&paths[2]).await.expect(200);
    assert_eq!(waiting["state"], "queued");
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let refused = client.delete(&paths[2]).await.problem(409);
    assert!(refused.contains("cancel it first"), "{refused}");
    for path in paths.iter().rev() {
        let cancel = format!("{path}/cancel");
        watcher.post(&cancel, json!({})).await.problem(403);
        let cancelled = post_twice(client, &cancel).await.expect(202);
        assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
        assert!(cancelled["cancelled_by"].is_string());
        let again = client.post(&cancel, json!({})).await.problem(409);
        assert!(again.contains("has ended"), "{again}");
        assert_eq!(watcher.get(path).await.expect(200)["state"], "cancelled");
    }
    // There is room again.
    let begun = client.post(BACKTESTS, new).await;
    begun.expect(202);
    let cancel = format!("{}/cancel", begun.header("location"));
    client.post(&cancel, json!({})).await.expect(202);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_ended_can_be_deleted() {
    let payments = Payments::start().await.with_large_amount().await;
    post_all(&payments, large(3)).await;
    let client = &payments.tenant.administrator;
    let plugin = installed(client, "large-amount").await;
    let config = json!({ "config": { "other_limit": 1 } });
    let (kept, _) = tried(client, trial(&plugin, config.clone())).await;
    let (path, _) = tried(client, trial(&plugin, config)).await;
    assert_eq!(client.all(&format!("{path}/findings")).await.len(), 3);

    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    watcher.delete(&path).await.problem(403);
    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    client.get(&format!("{path}/findings")).await.problem(404);
    client.delete(&path).await.problem(404);
    assert_eq!(client.all(BACKTESTS).await.len(), 1);
    assert_eq!(client.all(&format!("{kept}/findings")).await.len(), 3);
    let tenant = payments.host.app().tenant_named(payments.tenant.name());
    let id = path.rsplit('/').next().expect("an id").replace('-', "");
    let id = u128::from_str_radix(&id, 16).expect("an id");
    let said = KeyRange::backtest_judgements(tenant.expect("the tenant"), id.to_be_bytes());
    let store = &payments.host.app().services.store;
    assert_eq!(store.range(said, Direction::Forward).count(), 0);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_the_host_loses_nothing() {
    let (mut payments, new) = spinning(quickly(), 3_000).await;
    let client = payments.tenant.administrator.clone();
    let (path, undisturbed) = tried(&client, new.clone()).await;
    assert_eq!(
        undisturbed["failures"],
        json!({ "out_of_fuel": 3_000 }),
        "{undisturbed}"
    );
    let failures = client.all(&format!("{path}/failures")).await;
    assert_eq!(failures.len(), 3_000);

    let request = || {
        let request = client.request(Method::POST, BACKTESTS);
        request.header("idempotency-key", "\"once\"").json(&new)
    };
    let begun = client.send(request()).await;
    begun.expect(202);
    let path = begun.header("location").to_owned();
    let is_halfway = |backtest: &Value| backtest["progress"]["rows"].as_u64() >= Some(1);
    let before = until(&client, &path, is_halfway).await;
    assert_eq!(
        before["state"], "running",
        "it was over before the host was stopped"
    );
    payments.host.restart().await;
    let ended = until(&client, &path, |backtest| backtest["state"] == "done").await;
    for member in ["failures", "findings", "found", "progress", "fuel", "pure"] {
        let (was, is) = (&undisturbed[member], &ended[member]);
        assert_eq!((was, member), (is, member));
    }
    assert_eq!(
        undisturbed["cost"]["fuel_per_million"],
        ended["cost"]["fuel_per_million"]
    );
    assert_eq!(client.all(&format!("{path}/failures")).await, failures);
    // The same request, sent again, begins nothing.
    let again = client.send(request()).await;
    assert_eq!(again.header("location"), path);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_rule_harms_nobody() {
    let payments = Payments::on(quickly().in_memory()).await;
    let plugin = payments.tenant.publish("hostile-rule").await;
    let amounts = [1.0, 500.0, 13.0, 2.0, 700.0];
    let some = (0..100).map(|number| payment(&format!("t{number}"), "anna", amounts[number % 5]));
    post_all(&payments, some).await;
    let client = &payments.tenant.administrator;
    let check = async |behaviour: &str, kind: &str| {
        let config = json!({ "prepare": "", "evaluate": behaviour });
        let (path, ended) = tried(client, trial(&plugin, json!({ "config": config }))).await;
        assert_eq!(ended["state"], "done", "{behaviour}: {ended}");
        assert_eq!(
            ended["failures"],
            json!({ kind: 20 }),
            "{behaviour}: {ended}"
        );
        assert_eq!(ended["found"], 40, "{behaviour}: {ended}");
        let failures = client.all(&format!("{path}/failures")).await;
        assert_eq!(failures.len(), 20, "{behaviour}");
        assert_eq!(
            (&failures[0]["transaction"], &failures[0]["kind"]),
            (&json!("t2"), &json!(kind))
        );
    };
    check("spins", "out_of_fuel").await;
    check("traps", "trapped").await;
    check("reports", "reported").await;
    check("many-findings", "broken").await;

    let impure = json!({ "config": { "prepare": "", "evaluate": "counts-rows" } });
    let (_, ended) = tried(client, trial(&plugin, impure)).await;
    assert_eq!(
        (&ended["state"], &ended["pure"]),
        (&json!("failed"), &json!(false)),
        "{ended}"
    );
    assert!(
        ended["failure"]
            .as_str()
            .expect("a reason")
            .contains("impure"),
        "{ended}"
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_installed_cannot_be_tried() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let plugin = installed(client, "large-amount").await;
    let formatter = payments.tenant.publish("standard-csv").await;
    let config = json!({ "other_limit": 1 });
    let unknown = TestPlugin {
        name: "nothing".to_owned(),
        version: "1.0.0".to_owned(),
    };
    for (new, says) in [
        (
            trial(&unknown, json!({})),
            "plugin nothing 1.0.0 is not published",
        ),
        (trial(&formatter, json!({})), "is a formatter, not a rule"),
        (
            trial(&plugin, json!({ "config": { "other_limit": "much" } })),
            "config_schema",
        ),
        (
            trial(&plugin, json!({ "config": { "other_limit": -1 } })),
            "a limit is more than 0",
        ),
        (
            trial(
                &plugin,
                json!({ "config": { "other_limit": 1, "amount_field": "sum" } }),
            ),
            "does not fit",
        ),
        (
            trial(
                &plugin,
                json!({ "config": config, "from": "2026-02-01T00:00:00Z", "to": "2026-02-01T00:00:00Z" }),
            ),
            "'to' must be after 'from'",
        ),
        (
            trial(
                &plugin,
                json!({ "config": config, "compare_with": "other" }),
            ),
            "has no rule 'other'",
        ),
        (
            trial(&plugin, json!({ "config": config, "lists": "later" })),
            "shape",
        ),
    ] {
        let refused = client.post(BACKTESTS, new.clone()).await.problem(422);
        assert!(refused.contains(says), "{new}: {refused}");
    }
    let nowhere = "/v1/teams/nowhere/backtests";
    client
        .post(nowhere, trial(&plugin, json!({ "config": config })))
        .await
        .problem(404);
    let other = payments.host.tenant("other").await;
    let (path, _) = tried(client, trial(&plugin, json!({ "config": config }))).await;
    other.team("payments", &fields()).await;
    other.administrator.get(&path).await.problem(404);
    client
        .get(&format!("{path}/findings?limit=0"))
        .await
        .problem(400);
    client
        .get(&format!("{path}/findings?severity=high"))
        .await
        .problem(400);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_compared_with_what_was_said_live() {
    let payments = Payments::start().await;
    post_all(&payments, [payment("before", "anna", 90_000.0)].into_iter()).await;
    let payments = payments.with_large_amount().await;
    let amounts = [5_000.0, 15_000.0, 15_000.0, 30_000.0];
    let some = (0..40).map(|number| payment(&format!("t{number}"), "anna", amounts[number % 4]));
    post_all(&payments, some).await;
    let client = &payments.tenant.administrator;
    let plugin = installed(client, "large-amount").await;
    let check = async |limit: f64, expect: [u64; 4]| {
        let config = json!({ "limits": { "EUR": limit } });
        let new = json!({ "config": config, "compare_with": "large-amount" });
        let (path, ended) = tried(client, trial(&plugin, new)).await;
        assert_eq!(ended["compare_with"], "large-amount");
        let path = format!("{path}/comparison");
        let compared = client.get(&path).await.expect(200);
        let counts = ["only_one", "only_other", "both", "changed"];
        let counts = counts.map(|kind| compared[kind]["count"].as_u64().expect("a count"));
        assert_eq!(counts, expect, "{compared}");
        // What was not judged live is not compared.
        assert_eq!(compared["sequences"], json!([[2, 41]]), "{compared}");
        compared
    };
    check(10_000.0, [0, 0, 30, 0]).await;
    check(1_000.0, [10, 0, 0, 30]).await;
    let fewer = check(20_000.0, [0, 20, 0, 10]).await;
    let samples = fewer["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 10);
    let changed = samples.iter().find(|sample| sample["kind"] == "changed");
    let changed = changed.expect("a sample");
    assert_eq!(changed["one"]["findings"][0]["score"], 1.5, "{changed}");
    assert_eq!(changed["other"]["findings"][0]["score"], 3.0, "{changed}");
    assert!(changed["other"]["findings"][0]["alert"].is_string());
    assert_eq!(changed["one"]["findings"][0]["alert"], Value::Null);
    let evidence = |side: &str| changed[side]["findings"][0]["evidence"].clone();
    assert_eq!(evidence("one"), evidence("other"));

    // Over history, the one that was not judged live is compared, too.
    let new = json!({
        "config": { "limits": { "EUR": 20_000.0 } }, "compare_with": "large-amount", "compare_over": "history",
    });
    let (path, ended) = tried(client, trial(&plugin, new)).await;
    let beside = ended["compared_backtest"]
        .as_str()
        .expect("another backtest");
    let beside = format!("/v1/teams/payments/backtests/{beside}");
    assert_eq!(done(client, &beside).await["state"], "done");
    let compared = client.get(&format!("{path}/comparison")).await.expect(200);
    assert_eq!(
        (&compared["over"], &compared["sequences"]),
        (&json!("history"), &json!([[1, 41]]))
    );
    let counts = ["only_one", "only_other", "both", "changed"];
    let counts = counts.map(|kind| compared[kind]["count"].as_u64().expect("a count"));
    assert_eq!(counts, [0, 20, 0, 11], "{compared}");
    let mut changed = compared["samples"].as_array().expect("samples").iter();
    let changed = changed.rfind(|sample| sample["kind"] == "changed");
    let changed = changed.expect("a sample");
    let limit = |side: &str| changed[side]["findings"][0]["configuration"]["limits"]["EUR"].clone();
    assert_eq!(
        (limit("one"), limit("other")),
        (json!(20_000.0), json!(10_000))
    );
    let nothing = json!({ "config": { "other_limit": 1 }, "compare_over": "history" });
    let refused = client
        .post(BACKTESTS, trial(&plugin, nothing))
        .await
        .problem(422);
    assert!(refused.contains("compare_with"), "{refused}");

    let alone = json!({ "config": { "other_limit": 1 } });
    let (path, _) = tried(client, trial(&plugin, alone)).await;
    let refused = client.get(&format!("{path}/comparison")).await.problem(409);
    assert!(refused.contains("compare_with"), "{refused}");
    payments.host.stop().await;
}

/// What a masked field holds is shown only to whom may see it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_stays_masked() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let mut masked: Vec<Value> = fields().into();
    masked[0]["sensitive"] = json!("mask");
    let schema = json!({ "fields": masked });
    client
        .put("/v1/teams/payments/payload-schema", schema)
        .await
        .expect(200);
    post_all(&payments, large(1)).await;
    let plugin = installed(client, "large-amount").await;
    let config = json!({ "config": { "other_limit": 1 } });
    let (path, _) = tried(client, trial(&plugin, config)).await;
    let analyst = payments.tenant.user("ana", &["AML Analyst"]).await;
    let path = format!("{path}/findings");
    let (shown, hidden) = (client.all(&path).await, analyst.all(&path).await);
    let amount = |found: &Value| {
        let evidence = found["evidence"].as_array().expect("evidence");
        evidence
            .iter()
            .find(|item| item["name"] == "amount")
            .expect("an amount")["value"]
            .clone()
    };
    assert_eq!(amount(&shown[0]), 20_000.1);
    assert_eq!(amount(&hidden[0]), "***");
    payments.host.stop().await;
}
