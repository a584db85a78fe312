//! Rules that change, and rules that misbehave, while transactions flow.

use serde_json::{Value, json};

use crate::payments::{BATCH, POST, Payments, alerting, payment};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_posts_is_not_told_of_shadow() {
    let payments = Payments::start().await;
    let plugin = payments.tenant.publish("large-amount").await;
    let shadow = json!({ "mode": "shadow", "config": { "other_limit": 100 } });
    let put = payments
        .tenant
        .put_rule("payments", "tried", &plugin, shadow)
        .await;
    assert!(put.is_success(), "{}", put.text());
    let posted = payments.post(payment("t1", "anna", 500.0)).await;
    assert!(!posted.text().contains("tried"), "{}", posted.text());
    assert_eq!(posted.expect(201)["alerts"], json!([]));
    let own = payments.key.get("/v1/transactions/t1").await;
    assert!(!own.text().contains("tried"), "{}", own.text());

    let users = "/v1/teams/payments/transactions/t1";
    let users = payments.tenant.administrator.get(users).await.expect(200);
    assert_eq!(users["rules"][0]["rule"], "tried");
    assert_eq!(users["rules"][0]["outcome"], "alert");
    assert_eq!(users["rules"][0]["shadow"], true);
    assert!(payments.tenant.alerts().await.is_empty());
    payments.host.stop().await;
}

/// Which installs judged: each transaction of 150 EUR is over a limit of 100, and not over one of
/// 200; the rules `one` and `two` are changed together, in one install after the other.
#[tokio::test(flavor = "multi_thread")]
async fn each_transaction_is_judged_by_one_install() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    let plugin = tenant.publish("large-amount").await;
    let install = async |limit: u32| {
        let config = json!({ "other_limit": limit });
        tenant.install("payments", "limit", &plugin, config).await;
    };
    install(100).await;
    let (progress, mut answered) = tokio::sync::watch::channel(0);
    let posting = tokio::spawn({
        let key = payments.key.clone();
        async move {
            let mut posted: Vec<String> = Vec::new();
            // Until nobody looks any more.
            while progress.send(posted.len()).is_ok() {
                let first = posted.len();
                let lines = (first..first + 20)
                    .map(|number| format!("{}\n", payment(&format!("t{number}"), "anna", 150.0)));
                let answer = key.post_as(BATCH, "application/x-ndjson", lines.collect::<String>());
                let text = answer.await.text();
                posted.extend(text.lines().map(str::to_owned));
            }
            posted
        }
    });
    for limit in [200, 100, 200, 100, 200] {
        let before = *answered.borrow_and_update();
        let more = answered.wait_for(|posted| *posted > before).await;
        more.expect("transactions go on");
        install(limit).await;
    }
    drop(answered);
    let posted = posting.await.expect("all are posted");
    payments
        .post(payment("last", "anna", 150.0))
        .await
        .expect(201);

    // By their sequence, the limits alternate: 100 finds something, 200 does not.
    let path = "/v1/teams/payments/transactions";
    let mut stored = tenant.administrator.all(path).await;
    stored.sort_by_key(|transaction| transaction["sequence"].as_u64());
    let mut said: Vec<_> = stored.iter().map(|one| alerting(one).len()).collect();
    assert_eq!(said.len(), posted.len() + 1);
    said.dedup();
    assert!(
        said.len() <= 6 && said.first() == Some(&1) && said.last() == Some(&0),
        "{said:?}"
    );

    for alert in tenant.alerts().await {
        let path = format!("/v1/alerts/{}", alert["id"].as_str().expect("an id"));
        let finding = tenant.administrator.get(&path).await.expect(200)["findings"][0].take();
        assert_eq!(finding["configuration"], json!({ "other_limit": 100 }));
        assert_eq!(
            finding["install"].as_u64().map(|number| number % 2),
            Some(1)
        );
    }
    let installs = "/v1/teams/payments/rules/limit/installs";
    let installs = tenant.administrator.all(installs).await;
    assert_eq!(installs.len(), 6, "every install is kept");
    payments.host.stop().await;
}

/// Three amounts just below the limit make a structure: two before a restart and one after it.
#[tokio::test(flavor = "multi_thread")]
async fn windows_outlive_a_restart_and_a_rule_sees_what_came_before_its_install() {
    let mut payments = Payments::start().await;
    let plugin = payments.tenant.publish("structuring").await;
    let first = payments.post(payment("t1", "anna", 9_500.0)).await;
    assert_eq!(first.expect(201)["rules"], json!([]));

    payments
        .tenant
        .install("payments", "structuring", &plugin, json!({}))
        .await;
    let second = payments.post(payment("t2", "anna", 9_600.0)).await;
    assert!(alerting(&second.expect(201)).is_empty());

    payments.host.restart().await;
    let other = payments.post(payment("t3", "bert", 9_700.0)).await;
    assert!(alerting(&other.expect(201)).is_empty());
    let third = payments.post(payment("t4", "anna", 9_800.0)).await;
    assert_eq!(alerting(&third.expect(201)), ["structuring"]);
    payments.host.stop().await;
}

/// Each on the transaction of 13 among others.
const ABUSES: [&str; 8] = [
    "spins",
    "traps",
    "grows",
    "recurses",
    "reports",
    "no-row",
    "many-findings",
    "not-utf8",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fails_costs_nothing_to_others() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let hostile = tenant.publish("hostile-rule").await;
    for abuse in ABUSES {
        let config = json!({ "prepare": "", "evaluate": abuse });
        tenant.install("payments", abuse, &hostile, config).await;
    }

    let body = [1.0, 13.0, 50.0, 13.0, 20_000.0].into_iter().enumerate();
    let lines = body
        .map(|(number, amount)| format!("{}\n", payment(&format!("t{number}"), "anna", amount)));
    let posted = payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines.collect::<String>());
    let posted = posted.await.text();
    assert_eq!(posted.matches("\"status\":201").count(), 5, "{posted}");
    payments.post(payment("t5", "anna", 13.0)).await.expect(201);

    let read = async |number: usize| {
        let path = format!("/v1/transactions/t{number}");
        payments.key.get(&path).await.expect(200)
    };
    for number in 0..6 {
        let transaction = read(number).await;
        let rules = transaction["rules"].as_array().expect("rules");
        for rule in rules {
            let is_hostile = rule["rule"] != "large-amount";
            let expect = match number {
                1 | 3 | 5 if is_hostile => "failed",
                4 => "alert",
                _ => "clear",
            };
            assert_eq!(rule["outcome"], expect, "{number}: {rule}");
        }
        assert_eq!(rules.len(), ABUSES.len() + 1);
    }
    let reasons = read(1).await.to_string();
    assert!(reasons.contains("out of fuel after 5 000 000"), "{reasons}");
    assert!(reasons.contains("no rate for XTS"), "{reasons}");

    let alerts = tenant.alerts().await;
    let failure = |abuse: &str| -> Vec<&Value> {
        let of_rule = |alert: &&Value| alert["rule"] == abuse && alert["incident_type"] == "other";
        alerts.iter().filter(of_rule).collect()
    };
    for abuse in ABUSES {
        let failures = failure(abuse);
        assert_eq!(failures.len(), 1, "{abuse}: one alert, which counts");
        assert_eq!(failures[0]["info"]["failures"], 3, "{abuse}");
        assert_eq!(failures[0]["info"]["last_txn_id"], "t5", "{abuse}");
    }
    assert_eq!(payments.key.all(POST).await.len(), 6);

    // By now there are transactions of 13, on which it shows that it is impure.
    let more = json!({ "mode": "live", "config": { "prepare": "", "evaluate": "counts-rows" } });
    let refused = tenant.put_rule("payments", "impure", &hostile, more).await;
    let reason = refused.problem(422);
    assert!(reason.contains("rule 'impure'"), "{reason}");
    payments.host.stop().await;
}
