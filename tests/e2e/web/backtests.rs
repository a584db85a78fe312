//! Backtests, as people start, watch and cancel them.

use serde_json::json;
use tests::Browser;
use uuid::Uuid;

use super::person;
use crate::payments::{Payments, payment};
use crate::trying::until;

const NEW: &str = "/backtests/payments/new";

/// A live rule from 10,000 EUR on, with payments on both sides of it.
async fn with_payments() -> (Payments, Browser) {
    let payments = Payments::start().await.with_large_amount().await;
    for (id, amount) in [("small", 500.0), ("middle", 6_000.0), ("large", 12_000.0)] {
        payments.post(payment(id, "anna", amount)).await.expect(201);
    }
    let browser = person(&payments.host, &payments.tenant, "rita", "Administrator").await;
    (payments, browser)
}

/// The path of the API for the page of a backtest.
fn api(page: &str) -> String {
    let (team, id) = page
        .strip_prefix("/backtests/")
        .and_then(|path| path.split_once('/'))
        .expect("a backtest");
    format!("/v1/teams/{team}/backtests/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_is_started_from_a_rule_and_shows_what_would_differ() {
    let (payments, mut browser) = with_payments().await;
    let client = &payments.tenant.administrator;
    let empty = browser.get("/backtests").await;
    assert!(empty.expect(200).contains("There is no backtest."));
    let form = browser.get(&format!("{NEW}?rule=large-amount")).await;
    assert!(form.expect(200).contains("other_limit"), "{}", form.text);
    let config = form.field("config").replace("10000", "5000");
    assert!(config.contains("5000"), "{config}");
    let rule = client
        .get("/v1/teams/payments/rules/large-amount")
        .await
        .expect(200);
    let plugin = format!(
        "large-amount/{}",
        rule["version"].as_str().expect("a version")
    );
    let typed = [
        ("plugin", &*plugin),
        ("config", &*config),
        ("from", "2026-02-01"),
        ("to", "2026-04-01"),
        ("compare_with", "large-amount"),
        ("compare_over", "live"),
        ("lists", "then"),
    ];
    let begun = browser.post(NEW, &typed).await;
    let page = begun.leads_to().to_owned();
    until(client, &api(&page), |seen| seen["state"] == "done").await;
    let seen = browser.get(&page).await;
    for shown in [
        "Compared with large-amount",
        "Only this backtest",
        "middle",
        "2026-03-01",
        "Both, the same",
        "Fuel per transaction",
    ] {
        assert!(seen.expect(200).contains(shown), "{shown}: {}", seen.text);
    }
    assert!(!seen.text.contains("hx-get"), "it is over");
    let list = browser.get("/backtests?team=payments").await;
    assert!(list.expect(200).contains(&page), "{}", list.text);

    let over = browser.post(&format!("{page}/cancel"), &[]).await;
    assert!(over.expect(409).contains("the backtest has ended"));
    let deleted = browser.post(&format!("{page}/delete"), &[]).await;
    assert_eq!(deleted.leads_to(), "/backtests");
    browser.get(&page).await.expect(404);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_keeps_what_was_typed() {
    let (payments, mut browser) = with_payments().await;
    let choose = browser.get(NEW).await;
    let (_, link) = choose
        .expect(200)
        .split_once("?plugin=")
        .expect("a plugin to choose");
    let plugin = link.split('"').next().expect("a link").to_owned();
    let form = browser.get(&format!("{NEW}?plugin={plugin}")).await;
    form.expect(200);
    let bad = [
        (
            "{\"limits\": []}",
            "",
            "",
            422,
            "<code>config/limits</code>",
        ),
        ("{", "", "", 422, "is not JSON"),
        ("{}", "yesterday", "", 422, "is not a day"),
        ("{}", "9999-12-31", "", 422, "is not within the times"),
        ("{}", "2026-03-02", "2026-03-01", 422, "must be after"),
    ];
    for (config, from, to, status, shown) in bad {
        let typed = [
            ("plugin", &*plugin),
            ("config", config),
            ("from", from),
            ("to", to),
        ];
        let refused = browser.post(NEW, &typed).await;
        assert!(
            refused.expect(status).contains(shown),
            "{shown}: {}",
            refused.text
        );
        assert_eq!(refused.field("config"), config);
        assert_eq!(refused.field("from"), from);
    }
    for (field, shown) in [
        ("lists", "no choice 'moon' of 'Watchlists'"),
        ("compare_over", "no choice 'moon' of 'Compare over'"),
    ] {
        let forged = [("plugin", &*plugin), ("config", "{}"), (field, "moon")];
        let refused = browser.post(NEW, &forged).await;
        assert!(refused.expect(422).contains(shown), "{}", refused.text);
    }
    let nothing = [("plugin", "large-amount"), ("config", "{}")];
    browser.post(NEW, &nothing).await.expect(422);
    let unknown = [("plugin", "nothing/1.0.0"), ("config", "{}")];
    browser.post(NEW, &unknown).await.expect(422);

    for nowhere in [
        "/backtests/nowhere/new".to_owned(),
        "/backtests?team=nowhere".to_owned(),
        format!("/backtests/payments/{}", Uuid::nil()),
        "/backtests/payments/no-id".to_owned(),
    ] {
        browser.get(&nowhere).await.expect(404);
    }
    let scope = json!({ "permissions": ["rule:read"] });
    let (host, athora) = (&payments.host, &payments.tenant);
    let made = athora.administrator.put("/v1/scopes/Reader", scope).await;
    made.expect(201);
    let mut reader = person(host, athora, "ruth", "Reader").await;
    let list = reader.get("/backtests").await;
    assert!(
        list.expect(200).contains("Needs the permission"),
        "{}",
        list.text
    );
    reader.get(NEW).await.expect(403);
    reader.post(NEW, &[("config", "{}")]).await.expect(403);
    payments.host.stop().await;
}
