//! Plugins, as people publish and delete them.

use serde_json::json;
use tests::guests;

use super::person;
use crate::payments::Payments;

/// Loads the page of an upload until it is no longer compiled.
async fn ended(browser: &mut tests::Browser, mut page: tests::Page) -> tests::Page {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(300);
    if page.status == 303 {
        let to = page.leads_to().to_owned();
        page = browser.get(&to).await;
        while page.expect(200).contains("is being compiled") {
            assert!(std::time::Instant::now() < deadline, "{}", page.text);
            page = browser.get(&to).await;
        }
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_shows_each_check() {
    let payments = Payments::start().await;
    let mut browser = person(&payments.host, &payments.tenant, "rita", "Administrator").await;
    let empty = browser.get("/plugins").await;
    assert!(empty.expect(200).contains("No plugin is published."));

    let sent = browser
        .upload("/plugins", &[], ("file", b"<script>alert(1)</script>"))
        .await;
    let refused = ended(&mut browser, sent).await;
    for shown in [
        "Size: passed",
        "Component that compiles: failed",
        "Contract: not reached",
        "The plugin is not published.",
    ] {
        assert!(refused.text.contains(shown), "{shown}: {}", refused.text);
    }
    let nothing = browser.upload("/plugins", &[], ("file", b"")).await;
    assert!(nothing.expect(422).contains("Choose a file to publish."));
    browser.post("/plugins", &[("file", "x")]).await.expect(400);

    let component = guests::component("large-amount");
    let sent = browser.upload("/plugins", &[], ("file", &component)).await;
    let made = ended(&mut browser, sent).await;
    for shown in [
        "Contract: passed",
        "Room for one more plugin: passed",
        "describe used",
    ] {
        assert!(made.expect(200).contains(shown), "{shown}: {}", made.text);
    }
    let again = browser.upload("/plugins", &[], ("file", &component)).await;
    let again = ended(&mut browser, again).await;
    assert!(
        again
            .expect(200)
            .contains("published before, with the same bytes")
    );

    let client = &payments.tenant.administrator;
    let plugins = client.all("/v1/plugins").await;
    let version = plugins[0]["version"].as_str().expect("a version");
    let path = format!("/plugins/large-amount/{version}");
    let list = browser.get("/plugins").await;
    assert!(list.expect(200).contains(&path), "{}", list.text);
    assert!(list.text.contains("nothing"));
    let page = browser.get(&path).await;
    let digest = plugins[0]["digest"].as_str().expect("a digest");
    for shown in ["other_limit", digest, "vervet:plugin"] {
        assert!(page.expect(200).contains(shown), "{shown}: {}", page.text);
    }

    let plugin = tests::TestPlugin {
        name: "large-amount".to_owned(),
        version: version.to_owned(),
    };
    let tenant = &payments.tenant;
    tenant
        .install(
            "payments",
            "limit",
            &plugin,
            json!({ "other_limit": 10_000 }),
        )
        .await;
    let used = browser.get(&path).await;
    assert!(
        used.expect(200)
            .contains("Install 1 of rule limit, team payments")
    );
    assert!(used.text.contains("cannot be deleted"));
    let delete = format!("{path}/delete");
    let refused = browser.post(&delete, &[("digest", digest)]).await;
    assert!(
        refused.expect(409).contains("is or was in use"),
        "{}",
        refused.text
    );

    let formatter = tenant.publish("standard-csv").await;
    let path = format!("/plugins/{}/{}", formatter.name, formatter.version);
    let page = browser.get(&path).await;
    assert!(page.expect(200).contains("Media type"), "{}", page.text);
    let delete = format!("{path}/delete");
    let digest = page.field_named("digest");
    browser
        .post(&delete, &[("digest", "other")])
        .await
        .expect(412);
    let deleted = browser.post(&delete, &[("digest", &digest)]).await;
    assert_eq!(deleted.leads_to(), "/plugins");
    browser.get(&path).await.expect(404);
    assert_eq!(browser.get(&delete).await.leads_to(), path);
    let odd = browser.get("/plugins/..%2F..%2Fx/1/delete").await;
    assert_eq!(odd.leads_to(), "/plugins");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_publish_uploads_nothing() {
    let payments = Payments::start().await.with_large_amount().await;
    let (host, athora) = (&payments.host, &payments.tenant);
    let scope = json!({ "permissions": ["plugin:read"] });
    let made = athora.administrator.put("/v1/scopes/Reader", scope).await;
    made.expect(201);
    let mut reader = person(host, athora, "ruth", "Reader").await;
    let list = reader.get("/plugins").await;
    assert!(
        list.expect(200)
            .contains("Needs the permission plugin:write")
    );
    let sent = reader.upload("/plugins", &[], ("file", b"x")).await;
    sent.expect(403);
    let nowhere = "/plugin-uploads/00000000-0000-0000-0000-000000000000";
    reader.get(nowhere).await.expect(403);
    let mut author = person(host, athora, "rita", "Administrator").await;
    author.get(nowhere).await.expect(404);
    author.get("/plugins/nothing/1.0.0").await.expect(404);
    let form = reader.form("/plugins", &[]);
    let foreign = reader
        .send(form.header("sec-fetch-site", "cross-site"))
        .await;
    foreign.expect(403);
    payments.host.stop().await;
}
