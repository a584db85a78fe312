//! A tenant with teams, rules, a list and an export. What is there already stays as it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::notebook::Notebook;
use super::plugins::{FORMATTERS, RULES};
use super::world::TeamName;
use console::client::{Client, status_of};
use console::print;
use plugin_kit::{push, read_component};

/// The tenant's name.
const TENANT: &str = "athora";
/// The logins of the tenant's people.
pub(super) const OWNER: &str = "owner";
pub(super) const SUPERVISOR: &str = "els.maes";
pub(super) const ANALYST: &str = "an.peeters";
pub(super) const WATCHER: &str = "wim.claes";
/// The export's name.
pub(super) const EXPORT: &str = "nightly";
/// Countries that the list has; the world's customers know some of them.
const HIGH_RISK_COUNTRIES: [&str; 8] = ["AF", "IR", "KP", "MM", "SY", "YE", "SS", "LY"];

/// Makes the tenant as far as it is not made, and answers its owner's client.
pub(super) async fn tenant(
    administrator: &Client,
    notebook: &mut Notebook,
    plugins: &[PathBuf],
) -> anyhow::Result<Client> {
    print::line("Making the tenant 'athora', its teams and their rules")?;
    let owner = administrator.with_token(&owner(administrator, notebook).await?);
    let at = |what| move || format!("{what} could not be made");
    analyst(&owner, notebook)
        .await
        .with_context(at("the analyst"))?;
    let versions = publish(&owner, plugins).await?;
    put_unless_there(
        &owner,
        "/v1/lists/high_risk_countries",
        &json!(HIGH_RISK_COUNTRIES),
    )
    .await
    .with_context(at("the list"))?;
    for team in TeamName::ALL {
        make_team(&owner, notebook, team)
            .await
            .with_context(at("a team"))?;
        for (rule, config) in rules(team) {
            let path = format!("/v1/teams/{}/rules/{rule}", team.as_str());
            let install = json!({
                "plugin": rule,
                "version": versions.get(rule),
                "config": config,
                "mode": "live",
            });
            put_unless_there(&owner, &path, &install)
                .await
                .with_context(|| format!("rule '{rule}' could not be installed"))?;
        }
    }
    members(&owner)
        .await
        .with_context(at("the members of the teams"))?;
    let formatter = FORMATTERS[0];
    // Nobody is at the address, so that there is a delivery that fails.
    let export = json!({
        "formatter": { "plugin": formatter, "version": versions.get(formatter) },
        "schedule": { "cron": "30 2 * * *" },
        "deliveries": [
            { "kind": "webhook", "url": "https://reports.athora.example/vervet", "send": "notice" },
        ],
    });
    put_unless_there(&owner, &format!("/v1/exports/{EXPORT}"), &export)
        .await
        .with_context(at("the export"))?;
    Ok(owner)
}

/// The token of the tenant's first user.
async fn owner(administrator: &Client, notebook: &mut Notebook) -> anyhow::Result<String> {
    if let Some(owner) = &notebook.notes.owner {
        return Ok(owner.clone());
    }
    let tenant =
        json!({ "name": TENANT, "title": "Athora Belgium", "timezone": "Europe/Brussels" });
    unless_there(administrator.post("/v1/tenants", &tenant).await)?;
    let password = &notebook.notes.password;
    let user = json!({ "login": OWNER, "password": password, "scopes": ["Administrator"] });
    let made = administrator
        .post(&format!("/v1/tenants/{TENANT}/users"), &user)
        .await
        .context("an earlier demo ended too early to go on; delete the directory and begin anew")?;
    let token = text(&made.json()?, "token")?;
    notebook.notes.owner = Some(token.clone());
    notebook.save()?;
    Ok(token)
}

/// Those who work the alerts, of whom the analyst has a token of her own, too.
async fn analyst(owner: &Client, notebook: &mut Notebook) -> anyhow::Result<()> {
    if notebook.notes.analyst.is_some() {
        return Ok(());
    }
    let password = &notebook.notes.password;
    for (login, scope) in [(SUPERVISOR, "AML Supervisor"), (WATCHER, "Watcher")] {
        let user = json!({ "login": login, "password": password, "scopes": [scope] });
        unless_there(owner.post("/v1/users", &user).await)?;
    }
    let user = json!({ "login": ANALYST, "password": password, "scopes": ["AML Analyst"] });
    unless_there(owner.post("/v1/users", &user).await)?;
    let users = owner.get("/v1/users?limit=500").await?;
    let users = users["items"].as_array().map_or(&[][..], Vec::as_slice);
    let user = users.iter().find(|it| it["login"] == user["login"]);
    let id = text(user.context("the analyst is not among the users")?, "id")?;
    let token = json!({ "name": "demo" });
    let made = owner
        .post(&format!("/v1/users/{id}/tokens"), &token)
        .await?;
    notebook.notes.analyst = Some(text(&made.json()?, "token")?);
    notebook.save()
}

/// Makes the tenant's people members of its teams, who are of none.
async fn members(owner: &Client) -> anyhow::Result<()> {
    let users = owner.get("/v1/users?limit=500").await?;
    let all = TeamName::ALL.map(TeamName::as_str);
    for user in users["items"].as_array().into_iter().flatten() {
        let teams = match user["login"].as_str() {
            Some(ANALYST) => &all[..1],
            Some(OWNER | SUPERVISOR) => &all[..],
            _ => continue,
        };
        if user["teams"].as_array().is_some_and(Vec::is_empty) {
            let path = format!("/v1/users/{}", text(user, "id")?);
            owner.patch(&path, &json!({ "teams": teams })).await?;
        }
    }
    Ok(())
}

/// Publishes the plugins, and answers each one's version.
async fn publish(owner: &Client, plugins: &[PathBuf]) -> anyhow::Result<HashMap<String, String>> {
    for component in plugins {
        match push(owner, read_component(component)?).await {
            Ok(_) => {}
            Err(error) if status_of(&error) == Some(StatusCode::CONFLICT) => {
                print::error(format_args!(
                    "{}: {error}; the demo goes on with what is published",
                    name_of(component)
                ));
            }
            Err(error) => {
                return Err(error.context(format!("{} is not published", component.display())));
            }
        }
    }
    let published = owner.get("/v1/plugins?limit=500").await?;
    let published = published["items"].as_array().map_or(&[][..], Vec::as_slice);
    published
        .iter()
        .map(|plugin| Ok((text(plugin, "name")?, text(plugin, "version")?)))
        .collect()
}

fn name_of(component: &Path) -> String {
    let name = component.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

async fn make_team(owner: &Client, notebook: &mut Notebook, team: TeamName) -> anyhow::Result<()> {
    let name = team.as_str();
    let new = json!({ "name": name, "title": team.title(), "kind": team.kind() });
    unless_there(owner.post("/v1/teams", &new).await)?;
    let path = format!("/v1/teams/{name}/payload-schema");
    put_unless_there(owner, &path, &payload_schema()).await?;
    if !notebook.notes.keys.contains_key(name) {
        let key = json!({ "name": "demo" });
        let made = owner
            .post(&format!("/v1/teams/{name}/api-keys"), &key)
            .await?;
        let key = text(&made.json()?, "key")?;
        notebook.notes.keys.insert(name.to_owned(), key);
        notebook.save()?;
    }
    Ok(())
}

fn payload_schema() -> Value {
    let field =
        |name, kind, description| json!({ "name": name, "type": kind, "description": description });
    json!({ "fields": [
        field("amount", "float", "In units of the currency; below 0 where money leaves the customer."),
        field("currency", "string", "ISO 4217."),
        field("country", "string", "Of the counterparty; ISO 3166."),
        field("counterparty", "string", "Account, merchant or policy; empty for cash."),
        field("channel", "string", "card, transfer, cash or policy."),
        field("txn_type", "string", "What it is for."),
    ] })
}

fn rules(team: TeamName) -> Vec<(&'static str, Value)> {
    let config = |rule| match rule {
        "velocity" => json!({ "minutes": 60, "most_transactions": 8 }),
        "large-amount" => json!({
            "limits": { "EUR": 50_000, "USD": 55_000, "GBP": 43_000, "CHF": 48_000 },
            "other_limit": 100_000,
        }),
        "high-risk-country" => json!({ "least_amount": 100 }),
        "unfamiliar-counterparty" => json!({ "least_amount": 5_000 }),
        _ => json!({}),
    };
    let rules = RULES.into_iter().filter(|rule| match team {
        TeamName::TransactionMonitoring => true,
        TeamName::Aml => !matches!(*rule, "velocity" | "unfamiliar-counterparty"),
    });
    rules.map(|rule| (rule, config(rule))).collect()
}

pub(super) async fn put_unless_there(
    client: &Client,
    path: &str,
    body: &Value,
) -> anyhow::Result<()> {
    if client.find(path).await?.is_none() {
        client.put(path, body).await?;
    }
    Ok(())
}

pub(super) fn unless_there<T>(made: anyhow::Result<T>) -> anyhow::Result<()> {
    match made {
        Err(error) if status_of(&error) != Some(StatusCode::CONFLICT) => Err(error),
        _ => Ok(()),
    }
}

/// A member that the API promises.
pub(super) fn text(body: &Value, member: &str) -> anyhow::Result<String> {
    let text = body[member].as_str().map(str::to_owned);
    text.with_context(|| format!("the host's answer lacks '{member}'"))
}
