//! What people do, from the first key to the last.

use tests::{Client, Scripts};

use super::Office;
use crate::payments::POST;

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_worked_on_with_the_keyboard_alone() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let [_, second, third] = &office.alerts[..] else {
        panic!("three alerts");
    };
    browser.goto("/alerts").await;
    browser.press("jj\u{e007}").await;
    browser
        .arrives_at(&format!("/alerts/{second}?view=open"))
        .await;
    browser.press("[").await;
    browser
        .arrives_at(&format!("/alerts/{third}?view=open"))
        .await;
    browser.press("i").await;
    browser.shows("Assign to nobody").await;
    browser.press("c").await;
    browser.press("j is a letter here").await;
    browser
        .click("form[action*=comment] button[type=submit]")
        .await;
    browser.shows("j is a letter here").await;
    browser.press("?").await;
    browser.shows("Keyboard shortcuts").await;
    browser.press("\u{e00c}").await;
    browser.press("u").await;
    browser.arrives_at("/alerts?view=open").await;
    browser.press("n").await;
    // Of three that are alike, the oldest.
    let oldest = format!("/alerts/{}?view=open", office.alerts[0]);
    browser.arrives_at(&oldest).await;
    assert_eq!(browser.heard().await, [""; 0]);

    // Whoever wants no shortcuts has none.
    browser.goto("/settings/preferences").await;
    browser.click("input[name=shortcuts]").await;
    browser.click("main button.primary").await;
    browser.shows("Your preferences were saved.").await;
    browser.goto("/alerts").await;
    browser.press("n").await;
    browser.goto("/alerts?view=mine").await;
    browser.shows("Mine 2").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_generated_and_used_without_scripts() {
    let office = Office::open(Scripts::Off).await;
    let browser = &office.browser;
    browser.goto("/settings/teams").await;
    browser.type_into("input[name=name]", "for the tour").await;
    browser.click("form[action*='/keys?'] button").await;
    let field = browser.element("#made-key").await;
    let key = field
        .prop("value")
        .await
        .expect("a property")
        .expect("a value");
    let client = Client::new(office.payments.host.url()).with(key);
    client.get("/v1/me").await.expect(200);
    let command = browser.element("#made-command").await;
    let command = command
        .prop("value")
        .await
        .expect("a property")
        .expect("a value");
    assert!(command.contains(POST), "{command}");

    let path = format!("/alerts/{}?view=open", office.alerts[0]);
    browser.goto(&path).await;
    browser.type_into("#comment", "seen without scripts").await;
    browser
        .click("form[action*=comment] button[type=submit]")
        .await;
    browser.shows("seen without scripts").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_has_a_menu_that_opens_without_scripts() {
    let office = Office::open(Scripts::Off).await;
    let browser = &office.browser;
    let is_shown = async |selector: &str| {
        let element = browser.element(selector).await;
        element.is_displayed().await.expect("an element")
    };
    browser.look(1_440, false).await;
    browser.goto("/alerts").await;
    assert!(is_shown(".side a").await && !is_shown(".menu summary").await);
    browser.look(390, false).await;
    browser.goto("/alerts").await;
    assert!(!is_shown(".side a").await && !is_shown(".menu a").await);
    browser.click(".menu summary").await;
    browser.picture("menu-390-light").await;
    assert_eq!(browser.overhang().await, 0);
    browser.click(".menu a[href='/transactions']").await;
    browser.arrives_at("/transactions").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_clicked_twice_is_sent_once() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    let alert = &office.alerts[0];
    browser.goto(&format!("/alerts/{alert}")).await;
    browser.type_into("#comment", "only once").await;
    let twice =
        "const button = document.querySelector('form[action*=comment] button[type=submit]');
        button.click(); button.click();";
    browser
        .driver()
        .execute(twice, Vec::new())
        .await
        .expect("it clicks");
    browser.element("article.comment").await;
    let administrator = &office.payments.tenant.administrator;
    let comments = administrator
        .all(&format!("/v1/alerts/{alert}/comments"))
        .await;
    assert_eq!(comments.len(), 1);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_back_after_signing_out_sees_nothing() {
    let office = Office::open(Scripts::On).await;
    let browser = &office.browser;
    browser.goto(&format!("/alerts/{}", office.alerts[0])).await;
    browser.click("form.user button").await;
    browser.arrives_at("/sign-in").await;
    browser.driver().back().await.expect("it goes back");
    let field = browser.element("#password").await;
    assert!(field.is_displayed().await.expect("a field"));
    assert!(!browser.text().await.contains("anna"));
    office.close().await;
}
