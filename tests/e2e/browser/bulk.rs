//! Changing many alerts in the browser.

use serde_json::json;
use tests::Scripts;

use super::Office;
use crate::payments::{BATCH, payment};

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_alerts_are_changed_at_once() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let lines = (0..3_000).map(|number| {
        let payment = payment(&format!("b{number}"), &format!("c{number}"), 20_000.0);
        format!("{payment}\n")
    });
    let posted = office
        .payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines.collect::<String>())
        .await;
    assert!(posted.is_success(), "{}", posted.text());
    browser.goto("/alerts?view=open").await;
    // Two rows by keyboard.
    browser.press("jxjx").await;
    browser.click("button[value=chosen]").await;
    browser.shows("The 2 alerts that you selected:").await;
    browser.driver().back().await.expect("it goes back");

    browser.click("button[value=all]").await;
    browser.shows("alerts that match:").await;
    browser.type_into("#add_labels", "sweep").await;
    browser.type_into("#comment", "reviewed together").await;
    browser.click("main button.primary").await;
    browser.shows("Add labels: sweep").await;
    browser.type_into("#number", "7").await;
    browser.click("button[value=change]").await;
    browser.shows("to confirm the change").await;
    let count = office
        .payments
        .tenant
        .administrator
        .get("/v1/alerts/summary")
        .await;
    let count = count.expect(200)["count"].to_string();
    browser.type_into("#number", &count).await;
    browser.click("button[value=change]").await;
    browser.shows("All alerts were changed").await;
    assert_eq!(browser.heard().await, [""; 0]);
    browser.picture("bulk-done").await;
    let administrator = &office.payments.tenant.administrator;
    let labelled = administrator.get("/v1/alerts/summary?label=sweep").await;
    assert_eq!(
        labelled.expect(200)["count"],
        json!(count.parse::<u64>().expect("a number"))
    );
    office.close().await;
}
