//! What is known of an alert: its details and their form, the replay, the customer's amounts, and what others changed.

use serde_json::json;
use tests::{TestHost, field};

use super::alerts::{alert, analyst, version};
use super::person;
use crate::payments::{Payments, payment, with};

#[tokio::test]
async fn details_and_due_date_are_changed_and_others_are_named_who_were_faster() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let kind = json!({
        "title": "Branch report",
        "info_schema": {
            "type": "object", "required": ["branch", "note"],
            "properties": {
                "branch": { "type": "string", "title": "Branch", "minLength": 2 },
                "note": { "type": ["string", "null"], "title": "Note" },
            },
        },
    });
    let client = &athora.administrator;
    client
        .put("/v1/alert-types/branch_report", kind)
        .await
        .expect(201);
    let new = json!({
        "team": "aml", "title": "Cash", "incident_type": "branch_report", "dprofile_id": "C-1",
        "info": { "branch": "Gent", "note": null, "seen": 7 },
    });
    let made = client.post("/v1/alerts", new).await.expect(201);
    let id = made["id"].as_str().expect("an id");
    let path = format!("/alerts/{id}");
    let page = browser.get(&path).await;
    assert!(
        page.expect(200).contains("<dt>Branch</dt>"),
        "{}",
        page.text
    );
    assert_eq!(page.field("info-0"), "Gent");
    assert!(
        page.text
            .contains("<input id=\"info-1\" name=\"info.note\" value=\"\">"),
        "{}",
        page.text
    );
    let typed =
        |branch: &'static str| [("version", "1"), ("info.branch", branch), ("info.note", "")];
    let to = format!("{path}/info");
    let refused = browser.post(&to, &typed("G")).await;
    assert!(refused.expect(422).contains("branch"), "{}", refused.text);
    assert_eq!(refused.field("info-0"), "G");
    let changed = browser.post(&to, &typed("Brugge")).await;
    assert_eq!(changed.leads_to(), format!("{path}#details"));
    let alert = client.get(&format!("/v1{path}")).await.expect(200);
    assert_eq!(
        alert["info"],
        json!({ "branch": "Brugge", "note": null, "seen": 7 })
    );

    let fields = |version: &'static str, due: &'static str| {
        [
            ("version", version),
            ("severity", "high"),
            ("priority", "low"),
            ("labels", "cash"),
            ("due", due),
        ]
    };
    let to = format!("{path}/fields");
    browser
        .post(&to, &fields("2", "2026-12-24T18:30"))
        .await
        .leads_to();
    let alert = client.get(&format!("/v1{path}")).await.expect(200);
    assert_eq!(alert["due_date"], "2026-12-24T17:30:00Z");
    let stale = browser.post(&to, &fields("2", "2027-01-01T00:00")).await;
    let text = stale.expect(412);
    let alarm = text.split("class=\"alarm\"").nth(1).expect("an alarm");
    let alarm = alarm.split("class=\"columns\"").next().expect("its text");
    for part in ["an.peeters", "Severity", "2026-12-24 18:30 CET", "Labels"] {
        assert!(alarm.contains(part), "{part}: {alarm}");
    }
    assert!(!alarm.contains("raised the alert"), "{alarm}");
    assert_eq!(stale.field("due"), "2027-01-01T00:00");
    browser.post(&to, &fields("3", "soon")).await.expect(422);
    browser.post(&to, &fields("3", "")).await.leads_to();
    let alert = client.get(&format!("/v1{path}")).await.expect(200);
    assert_eq!(alert["due_date"], serde_json::Value::Null);
    host.stop().await;
}

#[tokio::test]
async fn history_is_in_words() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "high").await;
    let path = format!("/alerts/{id}");
    let an = super::alerts::id_of(&athora, "an.peeters").await;
    browser
        .post(
            &format!("{path}/assign"),
            &[("version", "1"), ("user", &*an)],
        )
        .await
        .leads_to();
    let version = version(&athora, &id).await;
    let to = [("version", &*version), ("to", "in_progress")];
    browser.post(&format!("{path}/move"), &to).await.leads_to();
    let page = browser.get(&path).await;
    let history = page
        .expect(200)
        .split("id=\"history\"")
        .nth(1)
        .expect("a history");
    for words in [
        "moved the alert",
        "State: Open → In progress",
        "Assignee: an.peeters",
        "raised the alert",
    ] {
        assert!(history.contains(words), "{words}: {history}");
    }
    assert!(
        !history.contains("alert.move") && !history.contains(&*an),
        "{history}"
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_judged_again_and_the_customer_is_drawn_by_day() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let earlier = with(
        payment("t0", "anna", 120.5),
        json!({ "date_time": "2026-02-20T10:00:00Z" }),
    );
    payments.post(earlier).await.expect(201);
    let posted = payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    let alert = posted["alerts"][0]["id"].as_str().expect("an id");
    let mut browser = person(&payments.host, tenant, "an.peeters", "AML Analyst").await;
    let page = browser.get(&format!("/alerts/{alert}")).await;
    assert!(
        page.expect(200)
            .contains(&format!("href=\"/alerts/{alert}/replay\""))
    );
    assert!(
        page.text
            .contains(&format!("href=\"/parts/alerts/{alert}/amounts\""))
    );
    let replayed = browser.get(&format!("/alerts/{alert}/replay")).await;
    assert!(
        replayed.expect(200).contains("The finding is the same."),
        "{}",
        replayed.text
    );
    let amounts = browser.get(&format!("/parts/alerts/{alert}/amounts")).await;
    let text = amounts.expect(200);
    assert_eq!(text.matches("<rect").count(), 90, "{text}");
    assert_eq!(text.matches("class=\"marked\"").count(), 1, "{text}");
    assert!(
        text.contains("2026-02-20: 120.50") && text.contains("2026-03-01: 20\u{202f}000"),
        "{text}"
    );
    let form = "<form class=\"row\" action=\"/parts/alerts/";
    assert!(
        text.contains(form) && text.contains(">sum of amount<"),
        "{text}"
    );
    let counts = browser
        .get(&format!("/parts/alerts/{alert}/amounts?view=open&field="))
        .await;
    let text = counts.expect(200);
    assert!(
        text.contains("2026-02-20: 1") && text.contains("2026-03-01: 1"),
        "{text}"
    );
    // The queue goes along.
    assert!(
        text.contains("<input type=\"hidden\" name=\"view\" value=\"open\">"),
        "{text}"
    );
    assert_eq!(text.matches("class=\"marked\"").count(), 1, "{text}");
    let reader = json!({ "permissions": ["incident_case:read"] });
    tenant
        .administrator
        .put("/v1/scopes/reader", reader)
        .await
        .expect(201);
    let mut reader = person(&payments.host, tenant, "reader", "reader").await;
    let denied = reader.get(&format!("/parts/alerts/{alert}/amounts")).await;
    assert!(
        denied
            .expect(200)
            .contains("Needs the permission transaction:read"),
        "{}",
        denied.text
    );
    reader
        .get(&format!("/alerts/{alert}/replay"))
        .await
        .expect(403);
    payments.host.stop().await;
}

#[tokio::test]
async fn masked_amounts_name_the_permission() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut amount = field("amount", "float");
    amount["sensitive"] = json!("mask");
    let key = athora.team("aml", &[amount]).await;
    let transaction = json!({
        "txn_id": "t1", "customer_id": "C-1", "date_time": "2026-03-01T10:00:00Z", "amount": 5.0,
    });
    key.post("/v1/transactions", transaction).await.expect(201);
    let new = json!({
        "team": "aml", "title": "Odd", "incident_type": "other", "dprofile_id": "C-1", "txn_ids": ["t1"],
    });
    let made = athora
        .administrator
        .post("/v1/alerts", new)
        .await
        .expect(201);
    let path = format!(
        "/parts/alerts/{}/amounts",
        made["id"].as_str().expect("an id")
    );
    let mut analyst = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let masked = analyst.get(&path).await;
    assert!(
        masked
            .expect(200)
            .contains("Needs the permission transaction:sensitive"),
        "{}",
        masked.text
    );
    assert!(!masked.text.contains("<rect"));
    let customer = analyst.get("/customers/C-1?field=amount").await;
    assert!(
        customer
            .expect(200)
            .contains("Needs the permission transaction:sensitive"),
        "{}",
        customer.text
    );
    assert!(!customer.text.contains("<rect"));
    let mut supervisor = person(&host, &athora, "bo", "AML Supervisor").await;
    let seen = supervisor.get(&path).await;
    assert!(seen.expect(200).contains("2026-03-01: 5"), "{}", seen.text);
    host.stop().await;
}

#[tokio::test]
async fn nothing_of_another_tenant_is_found() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, _) = analyst(&host).await;
    let id = alert(&athora, "Odd", "high").await;
    let other = host.tenant("other").await;
    other.team("aml", &[field("amount", "float")]).await;
    let user = json!({ "login": "eve", "password": super::PASSWORD, "scopes": ["Administrator"] });
    other
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut eve = tests::Browser::new(host.url());
    let form = [
        ("organisation", "other"),
        ("login", "eve"),
        ("password", super::PASSWORD),
    ];
    assert_eq!(eve.post("/sign-in", &form).await.status, 303);
    for page in ["", "/merge", "/replay"] {
        let path = format!("/alerts/{id}{page}");
        let with = if page == "/merge" {
            "?ids=01890000-0000-7000-8000-000000000000"
        } else {
            ""
        };
        eve.get(&format!("{path}{with}")).await.expect(404);
    }
    eve.get(&format!("/parts/alerts/{id}/amounts"))
        .await
        .expect(404);
    let part = "01890000-0000-7000-8000-000000000000";
    for (form, fields) in [
        ("tasks".to_owned(), vec![("title", "x")]),
        ("comment".to_owned(), vec![("text", "x")]),
        ("info".to_owned(), vec![("version", "1")]),
        (
            format!("tasks/{part}"),
            vec![("version", "1"), ("title", "x")],
        ),
        (
            format!("tasks/{part}/done"),
            vec![("version", "1"), ("done", "true")],
        ),
        (format!("documents/{part}/delete"), vec![("version", "1")]),
        ("unmerge".to_owned(), vec![("version", "1")]),
    ] {
        eve.post(&format!("/alerts/{id}/{form}"), &fields)
            .await
            .expect(404);
    }
    eve.upload(&format!("/alerts/{id}/documents"), &[], ("a.txt", b"a"))
        .await
        .expect(404);
    host.stop().await;
}
