//! Nobody gets a scope but from whoever may give it.

use serde_json::{Value, json};
use tests::{Client, TestHost, TestTenant};

use super::{own_path, text};

/// A tenant with a scope `Approver` that permits nothing and that a condition may ask for, held by `approver`; and
/// with `manager`, who has `user:write` and is a Watcher.
struct Cast {
    host: TestHost,
    tenant: TestTenant,
    manager: Client,
    /// The path of the user `manager`.
    own: String,
    /// The path of the user `approver`.
    approver: String,
    /// The path of the user `accomplice`, who is a Watcher.
    accomplice: String,
}

impl Cast {
    async fn new() -> Self {
        let host = TestHost::builder().in_memory().start().await;
        let tenant = host.tenant("athora").await;
        let administrator = &tenant.administrator;
        for (scope, permissions) in [
            ("Approver", json!([])),
            ("Manager", json!(["user:read", "user:write"])),
            ("Auditor", json!(["audit:read"])),
        ] {
            let path = format!("/v1/scopes/{scope}");
            let scope = json!({ "permissions": permissions });
            administrator.put(&path, scope).await.expect(201);
        }
        let manager = tenant.user("manager", &["Manager", "Watcher"]).await;
        let approver = tenant.user("approver", &["Approver"]).await;
        let accomplice = tenant.user("accomplice", &["Watcher"]).await;
        Self {
            own: own_path(&manager).await,
            approver: own_path(&approver).await,
            accomplice: own_path(&accomplice).await,
            manager,
            tenant,
            host,
        }
    }
}

#[tokio::test]
async fn nobody_gets_a_scope_but_from_whoever_may_give_it() {
    let cast = Cast::new().await;
    let (own, approver, accomplice) = (&*cast.own, &*cast.approver, &*cast.accomplice);
    let scopes = |scopes: &[&str]| json!({ "scopes": scopes });
    let new = |login: &str, scopes: &[&str]| json!({ "login": login, "scopes": scopes });
    let permissions = |permissions: &[&str]| json!({ "permissions": permissions });
    let token = || json!({ "name": "x" });
    let tokens = |user: &str| format!("{user}/tokens");
    let not_held = "you do not hold the scope";
    let own_scopes = "nobody changes their own scopes";
    let others = "only an Administrator makes a token for somebody else";
    let beyond = "you may not do that yourself";

    // What the manager tries, and why it is refused.
    let refused: &[(&str, &str, &str, Value, &str)] = &[
        (
            "a scope without permissions, to themself",
            "PATCH",
            own,
            scopes(&["Manager", "Watcher", "Approver"]),
            own_scopes,
        ),
        (
            "Administrator, to themself",
            "PATCH",
            own,
            scopes(&["Manager", "Administrator"]),
            own_scopes,
        ),
        (
            "a scope that a condition may forbid, from themself",
            "PATCH",
            own,
            scopes(&["Manager"]),
            own_scopes,
        ),
        (
            "to an accomplice",
            "PATCH",
            accomplice,
            scopes(&["Approver"]),
            not_held,
        ),
        (
            "to a fresh user",
            "POST",
            "/v1/users",
            new("fresh", &["Approver"]),
            not_held,
        ),
        (
            "to a fresh user with a password",
            "POST",
            "/v1/users",
            json!({ "login": "fresh", "scopes": ["Approver"], "password": "a long password" }),
            not_held,
        ),
        (
            "Administrator, to a fresh user",
            "POST",
            "/v1/users",
            new("fresh", &["Administrator"]),
            not_held,
        ),
        (
            "a token of whoever holds it",
            "POST",
            &tokens(approver),
            token(),
            others,
        ),
        (
            "a token of an accomplice",
            "POST",
            &tokens(accomplice),
            token(),
            others,
        ),
        (
            "taken from others",
            "PATCH",
            approver,
            scopes(&["Watcher"]),
            not_held,
        ),
        (
            "its holder disabled",
            "PATCH",
            approver,
            json!({ "disabled": true }),
            not_held,
        ),
        (
            "the tokens of its holder revoked",
            "DELETE",
            &tokens(approver),
            Value::Null,
            not_held,
        ),
        (
            "a scope that others hold, redefined",
            "PUT",
            "/v1/scopes/Approver",
            permissions(&["rule:read"]),
            not_held,
        ),
        (
            "a scope that they hold, with more than they may",
            "PUT",
            "/v1/scopes/Manager",
            permissions(&["user:read", "user:write", "audit:read"]),
            beyond,
        ),
        (
            "a new scope with more than they may",
            "PUT",
            "/v1/scopes/Fresh",
            permissions(&["audit:read"]),
            beyond,
        ),
        (
            "a scope with more than they may, deleted",
            "DELETE",
            "/v1/scopes/Auditor",
            Value::Null,
            beyond,
        ),
        (
            "a default scope, redefined",
            "PUT",
            "/v1/scopes/Watcher",
            permissions(&["user:write"]),
            "every tenant has the scope",
        ),
    ];
    for (what, method, path, body, expect) in refused {
        let request = cast
            .manager
            .request(method.parse().expect("a method"), path);
        let request = match body {
            Value::Null => request,
            body => request.json(body),
        };
        let answer = cast.manager.send(request).await;
        let status = if *what == "a default scope, redefined" {
            409
        } else {
            403
        };
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert!(answer.text().contains(expect), "{what}: {}", answer.text());
    }

    // What the manager may: with what they hold.
    let manager = &cast.manager;
    let fresh = manager.post("/v1/users", new("fresh", &["Watcher"])).await;
    fresh.expect(201);
    let both = scopes(&["Watcher", "Manager"]);
    manager.patch(accomplice, both).await.expect(200);
    let helper = permissions(&["rule:read"]);
    manager.put("/v1/scopes/Helper", helper).await.expect(201);
    // Making a scope gives it to nobody, and whoever made it cannot give it away either.
    let helper = scopes(&["Watcher", "Helper"]);
    let refused = manager.patch(accomplice, helper).await.problem(403);
    assert!(refused.contains(not_held), "{refused}");
    manager.delete("/v1/scopes/Helper").await.expect(204);

    // A name that a condition asks for gets to nobody by being deleted and made again.
    let administrator = &cast.tenant.administrator;
    administrator
        .patch(approver, scopes(&["Watcher"]))
        .await
        .expect(200);
    manager.delete("/v1/scopes/Approver").await.expect(204);
    manager
        .put("/v1/scopes/Approver", permissions(&[]))
        .await
        .expect(201);
    let again = scopes(&["Manager", "Watcher", "Approver"]);
    let refused = manager.patch(own, again).await.problem(403);
    assert!(refused.contains(own_scopes), "{refused}");
    let again = scopes(&["Watcher", "Approver"]);
    let refused = manager.patch(approver, again.clone()).await.problem(403);
    assert!(refused.contains(not_held), "{refused}");
    administrator.patch(approver, again).await.expect(200);
    cast.host.stop().await;
}

#[tokio::test]
async fn an_administrator_gives_scopes_to_others_alone_and_is_audited() {
    let cast = Cast::new().await;
    let administrator = &cast.tenant.administrator;
    let own = own_path(administrator).await;
    let scopes = json!({ "scopes": ["Administrator", "Approver"] });
    let refused = administrator.patch(&own, scopes.clone()).await.problem(403);
    assert!(
        refused.contains("nobody changes their own scopes"),
        "{refused}"
    );
    // Another one does it; then it may be given up again.
    let other = cast.tenant.user("other", &["Administrator"]).await;
    other.patch(&own, scopes).await.expect(200);
    let given_up = json!({ "scopes": ["Administrator"] });
    administrator.patch(&own, given_up).await.expect(200);

    let path = format!("{}/tokens", cast.approver);
    let token = json!({ "name": "x" });
    administrator.post(&path, token.clone()).await.expect(201);
    let own = format!("{own}/tokens");
    administrator.post(&own, token).await.expect(201);
    let entries = administrator.get("/v1/audit?limit=2").await.expect(200);
    assert_eq!(entries["items"][0]["action"], "token.create");
    assert_eq!(entries["items"][1]["action"], "token.create_for_other");
    let subject = text(&entries["items"][1]["subject"]);
    assert!(subject.starts_with("approver/"), "{subject}");
    cast.host.stop().await;
}
