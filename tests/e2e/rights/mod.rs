//! Rights that are given, limited and taken away.

mod audited;
mod granting;
mod logins;
mod old_labels;
mod revocation;
mod tokens;

use serde_json::Value;
use tests::Client;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The path of the user who calls.
async fn own_path(client: &Client) -> String {
    let me = client.get("/v1/me").await.expect(200);
    format!("/v1/users/{}", text(&me["id"]))
}
