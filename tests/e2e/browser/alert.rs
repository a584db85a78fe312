//! The page of one alert: worked on without scripts, with few clicks and keys, and without losing what was typed.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Chromium, Scripts};

use super::{Office, PASSWORD};

/// Waits until the field for a new comment holds a text.
async fn holds(browser: &Chromium, text: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let field = browser.element("#comment").await;
        // A page that is being left has no fields.
        let held = field.prop("value").await.ok().flatten();
        if held.as_deref() == Some(text) {
            return;
        }
        assert!(Instant::now() < end, "{held:?} instead of {text:?}");
    }
}

/// A file that is put to an alert.
const LETTER: &str = "target/pages/letter.txt";

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_worked_on_without_scripts() {
    let office = Office::open(Scripts::Off).await;
    let browser = &office.browser;
    let alert = &office.alerts[0];
    browser.goto(&format!("/alerts/{alert}?view=open")).await;

    browser
        .click("section[aria-labelledby=tasks] > details summary")
        .await;
    browser.type_into("#task-title", "Call anna").await;
    browser.click("form[action*='/tasks?'] button").await;
    browser.click("button.tick").await;
    browser.element("ul.tasks s").await;

    std::fs::create_dir_all("target/pages").expect("a folder");
    std::fs::write(LETTER, "what anna wrote").expect("a file");
    let file = std::fs::canonicalize(LETTER).expect("a path");
    browser
        .click("section[aria-labelledby=documents] > details summary")
        .await;
    browser
        .type_into("#file", &file.display().to_string())
        .await;
    browser.click("form[enctype] button").await;
    browser.click("ul.documents a").await;
    let text = browser.text().await;
    assert!(text.contains("what anna wrote"), "{text}");
    browser.click("nav.crumbs a").await;

    browser.type_into("#comment", "**sure**").await;
    browser.click("button[formaction]").await;
    browser.element("#comment-preview strong").await;
    browser
        .click("form[action*='/comment?'] > div.buttons button")
        .await;
    browser.element("article.comment strong").await;
    browser.click("article.comment details summary").await;
    browser.type_into("#comment-0", " now").await;
    browser
        .click("article.comment form.stack button[type=submit]")
        .await;
    assert!(browser.text().await.contains("edited"));

    browser.click("#amounts a").await;
    browser.element("#amounts rect.marked").await;
    browser.click("nav.crumbs a").await;
    browser.click("#replay a").await;
    assert!(browser.text().await.contains("The finding is the same."));
    browser.click("nav.crumbs a").await;

    browser
        .click("section[aria-labelledby=merged] a.button")
        .await;
    browser.click("#with-0").await;
    browser.click("main form.stack button.primary").await;
    browser.click("main form.row button.primary").await;
    browser
        .click("section[aria-labelledby=merged] details.asking summary")
        .await;
    browser
        .click("section[aria-labelledby=merged] details.asking button")
        .await;
    assert!(
        browser
            .text()
            .await
            .contains("No other alert is part of this one.")
    );
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_overdue_alert_is_closed_with_few_clicks_and_keys() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let administrator = &office.payments.tenant.administrator;
    let worst = &office.alerts[1];
    for (alert, due) in [
        (worst, "2026-01-01T00:00:00Z"),
        (&office.alerts[2], "2026-01-02T00:00:00Z"),
    ] {
        let path = format!("/v1/alerts/{alert}");
        let due = json!({ "due_date": due });
        administrator.patch(&path, due).await.expect(200);
        let moved = json!({ "to": "in_progress" });
        administrator
            .post(&format!("{path}/transitions"), moved)
            .await
            .expect(200);
    }
    browser.goto("/alerts").await;
    let why = "amount of the transaction";
    for (click, shows) in [
        ("nav.views a[href*=overdue]", "Overdue 2"),
        ("table.queue tbody tr:first-child a", why),
        ("select[name=outcome]", why),
        ("select[name=outcome] option[value=false_positive]", why),
        ("textarea[name=comment]", why),
        ("form:has(select[name=outcome]) button.primary", why),
    ] {
        browser.click(click).await;
        browser.shows(shows).await;
        if click.starts_with("textarea") {
            browser.press("a known customer").await;
        }
    }
    browser.element("p.facts .state.closed").await;
    assert!(
        browser
            .path()
            .await
            .starts_with(&format!("/alerts/{worst}?"))
    );
    let closed = administrator
        .get(&format!("/v1/alerts/{worst}"))
        .await
        .expect(200);
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("false_positive"))
    );
    let comments = administrator
        .all(&format!("/v1/alerts/{worst}/comments"))
        .await;
    assert_eq!(comments.len(), 1);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_a_sign_in_that_ended() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let path = format!("/alerts/{}?view=open", office.alerts[0]);
    browser.goto(&path).await;
    browser.type_into("#comment", "half a thought").await;
    // Half an hour passed, and nothing was asked in any tab.
    let soon = "localStorage.setItem('used', Date.now() - 29 * 60000);
        document.dispatchEvent(new Event('visibilitychange'));";
    browser
        .driver()
        .execute(soon, Vec::new())
        .await
        .expect("it runs");
    browser.click("#ending [data-stay]").await;
    let open = "return document.getElementById('ending').open";
    let end = Instant::now() + Duration::from_secs(20);
    while browser
        .driver()
        .execute(open, Vec::new())
        .await
        .expect("it runs")
        != json!(false)
    {
        assert!(Instant::now() < end, "the dialog stays open");
    }
    browser.goto("/alerts").await;
    browser.goto(&path).await;
    holds(browser, "half a thought").await;

    browser
        .driver()
        .delete_all_cookies()
        .await
        .expect("it forgets");
    browser
        .click("form[action*='/comment?'] > div.buttons button")
        .await;
    browser.element("#password").await;
    browser.type_into("#login", "an.peeters").await;
    browser.type_into("#password", PASSWORD).await;
    browser.click("main button[type=submit]").await;
    browser.arrives_at(&path).await;
    holds(browser, "half a thought").await;
    browser
        .click("form[action*='/comment?'] > div.buttons button")
        .await;
    browser.element("article.comment").await;
    holds(browser, "").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_fill_in_what_is_slow_and_help_to_write() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let path = format!("/alerts/{}", office.alerts[0]);
    browser.goto(&path).await;
    browser.element("#amounts rect.marked").await;
    browser.click("#replay a").await;
    browser.shows("The finding is the same.").await;
    browser
        .click(".toolbar:has(~ #comment) [data-around='**']")
        .await;
    browser.press("sure").await;
    browser.click("button[formaction]").await;
    browser.element("#comment-preview strong").await;
    assert_eq!(browser.path().await, path);
    assert_eq!(browser.heard().await, [""; 0]);
    office.close().await;
}
