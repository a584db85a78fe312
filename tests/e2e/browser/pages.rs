//! Every page, wide and narrow, light and dark: it fits, it says nothing in the console, and nobody is kept out.

use serde_json::json;
use tests::{Chromium, Scripts};

use super::Office;
use crate::payments::payment;
use crate::trying::until;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_and_keeps_nobody_out() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let alert = format!("/alerts/{}?view=open", office.alerts[1]);
    let view = json!({ "name": "Worst first", "sort": "-severity", "filter": { "severity": ["high", "medium"] } });
    let administrator = &office.payments.tenant.administrator;
    administrator.post("/v1/views", view).await.expect(201);
    let bulk = json!({ "alerts": [office.alerts[0], "01890000-0000-7000-8000-000000000000"], "change": { "add_labels": ["seen"], "to": "closed" } });
    let bulk = administrator
        .post("/v1/alerts/bulk", bulk)
        .await
        .expect(202);
    let bulk = format!("/alerts/bulk/{}", bulk["id"].as_str().expect("an id"));
    let api = format!("/v1{bulk}");
    until(administrator, &api, |bulk| bulk["state"] == "done").await;
    let chosen = format!("/alerts/bulk?which=chosen&alert={}", office.alerts[1]);
    let (merge, replay) = (
        format!("/alerts/{}/merge", office.alerts[1]),
        format!("/alerts/{}/replay", office.alerts[1]),
    );
    let amounts = format!("/parts/alerts/{}/amounts", office.alerts[1]);
    office.discuss(&office.alerts[1]).await;
    let run = office.export().await;
    let change = "/exports/nightly/change";
    let pages = [
        ("queue", "/alerts"),
        ("queue-filters", "/alerts?customer=anna&sort=-severity"),
        ("bulk", &*chosen),
        (
            "bulk-all",
            "/alerts/bulk?which=all&severity=high&until=2099-01-01T00:00:00Z",
        ),
        ("bulk-progress", &*bulk),
        ("queue-empty", "/alerts?view=overdue"),
        ("alert", &*alert),
        ("alert-merge", &*merge),
        ("alert-replay", &*replay),
        ("alert-amounts", &*amounts),
        ("dashboard", "/dashboard"),
        ("transactions", "/transactions"),
        ("transactions-empty", "/transactions?customer=nobody"),
        ("transaction", "/transactions/payments/t1"),
        ("customer", "/customers/anna"),
        ("exports", "/exports"),
        ("export", "/exports/nightly"),
        ("export-run", &*run),
        ("export-load", "/exports/nightly/load"),
        ("export-change", change),
        ("export-new", "/new-export"),
        ("sessions", "/sessions"),
        ("audit", "/audit"),
        ("teams", "/settings/teams"),
        ("schema", "/settings/teams/payments/schema"),
        ("new-alert", "/alerts/new"),
        ("new-alert-form", "/alerts/new?type=other"),
        ("users", "/settings/users"),
        ("scopes", "/settings/scopes"),
        ("alert-types", "/settings/alert-types"),
        ("alert-type", "/settings/alert-types/high_risk"),
        ("workflow", "/settings/workflow"),
        ("merging", "/settings/merging"),
        ("promotion", "/settings/promotion"),
        ("fetched", "/settings/sessions"),
        ("tokens", "/settings/tokens"),
        ("preferences", "/settings/preferences"),
        ("password", "/settings/password"),
        ("not-found", "/alerts/01890000-0000-7000-8000-000000000000"),
    ];
    let faults = faults_of(browser, &pages).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_keeps_nobody_out() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    browser.click("form.user button").await;
    browser.goto("/sign-in").await;
    browser.picture("sign-in").await;
    assert_eq!(browser.barriers().await, [""; 0]);
    assert_eq!(browser.heard().await, [""; 0]);
    browser.goto("/set-password#vvp_code").await;
    browser.picture("set-password").await;
    let code = browser.element("#code").await;
    assert_eq!(
        code.prop("value").await.expect("a field").as_deref(),
        Some("vvp_code")
    );
    assert_eq!(browser.path().await, "/set-password");
    assert_eq!(browser.barriers().await, [""; 0]);
    office.close().await;
}

/// Compares what a page is to people who do not see it with what it was.
fn check_outline(name: &str, outline: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/pages",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, outline);
    });
}

/// What is wrong with pages of these names, in every look; leaves a picture of each.
async fn faults_of(browser: &Chromium, pages: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (width, dark) in [(1_440, false), (1_440, true), (390, false), (390, true)] {
        browser.look(width, dark).await;
        let look = format!("{width}-{}", if dark { "dark" } else { "light" });
        for (name, path) in pages {
            browser.goto(path).await;
            browser.is_whole().await;
            browser.picture(&format!("{name}-{look}")).await;
            let mut add = |kind: &str, found: Vec<String>| {
                let found = found.into_iter();
                faults.extend(found.map(|fault| format!("{name} {look}: {kind}: {fault}")));
            };
            add("console", browser.heard().await);
            add("axe", browser.barriers().await);
            match (width, dark) {
                (1_440, false) => check_outline(name, &browser.outline().await),
                // All pages have the same menu where they are narrow.
                (390, false) if *name == "queue" => {
                    check_outline("queue-narrow", &browser.outline().await);
                }
                _ => {}
            }
            let overhang = browser.overhang().await;
            let wide = (overhang > 0).then(|| format!("{overhang} pixels wider than the window"));
            add("width", wide.into_iter().collect());
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_rules_fit_and_keep_nobody_out() {
    let office = Office::open(Scripts::On).await;
    let tenant = &office.payments.tenant;
    let client = &tenant.administrator;
    let rule = "/v1/teams/payments/rules/large-amount";
    let version = client.get(rule).await.expect(200)["version"].clone();
    let shadow = json!({
        "plugin": "large-amount", "version": version, "mode": "shadow", "config": { "other_limit": 30_000 },
    });
    let tried = "/v1/teams/payments/rules/tried";
    client.put(tried, shadow).await.expect(201);
    let posted = payment("t4", "anna", 20_000.0);
    office.payments.post(posted).await.expect(201);
    let gate = json!({ "transactions": 5, "max_more": 1 });
    client.put("/v1/promotion-gate", gate).await.expect(200);
    let list = "/v1/lists/countries";
    client.put(list, json!(["IR", "KP"])).await.expect(201);
    client
        .patch(list, json!({ "add": ["SY"], "remove": ["IR"] }))
        .await
        .expect(200);
    let versions = client.all("/v1/lists/countries/versions").await;
    let number = |at: usize| versions[at]["version"].clone();
    let difference = format!(
        "/watchlists/countries/versions?from={}&to={}",
        number(1),
        number(0)
    );
    let trial = json!({
        "plugin": "large-amount", "version": version, "config": { "other_limit": 15_000 },
        "compare_with": "large-amount",
    });
    let begun = client.post("/v1/teams/payments/backtests", trial).await;
    begun.expect(202);
    let api = begun.header("location").to_owned();
    until(client, &api, |seen| seen["state"] == "done").await;
    let backtest = api
        .replace("/v1/teams/", "/backtests/")
        .replace("/backtests/payments/backtests/", "/backtests/payments/");
    let version = version.as_str().expect("a version");
    let new = format!("/new-rule/payments?plugin=large-amount/{version}");
    let plugin = format!("/plugins/large-amount/{version}");
    let pages = [
        ("rules", "/rules"),
        ("rule", "/rules/payments/large-amount"),
        ("rule-comparison", "/rules/payments/tried/comparison"),
        ("rule-failures", "/rules/payments/large-amount/failures"),
        ("rule-new", "/new-rule/payments"),
        ("rule-new-form", &*new),
        ("rule-change", "/rules/payments/large-amount/change"),
        ("backtests", "/backtests"),
        ("backtest-new", "/backtests/payments/new?rule=large-amount"),
        ("backtest", &*backtest),
        ("plugins", "/plugins"),
        ("plugin", &*plugin),
        ("watchlists", "/watchlists"),
        ("watchlist", "/watchlists/countries"),
        ("watchlist-versions", &*difference),
        ("watchlist-import", "/watchlists/countries/import"),
    ];
    let faults = faults_of(&office.browser, &pages).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    office.close().await;
}
