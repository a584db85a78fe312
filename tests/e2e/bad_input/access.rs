//! Who may call what: every route, with every kind of caller.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tenant::{Definitions, Permission, Scope};
use tests::Client;

use crate::payments::{POST, Payments, payment};

/// Whom a route is for.
enum For {
    Anyone,
    AnyCredential,
    Administrator,
    Team,
    User(Permission),
    /// Users with the permission, and teams.
    TeamOr(Permission),
    /// Users with all of these.
    Users(&'static [Permission]),
    /// Users with the permission, and whoever it is about.
    OwnOr(Permission),
}

use Permission as P;

/// Every route, with a body that its shape accepts.
fn routes() -> Vec<(&'static str, For, Value)> {
    let none = Value::Null;
    let rule = json!({ "plugin": "x", "version": "1.0.0", "mode": "off" });
    let export = json!({ "formatter": { "plugin": "x", "version": "1.0.0" } });
    let team = json!({ "name": "x", "title": "X", "kind": "aml" });
    let user = json!({ "login": "x", "scopes": ["Watcher"] });
    let tenant = json!({ "name": "x", "title": "X", "timezone": "UTC" });
    let name = json!({ "name": "x" });
    let new_alert = json!({ "team": "x", "title": "X", "incident_type": "x" });
    let title = json!({ "title": "X" });
    let text = json!({ "text": "x" });
    vec![
        ("GET /healthz", For::Anyone, none.clone()),
        ("GET /readyz", For::Anyone, none.clone()),
        ("GET /v1/me", For::AnyCredential, none.clone()),
        ("PATCH /v1/me", For::Users(&[]), json!({})),
        ("GET /v1/tenants", For::Administrator, none.clone()),
        ("POST /v1/tenants", For::Administrator, tenant),
        ("GET /v1/tenants/{tenant}", For::Administrator, none.clone()),
        (
            "PATCH /v1/tenants/{tenant}",
            For::Administrator,
            title.clone(),
        ),
        (
            "POST /v1/tenants/{tenant}/users",
            For::Administrator,
            user.clone(),
        ),
        ("GET /v1/users", For::User(P::UserRead), none.clone()),
        ("POST /v1/users", For::User(P::UserWrite), user),
        (
            "GET /v1/users/{user}",
            For::OwnOr(P::UserRead),
            none.clone(),
        ),
        ("PATCH /v1/users/{user}", For::User(P::UserWrite), json!({})),
        (
            "GET /v1/users/{user}/tokens",
            For::OwnOr(P::UserRead),
            none.clone(),
        ),
        (
            "POST /v1/users/{user}/tokens",
            For::OwnOr(P::UserWrite),
            name.clone(),
        ),
        (
            "DELETE /v1/users/{user}/tokens",
            For::OwnOr(P::UserWrite),
            none.clone(),
        ),
        (
            "POST /v1/users/{user}/tokens/{token}/rotate",
            For::OwnOr(P::UserWrite),
            json!({}),
        ),
        (
            "DELETE /v1/users/{user}/tokens/{token}",
            For::OwnOr(P::UserWrite),
            none.clone(),
        ),
        ("GET /v1/teams", For::User(P::TeamRead), none.clone()),
        ("POST /v1/teams", For::User(P::TeamWrite), team),
        ("GET /v1/teams/{team}", For::User(P::TeamRead), none.clone()),
        (
            "PATCH /v1/teams/{team}",
            For::User(P::TeamWrite),
            title.clone(),
        ),
        (
            "GET /v1/teams/{team}/payload-schema",
            For::User(P::TeamRead),
            none.clone(),
        ),
        (
            "PUT /v1/teams/{team}/payload-schema",
            For::User(P::TeamWrite),
            json!({ "fields": [] }),
        ),
        (
            "POST /v1/teams/{team}/payload-schema/try",
            For::User(P::TeamWrite),
            json!({ "fields": [] }),
        ),
        (
            "GET /v1/teams/{team}/payload-example",
            For::User(P::TeamRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/api-keys",
            For::User(P::TeamRead),
            none.clone(),
        ),
        (
            "POST /v1/teams/{team}/api-keys",
            For::User(P::TeamWrite),
            json!({}),
        ),
        (
            "POST /v1/teams/{team}/api-keys/regenerate",
            For::User(P::TeamWrite),
            json!({}),
        ),
        (
            "DELETE /v1/teams/{team}/api-keys/{key}",
            For::User(P::TeamWrite),
            none.clone(),
        ),
        ("GET /v1/transactions", For::Team, none.clone()),
        ("POST /v1/transactions", For::Team, payment("t", "c", 1.0)),
        ("POST /v1/transactions/batch", For::Team, json!([])),
        ("GET /v1/transactions/{txn_id}", For::Team, none.clone()),
        (
            "GET /v1/teams/{team}/transactions",
            For::User(P::TransactionRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/transactions/{txn_id}",
            For::User(P::TransactionRead),
            none.clone(),
        ),
        ("GET /v1/plugins", For::User(P::PluginRead), none.clone()),
        ("POST /v1/plugins", For::User(P::PluginWrite), json!({})),
        (
            "GET /v1/plugin-uploads/{upload}",
            For::User(P::PluginWrite),
            none.clone(),
        ),
        (
            "GET /v1/plugins/{name}/{version}",
            For::User(P::PluginRead),
            none.clone(),
        ),
        (
            "DELETE /v1/plugins/{name}/{version}",
            For::User(P::PluginWrite),
            none.clone(),
        ),
        (
            "GET /v1/plugins/{name}/{version}/component",
            For::User(P::PluginRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "PUT /v1/teams/{team}/rules/{rule}",
            For::User(P::RuleWrite),
            rule,
        ),
        (
            "DELETE /v1/teams/{team}/rules/{rule}",
            For::User(P::RuleWrite),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/installs",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/stats",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/comparison",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "POST /v1/teams/{team}/rules/{rule}/promote",
            For::User(P::RuleWrite),
            json!({}),
        ),
        (
            "POST /v1/teams/{team}/rules/{rule}/rollback",
            For::User(P::RuleWrite),
            json!({}),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/failures",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/catch-up",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "POST /v1/teams/{team}/rules/{rule}/catch-up",
            For::User(P::RuleWrite),
            none.clone(),
        ),
        (
            "POST /v1/teams/{team}/rules/{rule}/catch-up/cancel",
            For::User(P::RuleWrite),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/gate",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/rules/{rule}/inputs",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/promotion-gate",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "PUT /v1/promotion-gate",
            For::User(P::RuleConfigure),
            json!({ "max_more": 5 }),
        ),
        (
            "POST /v1/teams/{team}/backtests",
            For::User(P::RuleWrite),
            json!({ "plugin": "x", "version": "1.0.0" }),
        ),
        (
            "GET /v1/teams/{team}/backtests",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/backtests/{backtest}",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "DELETE /v1/teams/{team}/backtests/{backtest}",
            For::User(P::RuleWrite),
            none.clone(),
        ),
        (
            "POST /v1/teams/{team}/backtests/{backtest}/cancel",
            For::User(P::RuleWrite),
            json!({}),
        ),
        (
            "GET /v1/teams/{team}/backtests/{backtest}/findings",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/backtests/{backtest}/failures",
            For::User(P::RuleRead),
            none.clone(),
        ),
        (
            "GET /v1/teams/{team}/backtests/{backtest}/comparison",
            For::User(P::RuleRead),
            none.clone(),
        ),
        ("GET /v1/lists", For::User(P::ListRead), none.clone()),
        ("GET /v1/lists/{list}", For::User(P::ListRead), none.clone()),
        ("PUT /v1/lists/{list}", For::User(P::ListWrite), json!([])),
        ("PATCH /v1/lists/{list}", For::User(P::ListWrite), json!({})),
        (
            "DELETE /v1/lists/{list}",
            For::User(P::ListWrite),
            none.clone(),
        ),
        (
            "GET /v1/lists/{list}/entries",
            For::User(P::ListRead),
            none.clone(),
        ),
        (
            "POST /v1/lists/{list}/entries",
            For::User(P::ListWrite),
            json!([]),
        ),
        (
            "GET /v1/lists/{list}/versions",
            For::User(P::ListRead),
            none.clone(),
        ),
        (
            "GET /v1/lists/{list}/versions/{version}",
            For::User(P::ListRead),
            none.clone(),
        ),
        (
            "GET /v1/lists/{list}/membership",
            For::User(P::ListRead),
            none.clone(),
        ),
        ("GET /v1/alerts", For::User(P::AlertRead), none.clone()),
        ("POST /v1/alerts", For::User(P::AlertWrite), new_alert),
        (
            "GET /v1/alerts/summary",
            For::User(P::SummaryRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/merge",
            For::User(P::MergeWrite),
            json!({ "alerts": [] }),
        ),
        (
            "POST /v1/users/{user}/password-link",
            For::User(P::UserWrite),
            json!({}),
        ),
        (
            "GET /api/v2/bank/sessions",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "GET /v1/customers/{customer}",
            For::User(P::TransactionRead),
            none.clone(),
        ),
        ("GET /v1/people", For::User(P::AlertRead), none.clone()),
        (
            "GET /v1/transactions/summary",
            For::TeamOr(P::TransactionRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/take-next",
            For::Users(&[P::AlertRead, P::AlertWrite]),
            json!({}),
        ),
        (
            "GET /v1/alerts/{alert}/neighbours",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/bulk",
            For::User(P::AlertRead),
            json!({ "alerts": [], "change": {} }),
        ),
        (
            "GET /v1/alerts/bulk/{bulk}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/originals",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/{alert}/unmerge",
            For::User(P::MergeWrite),
            json!({}),
        ),
        (
            "POST /v1/alerts/{alert}/replay",
            For::Users(&[P::AlertRead, P::RuleRead]),
            json!({}),
        ),
        (
            "POST /v1/replays",
            For::Users(&[P::AlertRead, P::RuleRead]),
            json!({}),
        ),
        (
            "GET /v1/replays/{replay}",
            For::Users(&[P::AlertRead, P::RuleRead]),
            none.clone(),
        ),
        ("GET /v1/me/views", For::User(P::AlertRead), none.clone()),
        ("POST /v1/me/views", For::User(P::AlertRead), name.clone()),
        (
            "GET /v1/me/views/{view}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "PUT /v1/me/views/{view}",
            For::User(P::AlertRead),
            name.clone(),
        ),
        (
            "DELETE /v1/me/views/{view}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        ("GET /v1/views", For::User(P::AlertRead), none.clone()),
        (
            "POST /v1/views",
            For::Users(&[P::AlertRead, P::ViewShare]),
            name.clone(),
        ),
        (
            "GET /v1/views/{view}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "PUT /v1/views/{view}",
            For::Users(&[P::AlertRead, P::ViewShare]),
            name.clone(),
        ),
        (
            "DELETE /v1/views/{view}",
            For::Users(&[P::AlertRead, P::ViewShare]),
            none.clone(),
        ),
        ("GET /v1/alert-types", For::User(P::AlertRead), none.clone()),
        (
            "GET /v1/alert-types/{type}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "PUT /v1/alert-types/{type}",
            For::User(P::AlertConfigure),
            title.clone(),
        ),
        (
            "DELETE /v1/alert-types/{type}",
            For::User(P::AlertConfigure),
            none.clone(),
        ),
        (
            "GET /v1/alert-merging",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "PUT /v1/alert-merging",
            For::User(P::MergeConfigure),
            json!({ "period": "day", "condition": "rule" }),
        ),
        ("GET /v1/scopes", For::User(P::UserRead), none.clone()),
        (
            "GET /v1/scopes/{scope}",
            For::User(P::UserRead),
            none.clone(),
        ),
        (
            "PUT /v1/scopes/{scope}",
            For::User(P::UserWrite),
            json!({ "permissions": [] }),
        ),
        (
            "DELETE /v1/scopes/{scope}",
            For::User(P::UserWrite),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "PATCH /v1/alerts/{alert}",
            For::User(P::AlertWrite),
            title.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/transitions",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/{alert}/transitions",
            For::User(P::AlertTransition),
            json!({ "to": "x" }),
        ),
        (
            "GET /v1/alerts/{alert}/history",
            For::User(P::AlertRead),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/comments",
            For::User(P::CommentRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/{alert}/comments",
            For::User(P::CommentWrite),
            text.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/comments/{comment}",
            For::User(P::CommentRead),
            none.clone(),
        ),
        (
            "PATCH /v1/alerts/{alert}/comments/{comment}",
            For::User(P::CommentWrite),
            text,
        ),
        (
            "DELETE /v1/alerts/{alert}/comments/{comment}",
            For::User(P::CommentWrite),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/tasks",
            For::User(P::TaskRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/{alert}/tasks",
            For::User(P::TaskWrite),
            title.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/tasks/{task}",
            For::User(P::TaskRead),
            none.clone(),
        ),
        (
            "PATCH /v1/alerts/{alert}/tasks/{task}",
            For::User(P::TaskWrite),
            title,
        ),
        (
            "DELETE /v1/alerts/{alert}/tasks/{task}",
            For::User(P::TaskWrite),
            none.clone(),
        ),
        ("GET /v1/workflow", For::User(P::WorkflowRead), none.clone()),
        (
            "PUT /v1/workflow",
            For::User(P::WorkflowConfigure),
            json!({ "states": [], "transitions": [] }),
        ),
        (
            "POST /v1/workflow/try",
            For::User(P::WorkflowConfigure),
            json!({ "condition": "x" }),
        ),
        (
            "GET /v1/alerts/{alert}/documents",
            For::User(P::DocumentRead),
            none.clone(),
        ),
        (
            "POST /v1/alerts/{alert}/documents",
            For::User(P::DocumentWrite),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/documents/{document}",
            For::User(P::DocumentRead),
            none.clone(),
        ),
        (
            "DELETE /v1/alerts/{alert}/documents/{document}",
            For::User(P::DocumentWrite),
            none.clone(),
        ),
        (
            "GET /v1/alerts/{alert}/documents/{document}/content",
            For::User(P::DocumentRead),
            none.clone(),
        ),
        ("GET /v1/exports", For::User(P::ExportRead), none.clone()),
        (
            "GET /v1/exports/{export}",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "PUT /v1/exports/{export}",
            For::User(P::ExportWrite),
            export,
        ),
        (
            "PATCH /v1/exports/{export}",
            For::User(P::ExportWrite),
            json!({}),
        ),
        (
            "DELETE /v1/exports/{export}",
            For::User(P::ExportWrite),
            none.clone(),
        ),
        (
            "GET /v1/exports/{export}/runs",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "POST /v1/exports/{export}/runs",
            For::User(P::ExportWrite),
            json!({}),
        ),
        (
            "GET /v1/exports/{export}/runs/{run}",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "GET /v1/exports/{export}/runs/{run}/file",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "GET /v1/exports/{export}/latest",
            For::User(P::ExportRead),
            none.clone(),
        ),
        ("GET /v1/audit", For::User(P::AuditRead), none.clone()),
        (
            "GET /v1/session-settings",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "PUT /v1/session-settings",
            For::User(P::TeamWrite),
            json!({}),
        ),
        (
            "POST /api/v2/bank/{bankId}/authorize",
            For::User(P::SessionWrite),
            json!({ "userId": "x", "sessionExternalId": "x", "values": [] }),
        ),
        (
            "POST /api/v2/bank/{bankId}/refresh",
            For::User(P::SessionWrite),
            json!({ "userId": "x" }),
        ),
        (
            "DELETE /api/v2/bank/{bankId}/consent",
            For::User(P::SessionWrite),
            json!({ "userId": "x" }),
        ),
        (
            "GET /api/v2/bank/session/{sessionId}",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "POST /api/v2/bank/session/{sessionId}/code",
            For::User(P::SessionWrite),
            json!({ "code": "x" }),
        ),
        (
            "GET /api/v2/bank/session/{sessionId}/accounts",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "PUT /api/v2/bank/session/{sessionId}/accounts",
            For::User(P::SessionWrite),
            json!({ "accounts": [] }),
        ),
        (
            "POST /api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
            For::User(P::SessionWrite),
            json!({ "page": 1, "historyFrom": "2024-01-01", "transactions": [] }),
        ),
        (
            "GET /api/v2/bank/session/{sessionId}/transactions",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "POST /api/v2/bank/session/{sessionId}/failure",
            For::User(P::SessionWrite),
            json!({ "stage": "accounts" }),
        ),
        (
            "POST /api/v2/bank/session/{sessionId}/finish",
            For::User(P::SessionWrite),
            none.clone(),
        ),
        (
            "GET /api/v2/bank/accounts",
            For::User(P::SessionRead),
            none.clone(),
        ),
        (
            "GET /api/v2/bank/transactions",
            For::User(P::SessionRead),
            none.clone(),
        ),
        ("GET /v1/audit/head", For::User(P::AuditRead), none.clone()),
        (
            "GET /v1/exports/{export}/deliveries",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "POST /v1/exports/{export}/runs/{run}/deliveries/{number}/retry",
            For::User(P::ExportWrite),
            json!({}),
        ),
        (
            "POST /v1/exports/{export}/webhook-secret",
            For::User(P::ExportWrite),
            json!({}),
        ),
        (
            "GET /v1/exports/{export}/redshift",
            For::User(P::ExportRead),
            none.clone(),
        ),
        (
            "GET /v1/exports/{export}/power-bi",
            For::User(P::ExportRead),
            none.clone(),
        ),
        ("GET /v1/alerts/export", For::User(P::ExportRead), none),
    ]
}

/// A path where each placeholder stands for nothing that there is.
fn of_nothing(path: &str) -> String {
    let ids = [
        "{user}",
        "{token}",
        "{key}",
        "{alert}",
        "{comment}",
        "{task}",
        "{document}",
        "{bulk}",
        "{replay}",
        "{backtest}",
        "{run}",
        "{upload}",
        "{view}",
        "{sessionId}",
    ];
    let path = ids.iter().fold(path.to_owned(), |path, id| {
        path.replace(id, "01890000-0000-7000-8000-000000000000")
    });
    let names = path.replace("{version}", "1.0.0").replace("{number}", "0");
    let segments = names.split('/');
    let segments = segments.map(|part| {
        if part.starts_with('{') {
            "nothing"
        } else {
            part
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn status(client: &Client, route: &str, body: &Value) -> u16 {
    let (method, path) = route.split_once(' ').expect("a route");
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = client.request(method, &of_nothing(path));
    let request = match (body, route) {
        (_, "POST /v1/alerts/{alert}/documents") => {
            let form = "multipart/form-data; boundary=x";
            request.header("content-type", form).body("--x--\r\n")
        }
        // There `null` is a body, which ends the merging.
        (body, "PUT /v1/alert-merging") => request.json(body),
        (Value::Null, _) => request,
        (_, "POST /v1/plugins") => request.header("content-type", "application/wasm").body("x"),
        (body, _) => request.json(body),
    };
    client.send(request).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_for_those_whom_it_is_for() {
    let payments = Payments::start().await;
    let routes = routes();
    let document = payments
        .host
        .anonymous()
        .get("/openapi.json")
        .await
        .expect(200);
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("methods").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let known = routes
        .iter()
        .map(|(route, ..)| (*route).to_owned())
        .collect();
    assert_eq!(documented, known, "this test knows every route");

    let mut users = Vec::new();
    for scope in &Scope::DEFAULTS {
        let login = scope.name.to_lowercase().replace(' ', "-");
        users.push((
            scope.name,
            payments.tenant.user(&login, &[scope.name]).await,
        ));
    }
    let host = payments.host.administrator();
    let check = async |caller: &str, client: &Client, route: &str, body: &Value, is_for: bool| {
        let status = status(client, route, body).await;
        let refused = matches!(status, 401 | 403);
        assert_eq!(refused, !is_for, "{caller}, {route}: {status}");
        assert!(status < 500, "{caller}, {route}: {status}");
    };
    for (route, whom, body) in &routes {
        let anonymous = status(&payments.host.anonymous(), route, body).await;
        let expect_anyone = matches!(whom, For::Anyone);
        assert_eq!(anonymous == 401, !expect_anyone, "{route}: {anonymous}");
        let any = matches!(whom, For::Anyone | For::AnyCredential);
        let team = any || matches!(whom, For::Team | For::TeamOr(_));
        check("a team's key", &payments.key, route, body, team).await;
        let administrator = any || matches!(whom, For::Administrator);
        check(
            "the host's administrator",
            &host,
            route,
            body,
            administrator,
        )
        .await;
        for (scope, user) in &users {
            let permitted = any
                || match whom {
                    For::User(permission) | For::OwnOr(permission) | For::TeamOr(permission) => {
                        Definitions::default().permit(&[(*scope).to_owned()], *permission)
                    }
                    For::Users(permissions) => permissions.iter().all(|permission| {
                        Definitions::default().permit(&[(*scope).to_owned()], *permission)
                    }),
                    _ => false,
                };
            check(scope, user, route, body, permitted).await;
        }
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_valid_are_none() {
    let payments = Payments::start().await;
    let athora = &payments.tenant.administrator;
    let key = payments.key.credential();
    let mut other = key.to_owned();
    other.replace_range(10..11, if &key[10..11] == "x" { "y" } else { "x" });
    for wrong in [
        "",
        "vvt_",
        "vvt_x",
        &key[1..],
        &key.to_uppercase(),
        &other,
        &format!("{key}x"),
    ] {
        payments
            .host
            .anonymous()
            .with(wrong)
            .get("/v1/me")
            .await
            .problem(401);
    }
    let keys = "/v1/teams/payments/api-keys";
    let is_valid = async |client: &Client| client.get("/v1/me").await.status == 200;

    let expiring = json!({ "expires_at": "2099-01-01T00:00:00Z" });
    let made = athora.post(keys, expiring).await.expect(201);
    let expiring = payments.key.with(made["key"].as_str().expect("a key"));
    let made = athora.post(keys, json!({})).await.expect(201);
    let revoked = payments.key.with(made["key"].as_str().expect("a key"));
    assert!(is_valid(&expiring).await && is_valid(&revoked).await);
    let path = format!("{keys}/{}", made["id"].as_str().expect("an id"));
    assert!(athora.delete(&path).await.is_success());
    assert!(!is_valid(&revoked).await, "revoked");
    let century = Duration::from_secs(80 * 365 * 24 * 60 * 60);
    payments.host.clock().advance(century);
    assert!(!is_valid(&expiring).await, "expired");
    revoked
        .post(POST, payment("t1", "anna", 1.0))
        .await
        .problem(401);

    let regenerate = format!("{keys}/regenerate");
    let made = athora.post(&regenerate, json!({})).await.expect(201);
    assert!(!is_valid(&payments.key).await, "regenerated");
    let fresh = payments.key.with(made["key"].as_str().expect("a key"));
    assert!(is_valid(&fresh).await);

    let suspended = json!({ "suspended": true });
    let host = payments.host.administrator();
    host.patch("/v1/tenants/athora", suspended)
        .await
        .expect(200);
    fresh.get("/v1/me").await.problem(401);
    athora.get("/v1/me").await.problem(401);
    payments.host.stop().await;
}
