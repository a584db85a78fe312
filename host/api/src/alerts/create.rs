//! Making an alert by hand.

use std::sync::Arc;

use axum::extract::State;
use domain::alert::{Alert, AlertContent, GuardedContent, is_transaction_type};
use domain::payload::{Identifier, Reason};
use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::level::LevelBody;
use super::fields::{self, refuse};
use super::info::{self, Validation};
use super::on_disk;
use super::parts::check_assignee;
use crate::http::{Created, Problem, WireTime};
use app::App;
use app::request::Replayable;
use app::request::invalid::check_caption;
use engine::alert::with_transactions;
use engine::lane::Change;
use ingest::{Sensitive, render};
use json::JsonObject;
use tenant::Permission;

/// The most transactions of an alert that is made by hand.
const MAX_TXN_IDS: usize = 1_000;

/// An alert to make.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct NewAlert {
    /// The team's name.
    team: String,
    /// One line: 1 to 200 characters.
    title: String,
    /// The alert type.
    incident_type: String,
    /// The customer's id; none where it is about no customer.
    #[serde(default)]
    dprofile_id: Option<String>,
    /// To whom it is assigned: a user's id.
    #[serde(default)]
    user_id: Option<String>,
    /// What the type sets, else `medium`.
    #[serde(default)]
    severity: Option<LevelBody>,
    /// What the type sets, else `medium`.
    #[serde(default)]
    priority: Option<LevelBody>,
    /// What the type sets, else none.
    #[serde(default)]
    due_date: Option<WireTime>,
    /// Each of 2 to 20 characters, no two the same.
    #[serde(default)]
    labels: Vec<String>,
    /// As the type's schema asks. Where the type has none, services may give any object, and people none.
    #[serde(default)]
    info: Option<JsonObject>,
    /// Transactions of the team.
    #[serde(default)]
    txn_ids: Vec<String>,
}

/// An alert that was made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewAlertBrief")]
pub(super) struct Made {
    /// Where it joined another alert, that one's.
    id: String,
    title: String,
    incident_type: String,
    state: String,
    severity: LevelBody,
    priority: LevelBody,
    /// Whether it joined an alert that was there, by the tenant's parameters.
    joined: bool,
    /// The version of the alert.
    version: u64,
}

impl Replayable for Made {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

pub(super) async fn create_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body: new, once }: Repeatable<NewAlert>,
) -> Result<Created<Made>, Problem> {
    caller.require(Permission::AlertWrite)?;
    check_caption("title", &new.title)?;
    let payloads = payloads(&app, &caller, &new).await?;
    let actor = caller.actor();
    let (user, viewer) = (caller.id.to_string(), caller.viewer());
    let asked = Arc::new((new, payloads));
    let make = |validation: Validation| {
        let (asked, actor, user) = (asked.clone(), actor.clone(), user.clone());
        let make = move |change: &mut Change<'_>| {
            let (new, payloads) = &*asked;
            let alert = new.alert(change, &user, payloads, &validation)?;
            let own = alert.id;
            let seen = change.create_alert(alert, &actor)?;
            Ok(Made {
                id: seen.id.to_string(),
                joined: seen.id != own,
                title: change.disclosure(viewer).content(&seen).into_owned().title,
                incident_type: seen.incident_type,
                state: seen.state,
                severity: seen.severity.into(),
                priority: seen.priority.into(),
                version: seen.version,
            })
        };
        let (once, caller) = (once.clone(), &caller);
        async { Ok::<_, Problem>(Created(once.make::<_, Problem, _>(caller, make).await?)) }
    };
    info::with_validation(&app, caller.tenant, make).await
}

/// The payloads of the transactions, masked: all must be there.
async fn payloads(
    app: &Arc<App>,
    caller: &UserCaller,
    new: &NewAlert,
) -> Result<Vec<String>, Problem> {
    if new.txn_ids.len() > MAX_TXN_IDS {
        let detail = format!("'txn_ids' may name at most {MAX_TXN_IDS} transactions");
        return Err(refuse("txn_ids", "too_long", detail));
    }
    let definitions = caller.definitions();
    let Some(team) = definitions.teams.get(&new.team) else {
        let detail = format!("there is no team '{}'", new.team);
        return Err(refuse("team", "unknown", detail));
    };
    if new.txn_ids.is_empty() {
        return Ok(Vec::new());
    }
    let view = caller.lane.team(team.id).await?;
    let txn_ids = new.txn_ids.clone();
    let found = on_disk(app, move |_| {
        let found = txn_ids
            .iter()
            .map(|txn_id| Ok((txn_id.clone(), view.find(txn_id)?)));
        found.collect::<Result<Vec<_>, _>>()
    });
    let mut payloads = Vec::with_capacity(new.txn_ids.len());
    for (txn_id, stored) in found.await? {
        let Some(stored) = stored else {
            let detail = format!("team '{}' has no transaction '{txn_id}'", new.team);
            return Err(refuse("txn_ids", "unknown", detail));
        };
        payloads.push(render(&stored.transaction, Sensitive::Masked));
    }
    Ok(payloads)
}

impl NewAlert {
    fn alert(
        &self,
        change: &Change<'_>,
        caller: &str,
        payloads: &[String],
        validation: &Validation,
    ) -> Result<Alert, Problem> {
        let definitions = change.definitions();
        if definitions.alert_type(&self.incident_type).is_none() {
            let detail = format!(
                "there is no alert type '{}'; GET /v1/alert-types lists them",
                self.incident_type
            );
            return Err(refuse("incident_type", "unknown", detail));
        }
        if let Some(id) = &self.dprofile_id
            && let Err(reason) = Identifier::new(id)
        {
            let detail = match reason {
                Reason::Empty => "'dprofile_id' must not be empty; leave it out, or send null",
                Reason::TooLong => "'dprofile_id' must have at most 200 characters",
                _ => "'dprofile_id' must not contain the character NUL",
            };
            return Err(refuse("dprofile_id", reason.as_str(), detail.to_owned()));
        }
        if let Some(user) = &self.user_id {
            check_assignee(definitions, user)?;
        }
        let labels = fields::labels(&self.labels, &[])?;
        let of_type = definitions.type_defaults(&self.incident_type, change.at());
        let info = self.info.clone().unwrap_or_default();
        let is_given = self.info.is_some();
        let kind = &self.incident_type;
        let info = info::checked(definitions, kind, caller, &info, is_given, validation)?;
        let info = match is_transaction_type(&self.incident_type) {
            true => with_transactions(&info, payloads),
            false => info,
        };
        Ok(Alert {
            id: Uuid::now_v7(),
            team: self.team.clone(),
            dprofile_id: self.dprofile_id.clone(),
            user_id: self.user_id.clone(),
            content: GuardedContent::open(AlertContent {
                title: self.title.clone(),
                labels,
                info,
                score: None,
            }),
            incident_type: self.incident_type.clone(),
            state: change.workflow().initial().to_owned(),
            severity: level(self.severity, of_type.severity),
            priority: level(self.priority, of_type.priority),
            due_date: self.due_date.map(|WireTime(at)| at).or(of_type.due_date),
            txn_ids: self.txn_ids.clone(),
            rule: None,
            install: None,
            findings: 0,
            created_at: change.at(),
            updated_at: change.at(),
            closed: None,
            version: 1,
            merged: 0,
            merged_into: None,
            own: None,
        })
    }
}

fn level(given: Option<LevelBody>, of_type: Option<Level>) -> Level {
    given.map(Level::from).or(of_type).unwrap_or(Level::Medium)
}
