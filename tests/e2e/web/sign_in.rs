//! Who comes in, and for how long.

use std::time::Duration;

use serde_json::json;
use tests::{Browser, TestHost};

use super::{PASSWORD, person};

#[tokio::test]
async fn one_signs_in_goes_on_to_what_one_wanted_and_signs_out() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let _ = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let mut browser = Browser::new(host.url());
    let first = browser.get("/settings/teams").await;
    assert_eq!(first.leads_to(), "/sign-in?next=%2Fsettings%2Fteams");
    let form = browser.get("/sign-in?next=%2Fsettings%2Fteams").await;
    assert!(!form.expect(200).contains("organisation"), "there is one");
    let typed = [
        ("login", " AN.Peeters "),
        ("password", PASSWORD),
        ("next", "/settings/teams"),
    ];
    let answer = browser.post("/sign-in", &typed).await;
    assert_eq!(answer.leads_to(), "/settings/teams");
    let set = answer.headers["set-cookie"].to_str().expect("ASCII");
    assert!(set.contains("HttpOnly; SameSite=Lax; Path=/"), "{set}");
    browser.get("/settings/teams").await.expect(200);
    assert_eq!(browser.get("/sign-in").await.leads_to(), "/");
    assert_eq!(browser.get("/").await.leads_to(), "/alerts");

    let cookie = browser.cookie().expect("a cookie").to_owned();
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.leads_to(), "/sign-in");
    assert_eq!(browser.cookie(), None);
    // The credential is refused, not only forgotten by this browser.
    let request = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let request = request
        .build()
        .expect("a client")
        .get(format!("{}/alerts", host.url()));
    let answer = request.header("cookie", cookie).send().await;
    assert_eq!(answer.expect("an answer").status(), 303);

    let audit = athora.administrator.all("/v1/audit").await;
    for action in ["user.sign_in", "user.sign_out"] {
        assert!(
            audit.iter().any(|entry| entry["action"] == action),
            "{action}"
        );
    }
    host.stop().await;
}

#[tokio::test]
async fn every_failure_says_the_same_and_the_fifth_makes_one_wait() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let _ = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let disabled = json!({ "login": "gone", "password": PASSWORD, "scopes": ["Watcher"] });
    let made = athora
        .administrator
        .post("/v1/users", disabled)
        .await
        .expect(201);
    let path = format!("/v1/users/{}", made["id"].as_str().expect("an id"));
    athora
        .administrator
        .patch(&path, json!({ "disabled": true }))
        .await
        .expect(200);
    let mut browser = Browser::new(host.url());
    let alarm = |text: &str| {
        let (_, alarm) = text.split_once("role=\"alert\"").expect("an alarm");
        alarm.split("</div>").next().expect("its end").to_owned()
    };
    let mut said = Vec::new();
    for (login, password) in [
        ("an.peeters", "wrong"),
        ("nobody", PASSWORD),
        // A service has no password.
        ("first", PASSWORD),
        ("gone", PASSWORD),
        ("an.peeters", ""),
    ] {
        let typed = [("login", login), ("password", password)];
        let page = browser.post("/sign-in", &typed).await;
        said.push(alarm(page.expect(422)));
        assert_eq!(page.field("login"), login);
        assert!(!page.text.contains(PASSWORD));
    }
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");

    for _ in 0..3 {
        let typed = [("login", "an.peeters"), ("password", "wrong")];
        browser.post("/sign-in", &typed).await.expect(422);
    }
    let right = [("login", "an.peeters"), ("password", PASSWORD)];
    browser.post("/sign-in", &right).await.expect(429);
    host.clock().advance(Duration::from_secs(31));
    browser.post("/sign-in", &right).await.leads_to();
    host.stop().await;
}

#[tokio::test]
async fn a_login_that_waits_is_the_same_however_it_is_written_and_a_long_one_is_nobodys() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let _ = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let mut browser = Browser::new(host.url());
    let wrong = [("login", "an.peeters"), ("password", "wrong")];
    for _ in 0..5 {
        browser.post("/sign-in", &wrong).await.expect(422);
    }
    for login in ["AN.PEETERS ", "an\u{200b}.peeters"] {
        let right = [("login", login), ("password", PASSWORD)];
        let page = browser.post("/sign-in", &right).await;
        page.expect(429);
        assert!(page.headers.contains_key("retry-after"));
    }
    let padded = format!("a{}n.peeters", "\u{200b}".repeat(199));
    let endless = "\u{fdfa}".repeat(1_000);
    for login in [&padded, &endless] {
        let right = [("login", login.as_str()), ("password", PASSWORD)];
        browser.post("/sign-in", &right).await.expect(422);
    }
    let flood = "x".repeat(100_000);
    let flood = [("login", "an.peeters"), ("password", flood.as_str())];
    browser.post("/sign-in", &flood).await.expect(413);
    host.stop().await;
}

#[tokio::test]
async fn a_new_sign_in_ends_the_one_before_in_the_same_browser() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let former = browser.cookie().expect("a cookie").to_owned();
    browser.sign_in("an.peeters", PASSWORD).await;
    browser.get("/alerts").await.expect(200);
    let mut other = Browser::new(host.url());
    let request = other.form("/sign-out", &[]).header("cookie", former);
    let request = request.header("sec-fetch-site", "same-origin");
    other.send(request).await.leads_to();
    // What was signed out there was signed out before.
    browser.get("/alerts").await.expect(200);
    host.stop().await;
}

#[tokio::test]
async fn everybody_is_led_to_what_they_may_open() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut analyst = person(&host, &athora, "an.peeters", "AML Analyst").await;
    assert_eq!(analyst.get("/").await.leads_to(), "/alerts");
    let mut integrator = person(&host, &athora, "iris", "Integrator").await;
    assert_eq!(integrator.get("/").await.leads_to(), "/transactions");
    for (login, scope, permissions, expect) in [
        ("cleo", "Clerk", json!(["audit:read"]), "/audit"),
        ("nina", "Nothing yet", json!([]), "/settings"),
    ] {
        let path = format!("/v1/scopes/{scope}");
        let scope_of = json!({ "permissions": permissions });
        let made = athora.administrator.put(&path, scope_of).await;
        made.expect(201);
        let mut somebody = person(&host, &athora, login, scope).await;
        let first = somebody.get("/").await.leads_to().to_owned();
        assert_eq!(first, expect);
        let page = somebody.get(&first).await;
        match first.as_str() {
            "/settings" => assert_eq!(page.leads_to(), "/settings/preferences"),
            _ => assert!(page.expect(200).contains("<h1>")),
        }
    }
    host.stop().await;
}

#[tokio::test]
async fn a_sign_in_ends_by_a_pause_by_its_age_and_with_the_user() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let minutes = |count: u64| host.clock().advance(Duration::from_secs(60 * count));
    minutes(29);
    browser.get("/alerts").await.expect(200);
    minutes(31);
    browser.get("/alerts").await.leads_to();

    browser.sign_in("an.peeters", PASSWORD).await;
    for _ in 0..35 {
        minutes(20);
        browser.get("/alerts").await.expect(200);
    }
    minutes(21);
    browser.get("/alerts").await.leads_to();

    browser.sign_in("an.peeters", PASSWORD).await;
    let users = athora.administrator.all("/v1/users").await;
    let user = users.iter().find(|user| user["login"] == "an.peeters");
    let id = user.expect("the user")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let disabled = json!({ "disabled": true });
    athora
        .administrator
        .patch(&format!("/v1/users/{id}"), disabled)
        .await
        .expect(200);
    browser.get("/alerts").await.leads_to();
    host.stop().await;
}

#[tokio::test]
async fn of_several_organisations_one_is_named() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, other) = (host.tenant("athora").await, host.tenant("other").await);
    for tenant in [&athora, &other] {
        let user = json!({ "login": "an.peeters", "password": PASSWORD, "scopes": ["Watcher"] });
        tenant
            .administrator
            .post("/v1/users", user)
            .await
            .expect(201);
    }
    let mut browser = Browser::new(host.url());
    let form = browser.get("/sign-in").await;
    assert!(form.expect(200).contains("name=\"organisation\""));
    let unnamed = [("login", "an.peeters"), ("password", PASSWORD)];
    browser.post("/sign-in", &unnamed).await.expect(422);
    let named = [("organisation", "other"), unnamed[0], unnamed[1]];
    assert_eq!(browser.post("/sign-in", &named).await.leads_to(), "/");
    let page = browser.get("/alerts").await;
    assert!(
        page.expect(200)
            .contains("<span class=\"tenant\">other</span>")
    );
    host.stop().await;
}
