//! The page of one alert: worked on without scripts, with few clicks and keys, and without losing what was typed.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Chromium, Scripts};

use super::{Office, PASSWORD};

/// Waits until the field for a new comment holds a text.
async fn holds(browser: &Chromium, text: &str) {
    holds_in(browser, "#comment", text).await;
}

/// Waits until a field holds a text.
async fn holds_in(browser: &Chromium, field: &str, text: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let field = browser.element(field).await;
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

/// What the rule saw, as the page of the alert shows it.
const WHY: &str = "amount of the transaction";

/// Two alerts are overdue, of which the second is so for longer. Answers it.
async fn with_overdue(office: &Office) -> &str {
    let due = [
        (&office.alerts[0], "2026-01-02T00:00:00Z"),
        (&office.alerts[1], "2026-01-01T00:00:00Z"),
    ];
    for (alert, due) in due {
        let path = format!("/v1/alerts/{alert}");
        let due = json!({ "due_date": due });
        let administrator = &office.payments.tenant.administrator;
        administrator.patch(&path, due).await.expect(200);
    }
    &office.alerts[1]
}

/// Checks that the worst alert is closed with outcome and comment.
async fn check_closed(office: &Office, worst: &str) {
    office.browser.element("p.facts .state.closed").await;
    let here = office.browser.path().await;
    assert!(here.starts_with(&format!("/alerts/{worst}?")), "{here}");
    let administrator = &office.payments.tenant.administrator;
    let path = format!("/v1/alerts/{worst}");
    let closed = administrator.get(&path).await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("false_positive"))
    );
    let comments = administrator.all(&format!("{path}/comments")).await;
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["text"], "<p>a known customer</p>");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_overdue_alert_is_closed_with_six_clicks() {
    let office = Office::open(Scripts::Off).await;
    let browser = &office.browser;
    let worst = with_overdue(&office).await;
    browser.click("form.user button").await;
    browser.goto("/sign-in").await;
    browser.type_into("#login", "an.peeters").await;
    browser.type_into("#password", PASSWORD).await;
    let clicks = [
        ("main button[type=submit]", "Open 3"),
        ("nav.views a[href*=overdue]", "Overdue 2"),
        ("table.queue tbody tr:first-child th a", WHY),
        ("input[name=outcome][value=false_positive]", WHY),
        ("textarea[id^=move-comment]", WHY),
        ("form:has(input[name=outcome]) button.primary", WHY),
    ];
    assert!(clicks.len() <= 6);
    for (click, shows) in clicks {
        browser.click(click).await;
        browser.shows(shows).await;
        if click.starts_with("textarea") {
            browser.press("a known customer").await;
        }
    }
    check_closed(&office, worst).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_overdue_alert_is_closed_with_eight_keys() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    // Here alerts are taken up before they are closed.
    let state = |name: &str, title: &str| json!({ "name": name, "title": title });
    let mut states = [
        state("open", "Open"),
        state("in_progress", "In progress"),
        state("closed", "Closed"),
    ];
    states[0]["initial"] = json!(true);
    states[2]["closed"] = json!(true);
    let workflow = json!({ "states": states, "transitions": [
        { "source": "open", "destination": "in_progress" },
        { "source": "in_progress", "destination": "closed" },
    ] });
    let administrator = &office.payments.tenant.administrator;
    administrator
        .put("/v1/workflow", workflow)
        .await
        .expect(200);
    let worst = with_overdue(&office).await;
    browser.goto("/alerts").await;
    let enter = "\u{e007}";
    let keys = [
        ("4", "Overdue 2"),
        ("j", "Overdue 2"),
        (enter, WHY),
        ("s", "Move to Closed"),
        ("2", WHY),
        ("a known customer", WHY),
    ];
    assert!(keys.len() < 8, "one more sends the comment");
    for (key, shows) in keys {
        browser.press(key).await;
        if key == "4" {
            browser.arrives_at("/alerts?view=overdue").await;
        }
        browser.shows(shows).await;
    }
    // What stands in the text is no key.
    holds_in(browser, "textarea[id^=move-comment]", "a known customer").await;
    browser.press_with('\u{e009}', '\u{e007}').await;
    check_closed(&office, worst).await;
    assert_eq!(browser.heard().await, [""; 0]);
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
    browser.click("#drawn-field option[value='']").await;
    browser.click("#amounts form button").await;
    browser.shows("Transactions by day, customer anna").await;
    browser.click("#replay a").await;
    browser.shows("The finding is the same.").await;
    // It is the same page all the time.
    let title = browser.driver().title().await.expect("a title");
    assert_eq!(
        title,
        "EUR 20,000.00 exceeds the limit of 10,000.00 · Vervet"
    );
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
