//! Making an alert by hand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::info::{self, InfoError, Validation};
use super::labels::labels;
use super::parts::check_assignee;
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::invalid::check_caption;
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable, level};
use domain::alert::{Alert, AlertContent, AlertId, GuardedContent, is_transaction_type};
use domain::payload::{Identifier, Reason};
use domain::rule::Level;
use domain::time::Timestamp;
use engine::alert::with_transactions;
use engine::lane::{Change, LaneError};
use ingest::{Sensitive, render};
use json::JsonObject;
use tenant::Permission;

/// The most transactions of an alert that is made by hand.
const MAX_TXN_IDS: usize = 1_000;

/// An alert to make.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// The team's name.
    pub team: String,
    /// One line: 1 to 200 characters.
    pub title: String,
    /// The alert type.
    pub incident_type: String,
    /// The customer's id; none if it is about no customer.
    pub dprofile_id: Option<String>,
    /// To whom it is assigned: a user's id.
    pub user_id: Option<String>,
    /// What the type sets, else medium, where this is none.
    pub severity: Option<Level>,
    /// What the type sets, else medium, where this is none.
    pub priority: Option<Level>,
    /// What the type sets, else none, where this is none.
    pub due_date: Option<Timestamp>,
    /// Each of 2 to 20 characters, no two the same.
    pub labels: Vec<String>,
    /// As the type's schema asks. Where the type has none, services may give any object, and people none.
    pub info: Option<JsonObject>,
    /// Transactions of the team.
    pub txn_ids: Vec<String>,
}

/// An alert that was made. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreatedAlert {
    /// Where it joined another alert, that one's.
    pub id: AlertId,
    /// The title, as the caller sees it.
    pub title: String,
    /// The alert type.
    pub incident_type: String,
    /// The state that it is in.
    pub state: String,
    /// How bad it is.
    #[serde(with = "level")]
    pub severity: Level,
    /// How urgent it is.
    #[serde(with = "level")]
    pub priority: Level,
    /// Whether it joined an alert that was there, by the tenant's parameters.
    pub joined: bool,
    /// The version of the alert.
    pub version: u64,
}

/// Why no alert was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such alert type.
    #[error("there is no alert type '{0}'")]
    NoSuchType(String),
    /// The info is not taken.
    #[error(transparent)]
    Info(#[from] InfoError),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The transactions cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(CreateAlertError);

impl Replayable for CreatedAlert {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Makes an alert. It may join an alert that is there, by the tenant's parameters of merging.
///
/// # Errors
/// Where the caller may not, or a value cannot be taken.
pub async fn create(
    app: &Arc<App>,
    caller: &Caller,
    new: NewAlert,
    once: Once,
) -> Result<CreatedAlert, CreateAlertError> {
    caller.require(Permission::AlertWrite)?;
    check_caption("title", &new.title)?;
    let payloads = payloads(app, caller, &new).await?;
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
            Ok(CreatedAlert {
                id: seen.id,
                joined: seen.id != own,
                title: change.disclosure(viewer).content(&seen).into_owned().title,
                incident_type: seen.incident_type,
                state: seen.state,
                severity: seen.severity,
                priority: seen.priority,
                version: seen.version,
            })
        };
        once.clone().make::<_, CreateAlertError, _>(caller, make)
    };
    info::with_validation(app, caller.tenant, make).await
}

/// The payloads of the transactions, masked: all must be there.
async fn payloads(
    app: &Arc<App>,
    caller: &Caller,
    new: &NewAlert,
) -> Result<Vec<String>, CreateAlertError> {
    if new.txn_ids.len() > MAX_TXN_IDS {
        let detail = format!("'txn_ids' may name at most {MAX_TXN_IDS} transactions");
        return Err(Invalid::field("txn_ids", "too_long", detail).into());
    }
    let definitions = caller.definitions();
    let Some(team) = definitions.teams.get(&new.team) else {
        let detail = format!("there is no team '{}'", new.team);
        return Err(Invalid::field("team", "unknown", detail).into());
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
            return Err(Invalid::field("txn_ids", "unknown", detail).into());
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
    ) -> Result<Alert, CreateAlertError> {
        let definitions = change.definitions();
        if definitions.alert_type(&self.incident_type).is_none() {
            return Err(CreateAlertError::NoSuchType(self.incident_type.clone()));
        }
        if let Some(id) = &self.dprofile_id
            && let Err(reason) = Identifier::new(id)
        {
            let detail = match reason {
                Reason::Empty => "'dprofile_id' must not be empty; leave it out, or send null",
                Reason::TooLong => "'dprofile_id' must have at most 200 characters",
                _ => "'dprofile_id' must not contain the character NUL",
            };
            return Err(Invalid::field("dprofile_id", reason.as_str(), detail).into());
        }
        if let Some(user) = &self.user_id {
            check_assignee(definitions, user)?;
        }
        let labels = labels(&self.labels, &[])?;
        let of_type = definitions.type_defaults(&self.incident_type, change.at());
        let info = self.info.clone().unwrap_or_default();
        let is_given = self.info.is_some();
        let kind = &self.incident_type;
        let info = info::checked(definitions, kind, caller, &info, is_given, validation)?;
        let info = match is_transaction_type(&self.incident_type) {
            true => with_transactions(&info, payloads),
            false => info,
        };
        let level = |given: Option<Level>, of_type: Option<Level>| {
            given.or(of_type).unwrap_or(Level::Medium)
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
            due_date: self.due_date.or(of_type.due_date),
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
