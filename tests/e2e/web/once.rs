//! Forms that come twice, as without scripts a double click sends them.

use tests::{TestHost, field};

use super::alerts::{alert, analyst};
use super::person;

#[tokio::test]
async fn a_form_that_comes_twice_is_carried_out_once() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "low").await;
    let page = browser.get(&format!("/alerts/{id}")).await;
    let comment = page.action(&format!("/alerts/{id}/comment"));
    let send = async |browser: &mut tests::Browser, text: &str| {
        let sent = browser.post(&comment, &[("text", text)]).await;
        assert_eq!(sent.leads_to(), format!("/alerts/{id}"));
    };
    send(&mut browser, "said once").await;
    send(&mut browser, "said once").await;
    // Going back and typing something else is another comment.
    send(&mut browser, "said next").await;
    let comments = format!("/v1/alerts/{id}/comments");
    let texts = athora.administrator.all(&comments).await;
    let texts: Vec<_> = texts.iter().map(|one| one["text"].clone()).collect();
    assert_eq!(texts, ["<p>said once</p>", "<p>said next</p>"]);

    // The key of a form is that of one address.
    let other = alert(&athora, "Other", "low").await;
    let elsewhere = comment.replace(&id, &other);
    let sent = browser.post(&elsewhere, &[("text", "said once")]).await;
    assert_eq!(sent.leads_to(), format!("/alerts/{other}"));

    // A form that was refused can be sent again as it is, and is refused again.
    let form = browser.get("/alerts/new?type=other").await;
    let create = form.action("/alerts/new");
    for _ in 0..2 {
        let refused = browser
            .post(&create, &[("type", "other"), ("title", "")])
            .await;
        refused.expect(422);
    }
    let typed = [("type", "other"), ("title", "By hand"), ("team", "aml")];
    let made = browser.post(&create, &typed).await.leads_to().to_owned();
    let again = browser.post(&create, &typed).await.leads_to().to_owned();
    assert_eq!(made, again);
    assert_eq!(athora.administrator.all("/v1/alerts").await.len(), 3);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_that_come_at_once_are_carried_out_once() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    for number in 0..3 {
        alert(&athora, &format!("Number {number}"), "low").await;
    }
    let queue = browser.get("/alerts").await;
    let take = queue.action("/alerts/take-next");
    let requests = (0..8).map(|_| {
        let request = browser.form(&take, &[]);
        request.header("sec-fetch-site", "same-origin").send()
    });
    let requests: Vec<_> = requests.collect();
    let answers = futures::future::join_all(requests).await;
    let led: std::collections::BTreeSet<String> = answers
        .into_iter()
        .map(|answer| {
            let answer = answer.expect("an answer");
            assert_eq!(answer.status(), 303);
            let location = &answer.headers()["location"];
            location.to_str().expect("ASCII").to_owned()
        })
        .collect();
    assert_eq!(led.len(), 1, "{led:?}");
    let mine = browser.get("/alerts?view=mine").await;
    assert!(
        mine.expect(200)
            .contains(">Mine</bdi> <span class=\"count\">1<")
    );
    host.stop().await;
}

#[tokio::test]
async fn a_secret_is_not_made_again_by_a_form_that_comes_again() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let page = browser.get("/settings/teams").await;
    let generate = page.action("/settings/teams/aml/keys?");
    let form = [("name", "for the tour")];
    let made = browser.post(&generate, &form).await;
    assert!(made.expect(200).contains("made-key"));
    let again = browser.post(&generate, &form).await;
    assert_eq!(again.leads_to(), "/settings/teams/aml/keys");
    let keys = athora.administrator.all("/v1/teams/aml/api-keys").await;
    let named = keys.iter().filter(|key| key["name"] == "for the tour");
    assert_eq!(named.count(), 1);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_sent_twice_is_there_once() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "low").await;
    let page = browser.get(&format!("/alerts/{id}")).await;
    let documents = page.action(&format!("/alerts/{id}/documents"));
    let to = format!("/alerts/{id}#documents");
    let said = [("description", "The receipt")];
    for _ in 0..2 {
        let sent = browser.upload(&documents, &said, ("a.txt", b"one")).await;
        assert_eq!(sent.leads_to(), to);
    }
    // Who goes back and chooses another file, or says something else, sends another form.
    let other = browser.upload(&documents, &said, ("a.txt", b"two")).await;
    assert_eq!(other.leads_to(), to);
    let other = browser.upload(&documents, &[], ("a.txt", b"two")).await;
    assert_eq!(other.leads_to(), to);
    let path = format!("/v1/alerts/{id}/documents");
    let kept = athora.administrator.all(&path).await;
    assert_eq!(kept.len(), 3, "{kept:?}");
    host.stop().await;
}
