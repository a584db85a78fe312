//! Every page, wide and narrow, light and dark: it fits, it says nothing in the console, and nobody is kept out.

use serde_json::json;
use tests::Scripts;

use super::Office;

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
        ("tokens", "/settings/tokens"),
        ("preferences", "/settings/preferences"),
        ("password", "/settings/password"),
        ("not-found", "/alerts/01890000-0000-7000-8000-000000000000"),
    ];
    let mut faults = Vec::new();
    for (width, dark) in [(1_440, false), (1_440, true), (390, false), (390, true)] {
        browser.look(width, dark).await;
        let look = format!("{width}-{}", if dark { "dark" } else { "light" });
        for (name, path) in pages {
            browser.goto(path).await;
            browser.picture(&format!("{name}-{look}")).await;
            let mut add = |kind: &str, found: Vec<String>| {
                let found = found.into_iter();
                faults.extend(found.map(|fault| format!("{name} {look}: {kind}: {fault}")));
            };
            add("console", browser.heard().await);
            add("axe", browser.barriers().await);
            let overhang = browser.overhang().await;
            let wide = (overhang > 0).then(|| format!("{overhang} pixels wider than the window"));
            add("width", wide.into_iter().collect());
        }
    }
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
