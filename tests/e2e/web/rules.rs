//! Rules, as people install, compare, promote and switch them.

use serde_json::{Value, json};
use tests::{Browser, TestPlugin};

use super::person;
use crate::payments::{Payments, payment};
use crate::trying::until;

const RULE: &str = "/rules/payments/large-amount";

async fn author(payments: &Payments) -> Browser {
    person(&payments.host, &payments.tenant, "rita", "Administrator").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_installed_with_what_its_plugin_asks_for() {
    let payments = Payments::start().await;
    let plugin = payments.tenant.publish("large-amount").await;
    let mut browser = author(&payments).await;
    let empty = browser.get("/rules").await;
    assert!(empty.expect(200).contains("No rule is installed."));
    let new = "/new-rule/payments";
    let choose = browser.get(new).await;
    let of_plugin = format!("{new}?plugin={}/{}", plugin.name, plugin.version);
    assert!(choose.expect(200).contains(&of_plugin), "{}", choose.text);
    let form = browser.get(&of_plugin).await;
    assert!(form.expect(200).contains("other_limit"), "{}", form.text);
    assert_eq!(form.field("name"), "large-amount");

    let key = format!("{}/{}", plugin.name, plugin.version);
    let typed = |config: &'static str| {
        vec![
            ("plugin".to_owned(), key.clone()),
            ("name".to_owned(), "limit".to_owned()),
            ("mode".to_owned(), "live".to_owned()),
            ("config".to_owned(), config.to_owned()),
            ("severity".to_owned(), "low".to_owned()),
        ]
    };
    async fn send(browser: &mut Browser, path: &str, form: Vec<(String, String)>) -> tests::Page {
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        browser.post(path, &form).await
    }
    let no_json = send(&mut browser, new, typed("{\"other_limit\": <script>}")).await;
    assert!(
        no_json.expect(422).contains("is not JSON"),
        "{}",
        no_json.text
    );
    assert!(!no_json.text.contains("<script>}"), "it is escaped");
    let misfit = send(&mut browser, new, typed("{\"other_limit\": \"much\"}")).await;
    assert!(
        misfit
            .expect(422)
            .contains("<code>config/other_limit</code>"),
        "{}",
        misfit.text
    );
    assert_eq!(misfit.field("config"), "{\"other_limit\": \"much\"}");
    let made = send(&mut browser, new, typed("{\"other_limit\": 100}")).await;
    assert_eq!(made.leads_to(), "/rules/payments/limit");
    let again = send(&mut browser, new, typed("{\"other_limit\": 100}")).await;
    again.expect(409);

    // A rule may be called anything.
    let mut called_new = typed("{\"other_limit\": 100}");
    called_new[1].1 = "new".to_owned();
    let made = send(&mut browser, new, called_new).await;
    assert_eq!(made.leads_to(), "/rules/payments/new");
    let page = browser.get("/rules/payments/new").await;
    assert!(page.expect(200).contains("in force"), "{}", page.text);

    let page = browser.get("/rules/payments/limit").await;
    for shown in ["in force", "other_limit", "amount", "Switch off"] {
        assert!(page.expect(200).contains(shown), "{shown}: {}", page.text);
    }
    let list = browser.get("/rules?team=payments").await;
    assert!(list.expect(200).contains("/rules/payments/limit"));
    for nowhere in [
        "/rules/payments/nothing",
        "/rules/nowhere/limit",
        "/rules/payments/UPPER",
        "/rules?team=nowhere",
        "/new-rule/nowhere",
    ] {
        browser.get(nowhere).await.expect(404);
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_switched_off_and_on_changed_rolled_back_and_removed() {
    let payments = Payments::start().await.with_large_amount().await;
    let mut browser = author(&payments).await;
    let page = browser.get(RULE).await;
    page.expect(200);
    let first = page.field_named("version");
    assert!(page.text.contains("There is no earlier install."));
    let off = [("version", &*first), ("mode", "off")];
    let switched = browser.post(&format!("{RULE}/mode"), &off).await;
    assert_eq!(switched.leads_to(), RULE);
    let stale = browser.post(&format!("{RULE}/mode"), &off).await;
    assert!(stale.expect(412).contains("Somebody changed the rule"));

    let page = browser.get(RULE).await;
    page.expect(200);
    let second = page.field_named("version");
    assert!(page.text.contains("Run in shadow") && page.text.contains("Run live"));
    let back = [("version", &*second), ("to", "1")];
    let rolled = browser.post(&format!("{RULE}/roll-back"), &back).await;
    assert_eq!(rolled.leads_to(), RULE);
    let client = &payments.tenant.administrator;
    let api = "/v1/teams/payments/rules/large-amount";
    let rule = client.get(api).await.expect(200);
    assert_eq!(
        (&rule["install"], &rule["mode"]),
        (&json!(3), &json!("live"))
    );
    let nowhere = [("version", "3"), ("to", "77")];
    browser
        .post(&format!("{RULE}/roll-back"), &nowhere)
        .await
        .expect(409);

    let change = format!("{RULE}/change");
    let form = browser.get(&change).await;
    assert!(form.field("config").contains("10000"), "{}", form.text);
    let plugin = format!(
        "large-amount/{}",
        rule["version"].as_str().expect("a version")
    );
    let typed = [
        ("version", "3"),
        ("plugin", &*plugin),
        ("mode", "shadow"),
        ("config", "{\"other_limit\": 5}"),
        ("on_failure", "skip"),
    ];
    assert_eq!(browser.post(&change, &typed).await.leads_to(), RULE);
    let rule = client.get(api).await.expect(200);
    assert_eq!(rule["on_failure"], "skip");
    assert_eq!(rule["config"]["other_limit"], 5);
    browser.post(&change, &typed).await.expect(412);

    browser
        .post(&format!("{RULE}/remove"), &[("version", "nonsense")])
        .await
        .expect(422);
    let removed = browser
        .post(&format!("{RULE}/remove"), &[("version", "4")])
        .await;
    assert_eq!(removed.leads_to(), "/rules");
    browser.get(RULE).await.expect(404);
    for form in ["mode", "roll-back", "remove", "promote", "re-evaluate"] {
        let back = browser.get(&format!("{RULE}/{form}")).await;
        assert!(back.leads_to().starts_with(RULE), "{form}");
    }
    payments.host.stop().await;
}

/// A live rule `limit` from 100 on, and `tried` in shadow from 200 on, after payments of 150 and 250.
async fn with_shadow(payments: &Payments) -> TestPlugin {
    let tenant = &payments.tenant;
    let plugin = tenant.publish("large-amount").await;
    let live = json!({ "other_limit": 100 });
    tenant.install("payments", "limit", &plugin, live).await;
    let shadow = json!({ "mode": "shadow", "config": { "other_limit": 200 } });
    let put = tenant.put_rule("payments", "tried", &plugin, shadow).await;
    assert!(put.is_success(), "{}", put.text());
    for (id, amount) in [("only-one", 150.0), ("both", 250.0)] {
        payments.post(payment(id, "anna", amount)).await.expect(201);
    }
    plugin
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_is_compared_and_promoted_once_it_meets_the_gate() {
    let payments = Payments::start().await;
    with_shadow(&payments).await;
    let client = &payments.tenant.administrator;
    let gate = json!({ "transactions": 3, "max_fewer": 0 });
    client.put("/v1/promotion-gate", gate).await.expect(200);
    let mut browser = author(&payments).await;
    let path = "/rules/payments/tried/comparison";
    let page = browser.get(path).await;
    for shown in [
        "Only limit/1",
        "2 transactions that both evaluated",
        "only-one",
        "≠ differs",
        "Transactions evaluated by both: not met",
        "both judged 2 of 3 transactions",
        "Missing alerts: not met",
        "Failures: met",
        "Promote in place of limit",
    ] {
        assert!(page.expect(200).contains(shown), "{shown}: {}", page.text);
    }
    let api = "/v1/teams/payments/rules/tried/gate?replace=limit";
    let checked = client.get(api).await.expect(200);
    assert_eq!(checked["is_met"], false);
    assert_eq!(
        checked["conditions"].as_array().expect("conditions").len(),
        4
    );

    let form = "/rules/payments/tried/promote";
    let version = page.field_named("version");
    let typed = [("version", &*version), ("replace", "limit")];
    let refused = browser.post(form, &typed).await;
    assert!(
        refused
            .expect(409)
            .contains("has not shown what the promotion gate asks")
    );
    let why = [&typed[..], &[("reason", "Agreed & signed")]].concat();
    assert_eq!(
        browser.post(form, &why).await.leads_to(),
        "/rules/payments/limit"
    );
    let live = client
        .get("/v1/teams/payments/rules/limit")
        .await
        .expect(200);
    assert_eq!(live["config"]["other_limit"], 200);
    browser.get(path).await.expect(404);

    let alone = browser.get("/rules/payments/limit/comparison?with=").await;
    assert!(
        alone
            .expect(200)
            .contains("Only a rule in shadow can be promoted.")
    );
    let unknown = browser
        .get("/rules/payments/limit/comparison?with=nobody%3Cscript%3E")
        .await;
    assert!(!unknown.expect(200).contains("<script>"));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_evaluated_again_and_that_can_be_cancelled() {
    let builder = tests::TestHost::builder().config(|config| config.plugins.row_fuel = 500_000);
    let payments = Payments::on(builder).await;
    let plugin = payments.tenant.publish("hostile-rule").await;
    let install = async |behaviour: &str| {
        let config = json!({ "prepare": "", "evaluate": behaviour });
        payments
            .tenant
            .install("payments", "hostile", &plugin, config)
            .await;
    };
    install("traps").await;
    let lines: String = (0..2_000)
        .map(|number| format!("{}\n", payment(&format!("t{number}"), "anna", 13.0)))
        .collect();
    let batch = "/v1/transactions/batch";
    let posted = payments.key.post_as(batch, "application/x-ndjson", lines);
    assert!(posted.await.is_success());

    let mut browser = author(&payments).await;
    let path = "/rules/payments/hostile/failures";
    let page = browser.get(path).await;
    assert!(
        page.expect(200).contains("Start re-evaluation"),
        "{}",
        page.text
    );
    assert!(page.text.contains("trapped") && page.text.contains("rel=\"next\""));
    let overview = browser.get("/rules/payments/hostile").await;
    assert!(overview.expect(200).contains("could not evaluate the last"));

    // One that spins takes its time.
    install("spins").await;
    let (start, cancel) = (
        "/rules/payments/hostile/re-evaluate",
        "/rules/payments/hostile/re-evaluate/cancel",
    );
    browser.post(cancel, &[]).await.expect(409);
    assert_eq!(browser.post(start, &[]).await.leads_to(), path);
    let running = browser.get(path).await;
    assert!(
        running.expect(200).contains("hx-trigger=\"every 2s\""),
        "{}",
        running.text
    );
    browser.post(start, &[]).await.expect(409);
    assert_eq!(browser.post(cancel, &[]).await.leads_to(), path);
    let api = "/v1/teams/payments/rules/hostile/catch-up";
    let client = &payments.tenant.administrator;
    let ended = client.get(api).await.expect(200);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert_eq!(ended["cancelled_by"], "rita");
    let page = browser.get(path).await;
    assert!(
        page.expect(200).contains("cancelled by rita"),
        "{}",
        page.text
    );

    install("").await;
    let is_free = |seen: &Value| seen["state"] != "running";
    until(client, api, is_free).await;
    // The job that was cancelled lets go of the rule a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while browser.post(start, &[]).await.status != 303 {
        assert!(
            std::time::Instant::now() < deadline,
            "it can be started again"
        );
    }
    let done = until(client, api, |seen| seen["state"] == "done").await;
    assert_eq!(done["waiting"], 0, "{done}");
    let all = browser.get(&format!("{path}?all=true")).await;
    assert!(all.expect(200).contains("clear"), "{}", all.text);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_rules_sees_why_and_is_refused() {
    let payments = Payments::start().await;
    with_shadow(&payments).await;
    let (host, athora) = (&payments.host, &payments.tenant);
    let scope = json!({ "permissions": ["rule:read"] });
    let made = athora.administrator.put("/v1/scopes/Reader", scope).await;
    made.expect(201);
    let mut reader = person(host, athora, "ruth", "Reader").await;
    for page in [
        "/rules",
        "/rules/payments/limit",
        "/rules/payments/tried/comparison",
        "/rules/payments/limit/failures",
    ] {
        let page = reader.get(page).await;
        // Behind it come dialogs that all pages have.
        let main = page.expect(200).split("</main>").next();
        assert!(
            main.is_some_and(|main| !main.contains("class=\"primary\"")),
            "{}",
            page.text
        );
        assert!(
            page.text.contains("disabled>") || page.text.contains("No transaction waits"),
            "{}",
            page.text
        );
    }
    for form in ["mode", "remove", "roll-back", "promote"] {
        let typed = [("version", "1"), ("mode", "off"), ("to", "1")];
        let answer = reader
            .post(&format!("/rules/payments/tried/{form}"), &typed)
            .await;
        answer.expect(403);
    }
    for form in [
        "/new-rule/payments",
        "/rules/payments/limit/change",
        "/rules/payments/limit/re-evaluate",
    ] {
        let answer = reader.post(form, &[("version", "1")]).await;
        answer.expect(403);
    }
    reader.get("/new-rule/payments").await.expect(403);
    let scope = json!({ "permissions": ["audit:read"] });
    let made = athora.administrator.put("/v1/scopes/Clerk", scope).await;
    made.expect(201);
    let mut clerk = person(host, athora, "cleo", "Clerk").await;
    for page in [
        "/rules",
        "/rules/payments/limit",
        "/backtests",
        "/plugins",
        "/watchlists",
    ] {
        clerk.get(page).await.expect(403);
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_another_tenant_are_not_there() {
    let payments = Payments::start().await;
    with_shadow(&payments).await;
    let other = payments.host.tenant("other").await;
    let user = json!({ "login": "rob", "password": super::PASSWORD, "scopes": ["Administrator"] });
    other
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut browser = Browser::new(payments.host.url());
    let form = [
        ("organisation", "other"),
        ("login", "rob"),
        ("password", super::PASSWORD),
    ];
    browser.post("/sign-in", &form).await.leads_to();
    for page in ["", "/comparison", "/failures", "/change"] {
        let page = browser.get(&format!("/rules/payments/limit{page}")).await;
        page.expect(404);
    }
    let remove = browser
        .post("/rules/payments/limit/remove", &[("version", "1")])
        .await;
    remove.expect(404);
    payments.host.stop().await;
}
