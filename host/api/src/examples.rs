//! An example of every request body, for the document.
//!
//! Together they are one story: a bank's first team, its rules, its alerts and its exports. A test posts all of them to
//! an empty host, each as it stands here, so they name what earlier ones made.

use serde_json::{Value, json};

use crate::http::docs::BodyExample;

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// All examples.
pub fn examples() -> Vec<BodyExample> {
    let all = [
        set_up(),
        transactions_and_rules(),
        alerts(),
        lists_and_exports(),
        sessions(),
    ];
    all.into_iter().flatten().collect()
}

fn json_body(method: &'static str, path: &'static str, body: Value) -> BodyExample {
    BodyExample {
        method,
        path,
        media_type: JSON,
        body,
    }
}

/// A merge patch is the same under both of its media types.
fn patch(path: &'static str, body: &Value) -> [BodyExample; 2] {
    [JSON, MERGE_PATCH].map(|media_type| BodyExample {
        method: "patch",
        path,
        media_type,
        body: body.clone(),
    })
}

fn text(
    method: &'static str,
    path: &'static str,
    media_type: &'static str,
    body: &str,
) -> BodyExample {
    BodyExample {
        method,
        path,
        media_type,
        body: body.into(),
    }
}

/// Tenants, users and teams.
fn set_up() -> Vec<BodyExample> {
    let mut examples = vec![
        json_body(
            "post",
            "/v1/tenants",
            json!({ "name": "acme", "title": "Acme Bank", "timezone": "Europe/Amsterdam" }),
        ),
        json_body(
            "post",
            "/v1/tenants/{tenant}/users",
            json!({ "login": "ann", "scopes": ["Administrator"] }),
        ),
        json_body(
            "put",
            "/v1/scopes/{scope}",
            json!({
                "description": "Reads alerts and comments on them",
                "permissions": ["incident_case:read", "incident_comment:read", "incident_comment:write"],
            }),
        ),
        json_body(
            "post",
            "/v1/users",
            json!({ "login": "ben", "scopes": ["AML Analyst"] }),
        ),
        json_body("post", "/v1/users/{user}/password-link", json!({})),
        json_body(
            "post",
            "/v1/users/{user}/tokens",
            json!({ "name": "laptop", "expires_at": "2099-12-31T00:00:00Z" }),
        ),
        json_body(
            "post",
            "/v1/users/{user}/tokens/{token}/rotate",
            json!({ "overlap_seconds": 3600 }),
        ),
        json_body(
            "post",
            "/v1/teams",
            json!({ "name": "payments", "title": "Payments", "kind": "transaction_monitoring" }),
        ),
        json_body(
            "put",
            "/v1/teams/{team}/payload-schema",
            json!({
                "fields": [
                    { "name": "amount", "type": "float", "description": "In the currency's unit" },
                    { "name": "currency", "type": "string" },
                    { "name": "counterparty", "type": "string", "sensitive": "mask" },
                ],
                "additional_fields": "keep",
            }),
        ),
        json_body(
            "post",
            "/v1/teams/{team}/payload-schema/try",
            json!({
                "fields": [
                    { "name": "amount", "type": "float", "description": "In the currency's unit" },
                    { "name": "currency", "type": "string" },
                    { "name": "branch", "type": "string" },
                ],
                "additional_fields": "keep",
            }),
        ),
        json_body(
            "post",
            "/v1/teams/{team}/api-keys",
            json!({ "name": "core banking" }),
        ),
        json_body(
            "post",
            "/v1/teams/{team}/api-keys/regenerate",
            json!({ "overlap_seconds": 3600 }),
        ),
    ];
    examples.extend(patch(
        "/v1/tenants/{tenant}",
        &json!({ "title": "Acme Bank N.V." }),
    ));
    examples.extend(patch(
        "/v1/users/{user}",
        &json!({ "scopes": ["AML Supervisor"] }),
    ));
    examples.extend(patch(
        "/v1/me",
        &json!({ "current_team": null, "preferences": { "timezone": "Europe/Paris" } }),
    ));
    examples.extend(patch(
        "/v1/teams/{team}",
        &json!({ "title": "Payments and cards" }),
    ));
    examples
}

/// Transactions, and rules that judge them.
fn transactions_and_rules() -> Vec<BodyExample> {
    let transaction = |txn_id: &str, amount: f64| {
        json!({
            "txn_id": txn_id, "customer_id": "C-1001", "date_time": "2026-03-02T10:00:00Z",
            "amount": amount, "currency": "EUR", "counterparty": "Example Trading BV",
        })
    };
    let batch = "/v1/transactions/batch";
    vec![
        json_body(
            "put",
            "/v1/teams/{team}/rules/{rule}",
            json!({
                "plugin": "large-amount", "version": "1.1.0", "mode": "live",
                "config": { "limits": { "EUR": 10_000 } }, "severity": "high",
            }),
        ),
        json_body("post", "/v1/transactions", transaction("T-1", 25_000.0)),
        json_body(
            "post",
            batch,
            json!([transaction("T-2", 40.0), transaction("T-3", 12_000.0)]),
        ),
        text(
            "post",
            batch,
            "application/x-ndjson",
            &format!(
                "{}\n{}\n",
                transaction("T-4", 18.5),
                transaction("T-5", 11.0)
            ),
        ),
        text(
            "post",
            batch,
            "text/csv",
            "txn_id,customer_id,date_time,amount,currency,counterparty\nT-6,C-1002,2026-03-02T11:00:00Z,99.95,EUR,Example Shop\n",
        ),
        json_body(
            "post",
            "/v1/teams/{team}/backtests",
            json!({
                "plugin": "large-amount", "version": "1.1.0",
                "config": { "limits": { "EUR": 5_000 } }, "from": "2026-03-01T00:00:00Z",
                "compare_with": "large-amount",
            }),
        ),
        json_body(
            "put",
            "/v1/promotion-gate",
            json!({ "transactions": 0, "shadow_seconds": 0, "max_failures": 0 }),
        ),
        json_body(
            "post",
            "/v1/teams/{team}/rules/{rule}/promote",
            json!({ "replace": "large-amount", "override_reason": "agreed on by the team" }),
        ),
        json_body("post", "/v1/teams/{team}/rules/{rule}/rollback", json!({})),
        json_body(
            "post",
            "/v1/replays",
            json!({ "team": "payments", "from": "2026-03-01T00:00:00Z" }),
        ),
    ]
}

/// Alerts, and what people do with them.
fn alerts() -> Vec<BodyExample> {
    let alert = "01890a5d-ac96-774b-bcce-b302099a8057";
    let mut examples = vec![
        json_body(
            "put",
            "/v1/alert-types/{type}",
            json!({
                "title": "Source of funds", "severity": "medium", "due_in": "P14D",
                "info_schema": {
                    "type": "object",
                    "properties": { "branch": { "type": "string" } },
                },
            }),
        ),
        json_body(
            "post",
            "/v1/alerts",
            json!({
                "team": "payments", "incident_type": "source_of_funds",
                "title": "The customer cannot explain a cash deposit", "dprofile_id": "C-1001",
                "txn_ids": ["T-1"], "labels": ["branch"], "info": { "branch": "Utrecht" },
            }),
        ),
        json_body(
            "post",
            "/v1/me/views",
            json!({
                "name": "Cash, the worst first", "sort": "-severity",
                "filter": { "team": ["payments"], "user_id": ["me"], "q": "cash" },
            }),
        ),
        json_body(
            "put",
            "/v1/me/views/{view}",
            json!({ "name": "Cash", "filter": { "team": ["payments"], "q": "cash" } }),
        ),
        json_body(
            "post",
            "/v1/views",
            json!({ "name": "Branches", "filter": { "label": ["branch"] } }),
        ),
        json_body(
            "put",
            "/v1/views/{view}",
            json!({ "name": "Branches in March", "filter": { "label": ["branch", "march"] } }),
        ),
        json_body(
            "post",
            "/v1/alerts/bulk",
            json!({
                "filter": { "team": ["payments"], "state": ["open"] },
                "change": { "add_labels": ["march"], "comment": "Part of the review of March" },
            }),
        ),
        json_body(
            "post",
            "/v1/alerts/take-next",
            json!({ "filter": { "team": ["payments"] } }),
        ),
        json_body(
            "post",
            "/v1/alerts/merge",
            json!({ "alerts": [alert, "01890a5d-ac96-774b-bcce-b302099a8058"], "title": "One customer, two findings" }),
        ),
        json_body(
            "post",
            "/v1/alerts/{alert}/unmerge",
            json!({ "alerts": ["01890a5d-ac96-774b-bcce-b302099a8058"] }),
        ),
        json_body(
            "post",
            "/v1/alerts/{alert}/comments",
            json!({ "text": "<p>Called the customer.</p>" }),
        ),
        json_body(
            "post",
            "/v1/alerts/{alert}/tasks",
            json!({ "title": "Ask for the contract", "due_date": "2026-03-20T12:00:00Z" }),
        ),
        json_body(
            "post",
            "/v1/alerts/{alert}/transitions",
            json!({ "to": "in_progress", "comment": "I take this one" }),
        ),
        json_body(
            "post",
            "/v1/alerts/{alert}/replay",
            json!({ "overrides": { "inputs": { "amount": 9_000.0 } } }),
        ),
        BodyExample {
            method: "post",
            path: "/v1/alerts/{alert}/documents",
            media_type: "multipart/form-data",
            body: json!({ "file": "The contract says 25,000 EUR.", "description": "The contract" }),
        },
        json_body(
            "put",
            "/v1/alert-merging",
            json!({ "condition": "rule", "period": "day" }),
        ),
        json_body(
            "put",
            "/v1/workflow",
            json!({
                "states": [
                    { "name": "open", "title": "Open", "initial": true },
                    { "name": "in_progress", "title": "In progress" },
                    { "name": "closed", "title": "Closed", "closed": true },
                ],
                "transitions": [
                    { "source": "open", "destination": "in_progress" },
                    {
                        "source": "in_progress", "destination": "closed",
                        "condition": "'AML Supervisor' in security.scope",
                    },
                ],
            }),
        ),
        json_body(
            "post",
            "/v1/workflow/try",
            json!({
                "condition": "alert.severity == 'high'", "alert": { "severity": "high" },
                "security": { "scope": ["AML Supervisor"] },
            }),
        ),
    ];
    examples.extend(patch(
        "/v1/alerts/{alert}",
        &json!({ "severity": "high", "labels": ["branch", "cash"] }),
    ));
    examples.extend(patch(
        "/v1/alerts/{alert}/comments/{comment}",
        &json!({ "text": "<p>Called the customer twice.</p>" }),
    ));
    examples.extend(patch(
        "/v1/alerts/{alert}/tasks/{task}",
        &json!({ "done": true }),
    ));
    examples
}

/// Watchlists and exports.
fn lists_and_exports() -> Vec<BodyExample> {
    let (list, entries) = ("/v1/lists/{list}", "/v1/lists/{list}/entries");
    let mut examples = vec![
        json_body("put", list, json!(["KP", "IR"])),
        text("put", list, "text/plain", "KP\nIR\n"),
        text("put", list, "text/csv", "entry\nKP\nIR\n"),
        json_body("post", entries, json!(["MM"])),
        text("post", entries, "text/plain", "MM\n"),
        text("post", entries, "text/csv", "entry\nMM\n"),
        json_body(
            "put",
            "/v1/exports/{export}",
            json!({
                "formatter": { "plugin": "standard-csv", "version": "1.2.0" },
                "schedule": { "cron": "0 2 * * *", "timezone": "Europe/Amsterdam" },
                "filter": { "team": ["payments"] },
                "retention": { "days": 30 },
                "deliveries": [{ "kind": "webhook", "url": "https://example.org/hook" }],
            }),
        ),
        json_body(
            "post",
            "/v1/exports/{export}/webhook-secret",
            json!({ "url": "https://example.org/hook", "overlap_seconds": 3600 }),
        ),
    ];
    examples.extend(patch(
        list,
        &json!({ "add": ["SY"], "remove": ["MM"], "note": "As of 2 March" }),
    ));
    examples.extend(patch("/v1/exports/{export}", &json!({ "paused": true })));
    examples
}

/// Account-aggregation sessions.
fn sessions() -> Vec<BodyExample> {
    vec![
        json_body(
            "put",
            "/v1/session-settings",
            json!({
                "team": "payments",
                "fields": { "amount": "transaction.amount", "currency": "transaction.currency" },
            }),
        ),
        json_body(
            "post",
            "/api/v2/bank/{bankId}/authorize",
            json!({
                "userId": "anna", "sessionExternalId": "process-1", "sessionContext": "income",
                "values": [],
            }),
        ),
        json_body(
            "post",
            "/api/v2/bank/session/{sessionId}/code",
            json!({ "code": "code-of-the-bank" }),
        ),
        json_body(
            "put",
            "/api/v2/bank/session/{sessionId}/accounts",
            json!({ "accounts": [{
                "accountId": "a1", "iban": "PL61109010140000071219812874", "currency": "PLN",
                "balances": [{ "type": "booked", "amount": "1250.00", "date": "2026-03-01" }],
            }] }),
        ),
        json_body(
            "post",
            "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
            json!({
                "page": 1, "historyFrom": "2025-01-01", "isWholeHistory": true,
                "transactions": [{
                    "transactionId": "tx-1", "bookingDate": "2026-02-27", "amount": "4200.00",
                    "currency": "PLN", "description": "Salary", "counterpartyName": "Employer",
                }],
            }),
        ),
        json_body(
            "post",
            "/api/v2/bank/{bankId}/refresh",
            json!({ "userId": "anna" }),
        ),
        json_body(
            "post",
            "/api/v2/bank/session/{sessionId}/failure",
            json!({ "stage": "accounts", "reason": "the bank does not answer" }),
        ),
        json_body(
            "delete",
            "/api/v2/bank/{bankId}/consent",
            json!({ "userId": "anna" }),
        ),
    ]
}
