//! Settings of the organisation: users, scopes, alert types, merging, the workflow and the rest.

use serde_json::json;
use tests::{TestHost, field};

use super::alerts::{alert, version};
use super::person;

#[tokio::test]
async fn a_user_is_made_gets_a_password_link_and_is_disabled() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let typed = [
        ("login", "bo.janssens"),
        ("scopes", "AML Analyst"),
        ("scopes", "Integrator"),
        ("teams", "aml"),
    ];
    let made = browser.post("/settings/users", &typed).await;
    let address = made.leads_to().to_owned();
    let page = browser.get(&address).await;
    assert!(page.expect(200).contains("value=\"Integrator\" checked"));
    let taken = browser.post("/settings/users", &typed).await;
    assert_eq!(
        taken
            .expect(409)
            .matches("value=\"AML Analyst\" checked")
            .count(),
        1
    );
    assert_eq!(taken.field("login"), "bo.janssens", "it is kept");

    let linked = browser.post(&format!("{address}/password-link"), &[]).await;
    linked.expect(200);
    let link = linked.field("made-link");
    let (_, code) = link.split_once("/set-password#").expect("a link");
    let mut bo = tests::Browser::new(host.url());
    let password = [
        ("login", "bo.janssens"),
        ("code", code),
        ("password", super::PASSWORD),
    ];
    let set = bo.post("/set-password", &password).await;
    assert_eq!(set.leads_to(), "/");
    bo.get("/alerts").await.expect(200);

    let page = browser.get(&address).await;
    let version = field_of(page.expect(200), "version");
    let disabled = [
        ("version", &*version),
        ("scopes", "AML Analyst"),
        ("disabled", "on"),
    ];
    let changed = browser.post(&address, &disabled).await;
    assert_eq!(changed.leads_to(), format!("{address}?changed"));
    assert_eq!(bo.get("/alerts").await.status, 303, "bo is signed out");
    let stale = browser.post(&address, &disabled).await;
    assert!(stale.expect(412).contains("Somebody changed this"));

    let mut analyst = person(&host, &athora, "an.peeters", "AML Analyst").await;
    analyst.post("/settings/users", &typed).await.expect(403);
    analyst.post(&address, &disabled).await.expect(403);
    let nobody = "/settings/users/01890000-0000-7000-8000-000000000000";
    browser.get(nobody).await.expect(404);
    host.stop().await;
}

/// The value of the first hidden field of this name.
fn field_of(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no field '{name}': {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_scope_is_made_changed_and_deleted() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let read = "incident_case:read";
    let new = [
        ("version", "0"),
        ("name", "Night shift"),
        ("description", "<script>alert(1)</script>"),
        ("permissions", read),
    ];
    let made = browser.post("/settings/scopes", &new).await;
    let page = browser.get(made.leads_to()).await;
    assert!(page.expect(200).contains("&lt;script&gt;alert(1)"));
    let again = browser.post("/settings/scopes", &new).await;
    assert_eq!(again.status, 412, "{}", again.text);
    let form = browser.get("/settings/scopes?change=Night+shift").await;
    assert_eq!(form.field("name"), "Night shift");
    let change = [
        ("version", "1"),
        ("name", "Night shift"),
        ("description", ""),
    ];
    browser.post("/settings/scopes", &change).await.leads_to();
    let unknown = [("version", "0"), ("name", "x"), ("permissions", "fly")];
    let refused = browser.post("/settings/scopes", &unknown).await;
    assert!(
        refused.expect(422).contains("no permission &#39;fly&#39;")
            || refused.text.contains("no permission 'fly'")
    );
    let doomed = [("name", "Night shift"), ("version", "2")];
    let deleted = browser.post("/settings/scopes/delete", &doomed).await;
    assert_eq!(deleted.leads_to(), "/settings/scopes");
    let scopes = athora.administrator.get("/v1/scopes").await.expect(200);
    assert!(!scopes.to_string().contains("Night shift"));
    host.stop().await;
}

#[tokio::test]
async fn an_alert_type_is_made_with_a_schema_that_keeps_every_digit() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let schema =
        r#"{"type":"object","properties":{"zeta":{"const":1.10},"alpha":{"type":"string"}}}"#;
    let typed = [
        ("name", "branch_report"),
        ("title", "Branch report"),
        ("severity", "high"),
        ("due_in", "P5D"),
        ("info_schema", schema),
    ];
    let made = browser.post("/settings/alert-types", &typed).await;
    assert_eq!(made.leads_to(), "/settings/alert-types");
    let page = browser.get("/settings/alert-types/branch_report").await;
    page.expect(200);
    let shown = page.field("info-schema");
    let (zeta, alpha) = (shown.find("zeta"), shown.find("alpha"));
    assert!(zeta < alpha && shown.contains("1.10"), "{shown}");
    for (due_in, schema) in [("five days", ""), ("", "[1]"), ("", "{\"type\":7}")] {
        let odd = [
            ("version", "1"),
            ("title", "Branch report"),
            ("due_in", due_in),
            ("info_schema", schema),
        ];
        let refused = browser
            .post("/settings/alert-types/branch_report", &odd)
            .await;
        refused.expect(422);
        assert_eq!(refused.field("due-in"), due_in, "it is kept");
    }
    let doomed = [("version", "1")];
    let deleted = browser
        .post("/settings/alert-types/branch_report/delete", &doomed)
        .await;
    assert_eq!(deleted.leads_to(), "/settings/alert-types");
    let gone = browser.get("/settings/alert-types/branch_report").await;
    gone.expect(404);
    host.stop().await;
}

#[tokio::test]
async fn merging_promotion_and_fetched_transactions_are_set() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let client = &athora.administrator;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let merging = [("version", "0"), ("period", "week"), ("condition", "rule")];
    let saved = browser.post("/settings/merging", &merging).await;
    assert_eq!(saved.leads_to(), "/settings/merging?saved");
    let expect = json!({ "period": "week", "condition": "rule" });
    assert_eq!(client.get("/v1/alert-merging").await.expect(200), expect);
    browser
        .post("/settings/merging", &merging)
        .await
        .expect(412);

    let gate = [
        ("version", "0"),
        ("is_on", "on"),
        ("shadow_hours", "24"),
        ("max_more", "5"),
    ];
    let saved = browser.post("/settings/promotion", &gate).await;
    assert_eq!(saved.leads_to(), "/settings/promotion?saved");
    let read = client.get("/v1/promotion-gate").await.expect(200);
    assert_eq!(read["shadow_seconds"], 86_400);
    assert_eq!(read["max_more"], 5);
    assert_eq!(read["max_fewer"], json!(null));
    let odd = [("version", "1"), ("is_on", "on"), ("max_more", "-1")];
    browser.post("/settings/promotion", &odd).await.expect(422);

    // What is switched off is kept for the next time.
    let off = [("version", "1"), ("shadow_hours", "24"), ("max_more", "7")];
    browser.post("/settings/promotion", &off).await.leads_to();
    let read = client.get("/v1/promotion-gate").await.expect(200);
    assert_eq!(read, json!(null));
    let page = browser.get("/settings/promotion").await;
    assert!(!page.expect(200).contains("checked"), "{}", page.text);
    assert_eq!(
        (page.field("shadow_hours"), page.field("max_more")),
        ("24".into(), "7".into())
    );
    let off = [("version", "1"), ("period", ""), ("condition", "always")];
    browser.post("/settings/merging", &off).await.leads_to();
    let page = browser.get("/settings/merging").await;
    assert!(
        page.expect(200)
            .contains("<option value=\"always\" selected>"),
        "{}",
        page.text
    );

    let fetched = [
        ("version", "0"),
        ("team", "aml"),
        ("field", "amount"),
        ("source", "transaction.amount"),
        ("field", ""),
        ("source", ""),
    ];
    let saved = browser.post("/settings/sessions", &fetched).await;
    assert_eq!(saved.leads_to(), "/settings/sessions?saved");
    let half = [
        ("version", "1"),
        ("team", "aml"),
        ("field", ""),
        ("source", "transaction.amount"),
    ];
    browser.post("/settings/sessions", &half).await.expect(422);
    let odd = [
        ("version", "1"),
        ("team", "aml"),
        ("field", "amount"),
        ("source", "moon"),
    ];
    let refused = browser.post("/settings/sessions", &odd).await;
    assert!(refused.expect(422).contains("moon"), "{}", refused.text);
    host.stop().await;
}

#[tokio::test]
async fn a_workflow_is_tried_and_changed_with_its_alerts() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let id = alert(&athora, "Odd", "low").await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let try_it = async |browser: &mut tests::Browser, condition: &str| {
        let form = [
            ("condition", condition),
            ("alert", r#"{"severity": "high"}"#),
            ("scopes", "AML Analyst, Night shift"),
        ];
        browser.post("/settings/workflow/try", &form).await
    };
    let allowed = try_it(&mut browser, "'Night shift' in security.scope").await;
    assert!(allowed.expect(200).contains("The move is allowed"));
    let denied = try_it(&mut browser, "alert.severity == 'low'").await;
    assert!(denied.expect(200).contains("The move is denied"));
    let failing = try_it(&mut browser, "None > 3").await;
    assert!(
        failing.expect(200).contains("TypeError"),
        "{}",
        failing.text
    );
    let bad = try_it(&mut browser, "alert.").await;
    assert_eq!(
        bad.expect(422).matches("alert.</textarea>").count(),
        1,
        "{}",
        bad.text
    );

    // The state in which the alert is vanishes.
    let workflow = |removed: &'static str| {
        [
            ("version", "0"),
            ("name", "new"),
            ("title", "New"),
            ("kind", "initial"),
            ("name", "done"),
            ("title", "Done"),
            ("kind", "closed"),
            ("from", "new"),
            ("to", "done"),
            ("condition", "alert.severity != 'high'"),
            ("removed", removed),
            ("goes_to", "new"),
        ]
    };
    let mut unsaid = workflow("").to_vec();
    unsaid.retain(|(name, _)| !matches!(*name, "removed" | "goes_to"));
    let stranded = browser.post("/settings/workflow", &unsaid).await;
    assert!(stranded.expect(409).contains("open"), "{}", stranded.text);
    assert!(
        stranded.text.contains("alert.severity != &#39;high&#39;")
            || stranded.text.contains("alert.severity != 'high'"),
        "it is kept"
    );
    // What stands in half a row is refused, not left out.
    for half in [("title", "Without a name"), ("goes_to", "new")] {
        let mut typed = workflow("open").to_vec();
        typed.push(half);
        if half.0 == "title" {
            typed.extend([("name", ""), ("kind", "open")]);
        } else {
            typed.push(("removed", ""));
        }
        browser.post("/settings/workflow", &typed).await.expect(422);
    }
    let saved = browser.post("/settings/workflow", &workflow("open")).await;
    assert_eq!(saved.leads_to(), "/settings/workflow?saved");
    let moved = athora
        .administrator
        .get(&format!("/v1/alerts/{id}"))
        .await
        .expect(200);
    assert_eq!(moved["state"], "new");
    assert!(version(&athora, &id).await.parse::<u64>().is_ok());
    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    watcher
        .post("/settings/workflow", &workflow("open"))
        .await
        .expect(403);
    host.stop().await;
}
