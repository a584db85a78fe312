//! The back office, as a browser without scripts sees it.

mod alert_details;
mod alert_merging;
mod alert_parts;
mod alerts;
mod audit;
mod backtests;
mod bulk;
mod exports;
mod hostile_text;
mod links;
mod once;
mod password;
mod permissions;
mod plugins;
mod preferences;
mod queue;
mod rules;
mod safety;
mod sessions;
mod settings;
mod sign_in;
mod teams;
mod tokens;
mod transactions;
mod views;
mod watchlists;
mod work;

use serde_json::json;
use tests::{Browser, TestHost, TestTenant};

/// A password that people may choose.
const PASSWORD: &str = "correct horse battery";

/// Makes a person of a tenant, and a browser in which the person is signed in.
pub(crate) async fn person(
    host: &TestHost,
    tenant: &TestTenant,
    login: &str,
    scope: &str,
) -> Browser {
    let user = json!({ "login": login, "password": PASSWORD, "scopes": [scope] });
    tenant
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut browser = Browser::new(host.url());
    browser.sign_in(login, PASSWORD).await;
    browser
}
