//! Searching alerts: every filter, every order, pages, and counts.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::text;
use crate::payments::{Payments, payment};

/// Makes an alert by hand; answers its id.
pub(super) async fn make(client: &Client, more: Value) -> String {
    let alert = json!({
        "team": "payments", "title": "Odd", "incident_type": "other", "dprofile_id": "anna",
    });
    let alert = crate::payments::with(alert, more);
    let made = client.post("/v1/alerts", alert).await.expect(201);
    text(&made["id"]).to_owned()
}

/// The titles of the alerts that a query finds, in its order, page by page.
async fn titles(client: &Client, query: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("/v1/alerts?limit=2&{query}{cursor}");
        let page = client.get(&page).await.expect(200);
        let items = page["items"].as_array().expect("items");
        titles.extend(items.iter().map(|alert| text(&alert["title"]).to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return titles,
        }
    }
}

struct World {
    payments: Payments,
    user: String,
}

/// Five alerts, an hour apart.
async fn world() -> World {
    let payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let administrator = &payments.tenant.administrator;
    let user = json!({ "login": "ana", "scopes": ["AML Analyst"] });
    let user = administrator.post("/v1/users", user).await.expect(201);
    let user = text(&user["id"]).to_owned();
    let hour = || payments.host.clock().advance(Duration::from_secs(3_600));
    let due = |hours: u64| {
        let due = payments.host.clock().now().plus_seconds(hours * 3_600);
        due.to_string()
    };
    payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    hour();
    make(
        administrator,
        json!({ "title": "Cash at night", "severity": "high", "labels": ["cash", "night"], "due_date": due(10) }),
    )
    .await;
    hour();
    make(
        administrator,
        json!({ "title": "Cash by day", "severity": "low", "priority": "high", "labels": ["cash"], "dprofile_id": "bert" }),
    )
    .await;
    hour();
    let third = json!({ "title": "Passport expired", "incident_type": "doc_due", "user_id": user, "due_date": due(1) });
    make(administrator, third).await;
    hour();
    make(
        administrator,
        json!({ "title": "Verjährt: alte Prüfung", "dprofile_id": "chris", "due_date": due(1), "txn_ids": ["t1"] }),
    )
    .await;
    World { payments, user }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_finds_what_it_says() {
    let World { mut payments, user } = world().await;
    let rule = "10,000";
    for restarted in [false, true] {
        let administrator = payments.tenant.administrator.clone();
        let everything = administrator.all("/v1/alerts").await;
        let of_rule = everything
            .iter()
            .find(|alert| alert["rule"] == "large-amount")
            .expect("the rule's alert");
        let (of_rule, rule_id) = (text(&of_rule["title"]), text(&of_rule["id"]));
        let (night, day, passport, old) = (
            "Cash at night",
            "Cash by day",
            "Passport expired",
            "Verjährt: alte Prüfung",
        );
        let all = [old, passport, day, night, of_rule];
        let check = async |query: &str, expect: &[&str]| {
            let found = titles(&administrator, query).await;
            assert_eq!(found, expect, "{query} (restarted: {restarted}, {rule})");
        };
        check("", &all).await;
        check("sort=-created_at", &all).await;
        check("sort=created_at", &[of_rule, night, day, passport, old]).await;
        check("state=open", &all).await;
        check("state=closed", &[]).await;
        check("state=closed&state=open", &all).await;
        check("severity=high&incident_type=other", &[night]).await;
        check("priority=high&incident_type=other", &[day]).await;
        check(
            "incident_type=doc_due&incident_type=trx_aml_alert",
            &[passport, of_rule],
        )
        .await;
        check("team=payments", &all).await;
        check("rule=large-amount", &[of_rule]).await;
        check("dprofile_id=bert&dprofile_id=chris", &[old, day]).await;
        check(&format!("user_id={user}"), &[passport]).await;
        check("user_id=none", &[old, day, night, of_rule]).await;
        check(&format!("user_id=none&user_id={user}"), &all).await;
        check("label=night", &[night]).await;
        check("label=night&label=cash", &[day, night]).await;
        check("txn_id=t1", &[old, of_rule]).await;
        check("txn_id=t9", &[]).await;
        check("q=cash", &[day, night]).await;
        check("q=cas%20NIGHT", &[night]).await;
        check("q=pr%C3%BCf", &[old]).await;
        check("q=bert", &[day]).await;
        check("q=t1", &[old, of_rule]).await;
        check(&format!("q={rule_id}"), &[of_rule]).await;
        check("q=nobody", &[]).await;
        check("label=cash&severity=low&dprofile_id=bert&q=day", &[day]).await;

        let at = |index: usize| text(&everything[index]["created_at"]).replace('+', "%2B");
        check(&format!("created_from={}", at(1)), &[old, passport]).await;
        check(&format!("created_to={}", at(3)), &[of_rule]).await;
        check(
            &format!("created_from={}&created_to={}", at(3), at(1)),
            &[day, night],
        )
        .await;
        if !restarted {
            check("overdue=true", &[passport]).await;
            check("overdue=false", &[old, day, night, of_rule]).await;
            check(
                &format!("due_before={}", text(&everything[0]["due_date"])),
                &[passport],
            )
            .await;
        }
        check("sort=due_date", &[passport, old, night, of_rule, day]).await;
        check("sort=-due_date", &[night, old, passport, day, of_rule]).await;
        check("sort=-severity&incident_type=other", &[night, old, day]).await;
        check("sort=severity&incident_type=other", &[day, old, night]).await;
        check("sort=-priority&incident_type=other", &[day, old, night]).await;
        payments.host.restart().await;
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_those_of_the_list() {
    let World { payments, .. } = world().await;
    let administrator = &payments.tenant.administrator;
    let counts = administrator.get("/v1/alerts/summary").await.expect(200);
    assert_eq!(
        counts,
        json!({
            "count": 5, "groups": [{ "state": "open", "count": 5 }], "time_to_close": null,
        })
    );
    let path = "/v1/alerts/summary?by=incident_type&by=severity&label=cash";
    let counts = administrator.get(path).await.expect(200);
    let groups = json!([
        { "incident_type": "other", "severity": "high", "count": 1 },
        { "incident_type": "other", "severity": "low", "count": 1 },
    ]);
    let expect = json!({ "count": 2, "groups": groups, "time_to_close": null });
    assert_eq!(counts, expect);
    let path = "/v1/alerts/summary?by=rule";
    let counts = administrator.get(path).await.expect(200);
    let groups = json!([{ "rule": null, "count": 4 }, { "rule": "large-amount", "count": 1 }]);
    assert_eq!(counts["groups"], groups);
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    watcher.get(path).await.expect(200);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_searched_as_they_are() {
    let mut payments = Payments::on(TestHost::builder()).await;
    let administrator = payments.tenant.administrator.clone();
    let id = make(&administrator, json!({})).await;
    make(&administrator, json!({ "title": "Other" })).await;
    let comments = format!("/v1/alerts/{id}/comments");
    let html = json!({ "text": "<p>Asked <b>Konstan</b>tin &amp; Sons</p>" });
    let made = administrator.post(&comments, html).await.expect(201);
    let comment = format!("{comments}/{}", text(&made["id"]));
    assert_eq!(titles(&administrator, "q=konstantin").await, ["Odd"]);
    assert!(titles(&administrator, "q=amp").await.is_empty());
    payments.host.restart().await;
    assert_eq!(titles(&administrator, "q=konstantin%20sons").await, ["Odd"]);
    administrator.delete(&comment).await.expect(204);
    assert!(titles(&administrator, "q=konstantin").await.is_empty());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_refused() {
    let payments = Payments::start().await;
    let administrator = &payments.tenant.administrator;
    for number in 0..3 {
        make(administrator, json!({ "title": format!("Alert {number}") })).await;
    }
    let first = administrator.get("/v1/alerts?limit=1").await.expect(200);
    let cursor = text(&first["next_cursor"]).to_owned();
    let mut tampered = cursor.clone().into_bytes();
    tampered[3] ^= 1;
    let tampered = String::from_utf8_lossy(&tampered).into_owned();
    for query in [
        "sort=name",
        "sort=-created_at&sort=severity",
        "severity=worst",
        "overdue=perhaps",
        "created_from=yesterday",
        "unknown=1",
        "limit=0",
        "cursor=AAAA",
        &format!("limit=1&cursor={tampered}"),
        // A cursor leads on in the list that it is of.
        &format!("limit=1&state=open&cursor={cursor}"),
        &format!("limit=1&sort=severity&cursor={cursor}"),
        &format!("q={}", "x".repeat(501)),
    ] {
        let answer = administrator.get(&format!("/v1/alerts?{query}")).await;
        answer.problem(400);
    }
    administrator
        .get("/v1/alerts/summary?by=title")
        .await
        .problem(400);
    administrator
        .get(&format!("/v1/alerts?limit=1&cursor={cursor}"))
        .await
        .expect(200);
    payments.host.stop().await;
}

/// What is pasted from a title finds it, however its letters are composed.
#[tokio::test(flavor = "multi_thread")]
async fn a_title_is_found_as_it_is_pasted() {
    let payments = Payments::start().await;
    let administrator = &payments.tenant.administrator;
    let all = [
        "Cash – twice → Zürich 🔥",
        "Cafe\u{301} Ｎｏｒｄ, “closed”",
        "STRASSE 9",
        "Plain",
    ];
    for title in all {
        make(administrator, json!({ "title": title })).await;
    }
    let check = async |query: &str, expect: &[&str]| {
        let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = titles(administrator, &format!("q={query}")).await;
        assert_eq!(found, expect, "{query}");
    };
    for title in all {
        check(title, &[title]).await;
    }
    check("🔥", &all[..1]).await;
    check("→", &all[..1]).await;
    check("zu\u{308}rich", &all[..1]).await;
    check("zurich", &[]).await;
    check("café nord", &all[1..2]).await;
    check("straße", &all[2..3]).await;
    check("- plain -", &all[3..]).await;
    check("–", &[]).await;
    payments.host.stop().await;
}

/// A misspelt state would find nothing, and a change of many would change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_named() {
    let payments = Payments::start().await.with_large_amount().await;
    payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    payments.tenant.publish("standard-csv").await;
    let administrator = &payments.tenant.administrator;
    for (query, says) in [
        (
            "state=opne",
            "query parameter state: there is no state 'opne'; did you mean 'open'?",
        ),
        ("team=Payments", "did you mean 'payments'?"),
        ("rule=large_amount", "did you mean 'large-amount'?"),
        (
            "incident_type=othr",
            "there is no alert type 'othr'; did you mean 'other'?",
        ),
        ("state=open&state=zzz", "there is no state 'zzz'"),
    ] {
        for path in ["/v1/alerts", "/v1/alerts/summary", "/v1/alerts/export"] {
            let refused = administrator
                .get(&format!("{path}?{query}"))
                .await
                .problem(400);
            assert!(refused.contains(says), "{path}: {refused}");
        }
    }
    let bulk = json!({ "filter": { "state": ["opne"] }, "change": { "priority": "low" } });
    let refused = administrator
        .post("/v1/alerts/bulk", bulk)
        .await
        .problem(400);
    assert!(
        refused.contains("filter.state: there is no state 'opne'"),
        "{refused}"
    );
    let refused = administrator
        .get("/v1/alerts/export?formatter=standard_csv")
        .await
        .problem(400);
    assert!(
        refused.contains("did you mean 'standard-csv'?"),
        "{refused}"
    );
    // A rule that was deleted has alerts all the same; labels and customers are open.
    administrator
        .delete("/v1/teams/payments/rules/large-amount")
        .await
        .expect(204);
    for query in ["rule=large-amount", "rule=large-amount&state=open"] {
        assert_eq!(titles(administrator, query).await.len(), 1, "{query}");
    }
    for query in ["label=nowhere", "dprofile_id=nobody", "txn_id=none"] {
        assert!(titles(administrator, query).await.is_empty(), "{query}");
    }
    payments.host.stop().await;
}
