//! Account-aggregation sessions at several stages. The demo has no broker, so their events wait.

use anyhow::Context;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::notebook::Notebook;
use super::setup::{text, unless_there};
use config::Config;
use console::client::Client;

/// The client whose sessions make events, and their context.
const CLIENT: &str = "mobile-app";
const CONTEXT: &str = "ONBOARDING";
/// The login of the service that acts for the client.
const SERVICE: &str = "mobile-app";
/// Nobody listens there.
const BROKER: &str = "amqp://127.0.0.1:1";

/// Lets sessions make events, which wait for a broker.
pub(super) fn configure(config: &mut Config) {
    config.rabbitmq.url = BROKER.to_owned().into();
    config.sessions.client_id = CLIENT.to_owned();
    config.sessions.context = CONTEXT.to_owned();
}

/// Begins sessions and takes each as far as it goes. What was done by an earlier run is not done again.
pub(super) async fn begin(owner: &Client, notebook: &mut Notebook) -> anyhow::Result<()> {
    let last_day = notebook.fetched_until();
    let days = [28, 14].map(|days| last_day.saturating_sub(jiff::Span::new().days(days)));
    let client = client(owner, notebook).await?;
    let finished = session(&client, "lotte.maes", "75").await?;
    with_accounts(&client, &finished, last_day).await?;
    for account in ["current", "savings"] {
        page(&client, &finished, account, days, true).await?;
    }
    let finish = format!("{}/finish", path(&finished));
    client.post(&finish, &Value::Null).await?;

    let reading = session(&client, "jonas.peeters", "23").await?;
    with_accounts(&client, &reading, last_day).await?;
    page(&client, &reading, "current", days, false).await?;

    let failed = session(&client, "emma.claes", "75").await?;
    let failure = json!({
        "stage": "authorization",
        "reason": "the customer did not come back from the bank",
    });
    client
        .post(&format!("{}/failure", path(&failed)), &failure)
        .await?;
    session(&client, "noah.dubois", "310").await?;
    Ok(())
}

/// The service that acts for the client.
async fn client(owner: &Client, notebook: &mut Notebook) -> anyhow::Result<Client> {
    if let Some(token) = &notebook.notes.bank_client {
        return Ok(owner.with_token(token).on_behalf_of(CLIENT));
    }
    let user = json!({ "login": SERVICE, "scopes": ["Integrator"], "client_id": CLIENT });
    unless_there(owner.post("/v1/users", &user).await)?;
    let users = owner.get("/v1/users?limit=500").await?;
    let users = users["items"].as_array().map_or(&[][..], Vec::as_slice);
    let user = users.iter().find(|user| user["login"] == SERVICE);
    let id = text(user.context("the service is not among the users")?, "id")?;
    let token = json!({ "name": "demo" });
    let made = owner
        .post(&format!("/v1/users/{id}/tokens"), &token)
        .await?;
    let token = text(&made.json()?, "token")?;
    let client = owner.with_token(&token).on_behalf_of(CLIENT);
    notebook.notes.bank_client = Some(token);
    notebook.save()?;
    Ok(client)
}

async fn session(client: &Client, user: &str, bank: &str) -> anyhow::Result<String> {
    let new = json!({
        "userId": user,
        "sessionExternalId": format!("demo-{user}"),
        "sessionContext": CONTEXT,
        "values": [],
    });
    let begun = client
        .post(&format!("/api/v2/bank/{bank}/authorize"), &new)
        .await?;
    text(&begun.json()?, "sessionId")
}

fn path(session: &str) -> String {
    format!("/api/v2/bank/session/{session}")
}

/// The customer comes back from the bank, and two accounts are read.
async fn with_accounts(client: &Client, session: &str, last_day: Date) -> anyhow::Result<()> {
    let path = path(session);
    let code = json!({ "code": format!("code-of-{session}") });
    client.post(&format!("{path}/code"), &code).await?;
    let account = |id: &str, name: &str, iban: &str, amount: &str| {
        json!({
            "accountId": id, "name": name, "iban": iban, "currency": "EUR",
            "balances": [{ "type": "booked", "amount": amount, "date": last_day.to_string() }],
        })
    };
    let accounts = json!({ "accounts": [
        account("current", "Zichtrekening", "BE68539007547034", "1843.22"),
        account("savings", "Spaarrekening", "BE43068999999501", "25310.00"),
    ] });
    client.put(&format!("{path}/accounts"), &accounts).await?;
    Ok(())
}

/// A page of an account's transactions: from one day on, and booked on another.
async fn page(
    client: &Client,
    session: &str,
    account: &str,
    [from, booked]: [Date; 2],
    is_whole: bool,
) -> anyhow::Result<()> {
    let transaction = |number: u32, amount: &str| {
        json!({
            "transactionId": format!("{account}-{number}"), "bookingDate": booked.to_string(),
            "amount": amount, "currency": "EUR",
        })
    };
    let page = json!({
        "page": 1, "historyFrom": from.to_string(), "isWholeHistory": is_whole,
        "transactions": [transaction(1, "-42.10"), transaction(2, "2150.00"), transaction(3, "-18.95")],
    });
    let path = format!("{}/accounts/{account}/transactions", path(session));
    client.post(&path, &page).await?;
    Ok(())
}
