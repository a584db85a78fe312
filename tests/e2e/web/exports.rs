//! Exports: the form that defines one, its runs, its deliveries, and what is shown once.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Browser, TestHost, TestHostBuilder, TestPlugin, TestTenant, field};

use super::alerts::alert;
use super::person;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host with a tenant that has a formatter and two alerts, and its administrator in a browser.
async fn office() -> (TestHost, TestTenant, TestPlugin, Browser) {
    office_on(TestHost::builder()).await
}

/// The same on a host that is to be made otherwise.
async fn office_on(host: TestHostBuilder) -> (TestHost, TestTenant, TestPlugin, Browser) {
    let host = host.in_memory().taking_plugins().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let formatter = athora.publish("standard-csv").await;
    for title in ["Odd", "<script>alert(1)</script>"] {
        alert(&athora, title, "high").await;
    }
    let browser = person(&host, &athora, "owner2", "Administrator").await;
    (host, athora, formatter, browser)
}

/// The form as it is sent for an export every night.
fn nightly<'f>(name: &'f str, formatter: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("version", "0"),
        ("name", name),
        ("formatter", formatter),
        ("config", "{}"),
        ("when", "daily"),
        ("daily_at", "02:30"),
        ("timezone", ""),
        ("compression", "none"),
        ("sensitive", "mask"),
        ("days", "30"),
    ]
}

fn named(formatter: &TestPlugin) -> String {
    format!("{}/{}", formatter.name, formatter.version)
}

/// The page of an address when it says something.
async fn until(browser: &mut Browser, path: &str, says: &str) -> String {
    let begun = Instant::now();
    loop {
        let page = browser.get(path).await;
        if page.expect(200).contains(says) {
            return page.text;
        }
        assert!(begun.elapsed() < PATIENCE, "{says}: {}", page.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_defined_runs_and_is_downloaded() {
    let (host, athora, formatter, mut browser) = office().await;
    let list = browser.get("/exports").await;
    assert!(list.expect(200).contains("There is no export yet"));
    let form = browser.get("/new-export").await;
    assert!(form.expect(200).contains("standard-csv"));
    let formatter = named(&formatter);
    let mut typed = nightly("nightly", &formatter);
    typed.extend([
        ("severity", "high"),
        ("severity", "medium"),
        ("label", " fraud \n\na,b"),
    ]);
    let made = browser.post("/new-export", &typed).await;
    assert_eq!(made.leads_to(), "/exports/nightly");
    let stored = athora
        .administrator
        .get("/v1/exports/nightly")
        .await
        .expect(200);
    assert_eq!(stored["schedule"], json!({ "cron": "30 2 * * *" }));
    assert_eq!(
        stored["filter"],
        json!({ "severity": ["high", "medium"], "label": ["fraud", "a,b"] })
    );
    let page = browser.get("/exports/nightly").await;
    assert!(
        page.expect(200).contains("every day at 02:30"),
        "{}",
        page.text
    );
    assert!(page.text.contains("This export has not run yet"));
    let taken = browser.post("/new-export", &typed).await;
    assert!(
        taken.expect(409).contains("choose another name"),
        "{}",
        taken.text
    );
    assert_eq!(taken.field("name"), "nightly", "it is kept");

    // The Export button writes as an export does.
    let queue = browser.get("/alerts?view=all").await;
    let choice = "<option value=\"export/nightly\">nightly</option>";
    assert!(queue.expect(200).contains(choice), "{}", queue.text);
    let file = browser
        .get("/alerts/export?view=all&formatter=export/nightly")
        .await;
    let same = athora
        .administrator
        .get("/v1/alerts/export?export=nightly")
        .await;
    assert_eq!(file.expect(200), same.text());
    for (query, status) in [
        ("export=none", 400),
        ("export=nightly&formatter=standard-csv", 400),
    ] {
        let path = format!("/v1/alerts/export?{query}");
        athora.administrator.get(&path).await.problem(status);
    }
    browser
        .get("/alerts/export?formatter=export/none")
        .await
        .expect(400);

    // All alerts.
    let mut typed = nightly("nightly", &formatter);
    typed[0] = ("version", "1");
    let changed = browser.post("/exports/nightly/change", &typed).await;
    assert_eq!(changed.leads_to(), "/exports/nightly");
    let stale = browser.post("/exports/nightly/change", &typed).await;
    assert!(stale.expect(412).contains("Somebody changed the export"));
    assert!(
        stale.text.contains("name=\"version\" value=\"2\""),
        "{}",
        stale.text
    );

    let run = browser.post("/exports/nightly/run", &[]).await;
    let run = run.leads_to().to_owned();
    let page = until(&mut browser, &run, "Ready").await;
    assert!(page.contains("SHA-256"), "{page}");
    let file = browser.get(&format!("{run}/file")).await;
    let name = file.headers["content-disposition"].to_str().expect("ASCII");
    assert!(
        name.starts_with("attachment; filename=\"nightly-"),
        "{name}"
    );
    let same = athora.administrator.get(&format!("/v1{run}/file")).await;
    assert_eq!(file.expect(200), same.text());
    assert_eq!(file.text.lines().count(), 3);
    let list = browser.get("/exports").await;
    assert!(list.expect(200).contains("every day at 02:30"));

    let pause = [("version", "2"), ("paused", "true")];
    let paused = browser.post("/exports/nightly/pause", &pause).await;
    assert_eq!(paused.leads_to(), "/exports/nightly");
    assert!(
        browser
            .get("/exports/nightly")
            .await
            .expect(200)
            .contains("Resume the schedule")
    );
    let late = browser
        .post("/exports/nightly/delete", &[("version", "2")])
        .await;
    assert!(
        late.expect(412).contains("Somebody changed this"),
        "{}",
        late.text
    );
    let deleted = browser
        .post("/exports/nightly/delete", &[("version", "3")])
        .await;
    assert_eq!(deleted.leads_to(), "/exports");
    browser.get("/exports/nightly").await.expect(404);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let (host, _, formatter, mut browser) = office().await;
    let formatter = named(&formatter);
    let mut check = async |field: &'static str, value: &'static str, says: &str| {
        let mut typed = nightly("nightly", &formatter);
        typed.retain(|(name, _)| *name != field);
        if field == "bucket_key" {
            // A row sends all of its fields.
            typed.push(("bucket", ""));
        }
        typed.extend([
            (field, value),
            ("webhook_url", "https://kept.example/"),
            ("webhook_send", "notice"),
        ]);
        let refused = browser.post("/new-export", &typed).await;
        assert!(
            refused.expect(422).contains(says),
            "{field}: {}",
            refused.text
        );
        assert_eq!(
            refused.field("webhook-0"),
            "https://kept.example/",
            "{field}"
        );
    };
    check("config", "{", "is not JSON").await;
    check(
        "config",
        "{\"delimiter\": 7}",
        "Configuration (JSON)/delimiter",
    )
    .await;
    check("name", "Nightly", "a name has 1 to 64 characters").await;
    check("daily_at", "25:61", "is no time of day").await;
    check("days", "many", "1 to 3650 days").await;
    check("days", "9000", "must be 1 to 3650").await;
    check("timezone", "Mars/Base", "IANA time zone").await;
    check("created_from", "soon", "is no time").await;
    check("team", "nowhere", "there is no team").await;
    check("bucket", "reports", "region").await;
    check("bucket_key", "AK", "bucket").await;
    check(
        "directory",
        "reports",
        "Directory 1: cannot be delivered to",
    )
    .await;
    check("formatter", "<script>/1.0.0", "is not published").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_a_failed_delivery_is_tried_again() {
    let builder = TestHost::builder().config(|config| {
        config.deliveries.allow_private = true;
        config.deliveries.allow_http = true;
    });
    let (host, _, formatter, mut browser) = office_on(builder).await;
    let formatter = named(&formatter);
    // A host answers there, and has no such page.
    let url = format!("{}/nowhere", host.url());
    let mut typed = nightly("nightly", &formatter);
    typed.extend([
        ("webhook_url", &*url),
        ("webhook_send", "file"),
        ("webhook_url", ""),
        ("webhook_send", "file"),
    ]);
    let made = browser.post("/new-export", &typed).await;
    assert!(made.expect(200).contains("it is shown this once"));
    let secret = made.field("secret-0");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let page = browser.get("/exports/nightly").await;
    assert!(page.expect(200).contains(&url) && !page.text.contains(&secret));

    let run = browser
        .post("/exports/nightly/run", &[])
        .await
        .leads_to()
        .to_owned();
    let page = until(&mut browser, &run, "1 attempt").await;
    let retry = format!("{run}/retry/0");
    assert!(page.contains(&retry), "{page}");
    assert_eq!(browser.post(&retry, &[]).await.leads_to(), run);
    until(&mut browser, &run, "2 attempts").await;
    let unknown = format!("{run}/retry/7");
    browser.post(&unknown, &[]).await.expect(404);

    let rotate = [("url", &*url), ("hours", "24")];
    let rotated = browser.post("/exports/nightly/secret", &rotate).await;
    assert!(
        rotated
            .expect(200)
            .contains("The former secret signs until")
    );
    assert_ne!(rotated.field("secret-0"), secret);
    let other = [("url", "https://other.example/"), ("hours", "24")];
    browser
        .post("/exports/nightly/secret", &other)
        .await
        .expect(422);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_scripts_are_shown_and_downloaded() {
    let (host, athora, formatter, mut browser) = office().await;
    let formatter = named(&formatter);
    browser
        .post("/new-export", &nightly("nightly", &formatter))
        .await
        .leads_to();
    let page = browser.get("/exports/nightly/load").await;
    assert!(page.expect(200).contains("CREATE TABLE"), "{}", page.text);
    for loader in ["redshift", "power-bi"] {
        let script = browser
            .get(&format!("/exports/nightly/load/{loader}"))
            .await;
        let same = athora
            .administrator
            .get(&format!("/v1/exports/nightly/{loader}"))
            .await;
        assert_eq!(script.expect(200), same.text());
    }
    browser.get("/exports/nightly/load/excel").await.expect(404);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_refused_and_others_see_nothing_of_it() {
    let (host, athora, formatter, mut browser) = office().await;
    let formatter = named(&formatter);
    let typed = nightly("nightly", &formatter);
    browser.post("/new-export", &typed).await.leads_to();
    let run = browser
        .post("/exports/nightly/run", &[])
        .await
        .leads_to()
        .to_owned();

    let scope = json!({ "permissions": ["export:read", "incident_case:read"] });
    athora
        .administrator
        .put("/v1/scopes/Reader", scope)
        .await
        .expect(201);
    let mut reader = person(&host, &athora, "rik", "Reader").await;
    let page = reader.get("/exports/nightly").await;
    assert!(
        page.expect(200).contains("disabled>Run now"),
        "{}",
        page.text
    );
    reader.get("/new-export").await.expect(403);
    reader.get("/exports/nightly/change").await.expect(403);
    reader.post("/new-export", &typed).await.expect(403);
    for form in ["run", "pause", "delete", "secret"] {
        let fields = [
            ("version", "1"),
            ("paused", "true"),
            ("url", "x"),
            ("hours", "1"),
        ];
        let refused = reader
            .post(&format!("/exports/nightly/{form}"), &fields)
            .await;
        refused.expect(403);
    }
    let scope = json!({ "permissions": ["incident_case:read"] });
    athora
        .administrator
        .put("/v1/scopes/Blind", scope)
        .await
        .expect(201);
    let mut blind = person(&host, &athora, "bob", "Blind").await;
    for path in [
        "/exports",
        "/exports/nightly",
        &*run,
        "/exports/nightly/load",
    ] {
        blind.get(path).await.expect(403);
    }
    let other = host.tenant("other").await;
    let user = json!({ "login": "eve", "password": super::PASSWORD, "scopes": ["Administrator"] });
    other
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut eve = Browser::new(host.url());
    let form = [
        ("organisation", "other"),
        ("login", "eve"),
        ("password", super::PASSWORD),
    ];
    assert_eq!(eve.post("/sign-in", &form).await.status, 303);
    let file = format!("{run}/file");
    for path in [
        "/exports/nightly",
        &*run,
        &*file,
        "/exports/nightly/load",
        "/exports/nightly/change",
    ] {
        eve.get(path).await.expect(404);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_told_in_the_words_of_the_form() {
    let (host, _, formatter, mut browser) = office().await;
    let formatter = named(&formatter);
    let refused = async |browser: &mut Browser, fields: &[(&'static str, &'static str)]| {
        let mut typed = nightly("nightly", &formatter);
        for (name, value) in fields {
            typed.retain(|(known, _)| known != name);
            typed.push((name, value));
        }
        let refused = browser.post("/new-export", &typed).await;
        refused.expect(422).to_owned()
    };
    let check = |page: &str, shown: &str| {
        assert!(page.contains(shown), "{shown}: {page}");
        for member in ["deliveries[", "schedule.", "retention.", "formatter.config"] {
            assert!(!page.contains(member), "{member}: {page}");
        }
    };
    let places = [("webhook_url", "http://a.example"), ("bucket", "A")];
    let page = refused(&mut browser, &places).await;
    check(&page, "Webhook 1, URL: must begin with https://");
    let cron = [("when", "cron"), ("cron", "often")];
    let page = refused(&mut browser, &cron).await;
    check(&page, "'By a cron expression' is no cron expression");
    let page = refused(&mut browser, &[("timezone", "Factory")]).await;
    check(&page, "'Time zone' is no IANA time zone");
    let page = refused(&mut browser, &[("days", "0")]).await;
    check(&page, "'Keep files for so many days' must be 1 to 3650");
    let page = refused(&mut browser, &[("incident_type", "none")]).await;
    check(&page, "there is no alert type 'none'");
    host.stop().await;
}
