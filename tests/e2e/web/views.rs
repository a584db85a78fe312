//! Saved views in the queue.

use tests::{Browser, TestHost};

use super::alerts::{alert, analyst};
use super::person;

async fn save(browser: &mut Browser, query: &str, form: &[(&str, &str)]) -> String {
    let saved = browser.post(&format!("/alerts/views?{query}"), form).await;
    saved.leads_to().to_owned()
}

#[tokio::test]
async fn a_queue_is_saved_as_a_view_and_deleted_again() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    alert(&athora, "Cash", "high").await;
    alert(&athora, "Cash too", "low").await;
    let odd = alert(&athora, "Other", "high").await;
    let view = save(
        &mut browser,
        "view=open&q=cash&sort=severity",
        &[("name", "<b>Cash</b>")],
    )
    .await;
    let page = browser.get(&view).await;
    let page = page.expect(200);
    assert!(
        page.contains("&lt;b&gt;Cash&lt;/b&gt;</bdi> <span class=\"count\">2</span>"),
        "{page}"
    );
    assert!(page.contains("aria-sort=\"ascending\""), "{page}");
    assert!(!page.contains(&odd));
    // It can be narrowed like any other, but not beyond itself.
    let narrowed = browser.get(&format!("{view}&severity=high&q=too")).await;
    assert!(narrowed.expect(200).contains("No alert matches."));
    let beyond = browser.get(&format!("{view}&state=closed")).await;
    assert!(beyond.expect(400).contains("contradict"));

    let again = browser
        .post("/alerts/views?view=all", &[("name", "<b>Cash</b>")])
        .await;
    assert!(
        again.expect(409).contains("there is a view"),
        "{}",
        again.text
    );
    assert_eq!(again.field("view-name"), "<b>Cash</b>", "it is kept");
    let nameless = browser
        .post("/alerts/views?view=all", &[("name", " ")])
        .await;
    nameless.expect(422);

    let id = view
        .strip_prefix("/alerts?view=")
        .expect("a view")
        .to_owned();
    let rename = browser
        .get(&view)
        .await
        .action(&format!("/alerts/views/{id}/rename"));
    let taken = [("version", "1"), ("name", "Cheap")];
    save(&mut browser, "view=all", &[("name", "Cheap")]).await;
    let refused = browser.post(&rename, &taken).await;
    assert!(
        refused.expect(409).contains("there is a view"),
        "{}",
        refused.text
    );
    assert_eq!(
        refused.field(&format!("name-of-{id}")),
        "Cheap",
        "it is kept"
    );
    let unseen = [("version", "1"), ("name", "\u{200b}")];
    browser.post(&rename, &unseen).await.expect(422);
    let renamed = [("version", "1"), ("name", " Cash only ")];
    let to = browser.post(&rename, &renamed).await.leads_to().to_owned();
    let page = browser.get(&to).await;
    assert!(
        page.expect(200)
            .contains("<bdi>Cash only</bdi> <span class=\"count\">2</span>"),
        "{}",
        page.text
    );
    browser.post(&rename, &taken).await.expect(412);
    let mut other = person(&host, &athora, "bo", "AML Analyst").await;
    assert!(
        !other
            .get("/alerts")
            .await
            .expect(200)
            .contains("Cash&lt;/b")
    );
    other.get(&view).await.expect(400);
    for form in ["delete", "rename"] {
        let sent = [("version", "2"), ("name", "Theirs")];
        let path = format!("/alerts/views/{id}/{form}");
        other.post(&path, &sent).await.expect(404);
    }
    let gone = browser
        .post(&format!("/alerts/views/{id}/delete?view={id}"), &[])
        .await;
    assert_eq!(gone.leads_to(), "/alerts");
    let page = browser.get(&view).await;
    assert!(page.expect(400).contains("it may have been deleted"));
    host.stop().await;
}

#[tokio::test]
async fn a_view_of_ones_own_alerts_is_everybodys_own() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut analyst) = analyst(&host).await;
    let mine = alert(&athora, "Mine", "high").await;
    let form = [
        ("version", "1"),
        ("user", &*super::alerts::id_of(&athora, "an.peeters").await),
    ];
    analyst
        .post(&format!("/alerts/{mine}/assign"), &form)
        .await
        .leads_to();
    let mut supervisor = person(&host, &athora, "su", "AML Supervisor").await;
    let shared = [("name", "My severe ones"), ("shared", "on")];
    let refused = analyst
        .post("/alerts/views?view=mine&severity=high", &shared)
        .await;
    assert!(
        refused.expect(403).contains("incident_view:share"),
        "{}",
        refused.text
    );
    let view = save(&mut supervisor, "view=mine&severity=high", &shared).await;
    assert!(!supervisor.get(&view).await.expect(200).contains(&mine));
    let page = analyst.get(&view).await;
    assert!(page.expect(200).contains(&mine), "{}", page.text);
    assert!(
        !page.text.contains("Delete My severe ones"),
        "{}",
        page.text
    );
    host.stop().await;
}
