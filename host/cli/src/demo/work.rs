//! People at work: some of the newest alerts are taken up, commented, merged and closed, so that every page has something
//! to show.

use anyhow::Context;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::notebook::Notebook;
use console::client::Client;
use console::print;

/// How alerts end, and what is said of each.
const ENDS: [(&str, &str); 6] = [
    (
        "false_positive",
        "Salary of a company director, as every month; the contract is on file.",
    ),
    (
        "true_positive",
        "The customer cannot say where the money comes from. Reported to the supervisor.",
    ),
    (
        "false_positive",
        "Sale of a car; the customer sent the contract and the registration.",
    ),
    (
        "inconclusive",
        "The bank of the counterparty does not answer. Watched for another month.",
    ),
    (
        "true_positive",
        "Three accounts of one household pay each other just below the limit.",
    ),
    (
        "false_positive",
        "A known supplier under a new account number; confirmed by telephone.",
    ),
];

/// A letter of the kind that customers send.
const LETTER: &str = "Dear Madam,\n\nthe payment of the 3rd is the deposit for our new kitchen. The offer of the\ncarpenter is enclosed.\n\nKind regards\n";

/// The sides of what is uploaded.
const BOUNDARY: &str = "vervet-demo-letter";

/// Works on the newest open alerts that nobody has, but for `spared`, which the tour goes on with.
pub(super) async fn done(
    owner: &Client,
    notebook: &Notebook,
    spared: &str,
    today: Date,
) -> anyhow::Result<()> {
    print::line("Working on some of the alerts, as analysts do")?;
    let analyst = match &notebook.notes.analyst {
        Some(token) => owner.with_token(token),
        None => owner.clone(),
    };
    let found = owner
        .get("/v1/alerts?state=open&user_id=none&limit=100")
        .await?;
    let alerts = found["items"].as_array().map_or(&[][..], Vec::as_slice);
    let mut alerts: Vec<&Value> = alerts.iter().filter(|one| one["id"] != spared).collect();
    if let Some((older, newer)) = pair(&alerts) {
        merge(&analyst, [older, newer]).await?;
        let merged = [older["id"].clone(), newer["id"].clone()];
        alerts.retain(|one| !merged.contains(&one["id"]));
    }
    let mut alerts = alerts.iter().filter_map(|alert| alert["id"].as_str());
    for ((outcome, comment), alert) in ENDS.iter().zip(&mut alerts) {
        close(&analyst, alert, outcome, comment).await?;
    }
    for alert in alerts.by_ref().take(1) {
        take_up(&analyst, alert).await?;
        attach(&analyst, alert).await?;
    }
    for alert in alerts.take(2) {
        let due = today.saturating_sub(jiff::Span::new().days(2));
        let late = json!({ "due_date": format!("{due}T09:00:00Z") });
        owner.patch(&format!("/v1/alerts/{alert}"), &late).await?;
    }
    Ok(())
}

/// Two alerts of one team about one customer, the older one first.
fn pair<'a>(alerts: &[&'a Value]) -> Option<(&'a Value, &'a Value)> {
    let alike = |one: &Value, other: &Value| {
        let same = |member: &str| one[member] == other[member];
        same("team") && same("dprofile_id") && one["dprofile_id"].is_string()
    };
    let mut newest_first = alerts.iter().enumerate();
    newest_first.find_map(|(at, newer)| {
        let older = alerts[at + 1..].iter().find(|older| alike(newer, older))?;
        Some((*older, *newer))
    })
}

async fn merge(analyst: &Client, alerts: [&Value; 2]) -> anyhow::Result<()> {
    let ids = alerts.map(|alert| alert["id"].clone());
    let merged = json!({ "alerts": ids, "title": "The same customer, twice in a short time" });
    analyst.post("/v1/alerts/merge", &merged).await?;
    Ok(())
}

async fn close(analyst: &Client, alert: &str, outcome: &str, comment: &str) -> anyhow::Result<()> {
    let path = format!("/v1/alerts/{alert}/transitions");
    analyst.post(&path, &json!({ "to": "in_progress" })).await?;
    let closed = json!({
        "to": "closed", "outcome": outcome, "comment": format!("<p>{comment}</p>"),
    });
    analyst.post(&path, &closed).await?;
    Ok(())
}

/// Assigns an alert to the analyst, who asks the customer and keeps a list of what is to be done.
async fn take_up(analyst: &Client, alert: &str) -> anyhow::Result<()> {
    let me = analyst.get("/v1/me").await?;
    let alert = format!("/v1/alerts/{alert}");
    let mine = json!({ "user_id": me["id"], "labels": ["asked", "callback"] });
    analyst.patch(&alert, &mine).await?;
    analyst
        .post(
            &format!("{alert}/transitions"),
            &json!({ "to": "in_progress" }),
        )
        .await?;
    let comment = json!({ "text": "<p>Called the customer, who will send <b>proof of where the money comes from</b> by Friday.</p>" });
    analyst.post(&format!("{alert}/comments"), &comment).await?;
    for (title, is_done) in [
        ("Call the customer", true),
        ("Compare the proof with the payments", false),
    ] {
        let task = json!({ "title": title, "user_id": me["id"] });
        let made = analyst.post(&format!("{alert}/tasks"), &task).await?;
        if is_done {
            let made = made.json()?;
            let task = made["id"].as_str().context("the task has no id")?;
            let path = format!("{alert}/tasks/{task}");
            analyst.patch(&path, &json!({ "done": true })).await?;
        }
    }
    Ok(())
}

/// Attaches the customer's letter.
async fn attach(analyst: &Client, alert: &str) -> anyhow::Result<()> {
    let form = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"letter of the customer.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{LETTER}\r\n--{BOUNDARY}--\r\n"
    );
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let path = format!("/v1/alerts/{alert}/documents");
    analyst.upload(&path, &media_type, form.into()).await?;
    Ok(())
}
