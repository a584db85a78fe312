//! What people change of an alert.

use std::sync::Arc;

use axum::extract::State;
use domain::alert::{Alert, AlertChange, AlertOutcome, is_transaction_type};
use domain::rule::Label;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::super::teams::check_title;
use super::body::AlertBody;
use super::outcome::OutcomeBody;
use super::parts::check_assignee;
use super::{AlertPath, find_in, info, read};
use crate::app::App;
use crate::http::{MergePatch, Params, Preconditions, Problem, ProblemError, Tagged, WireTime};
use crate::lane::Change;
use crate::naming;
use crate::tenant::Permission;

/// The most labels of an alert.
const MAX_LABELS: usize = 50;

/// What people change of an alert.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct AlertFields {
    /// To whom it is assigned: a user's id.
    user_id: Option<String>,
    title: String,
    severity: LevelBody,
    priority: LevelBody,
    /// Until when it must be done.
    due_date: Option<WireTime>,
    /// Each of 2 to 20 characters, no two the same.
    labels: Vec<String>,
    /// As the type's schema asks.
    #[serde(default)]
    info: Map<String, Value>,
    /// What it was; only of an alert that is closed.
    outcome: Option<OutcomeBody>,
}

/// An info without what the host writes.
fn own_info(alert: &Alert) -> Map<String, Value> {
    let mut info: Map<String, Value> = serde_json::from_str(&alert.info).unwrap_or_default();
    if is_transaction_type(&alert.incident_type) {
        info.remove("transactions");
    }
    info
}

impl AlertFields {
    fn of(alert: &Alert) -> Self {
        let labels = alert.labels.iter().map(|label| label.as_str().to_owned());
        Self {
            user_id: alert.user_id.clone(),
            title: alert.title.clone(),
            severity: alert.severity.into(),
            priority: alert.priority.into(),
            due_date: alert.due_date.map(WireTime),
            labels: labels.collect(),
            info: own_info(alert),
            outcome: alert.outcome().map(OutcomeBody::from),
        }
    }

    /// Checks what was changed.
    fn into_change(
        self,
        change: &Change<'_>,
        alert: &Alert,
        caller: &str,
    ) -> Result<AlertChange, Problem> {
        if let Some(user) = &self.user_id
            && alert.user_id.as_ref() != Some(user)
        {
            check_assignee(change.definitions(), user)?;
        }
        if self.title != alert.title {
            check_title(&self.title)?;
        }
        let info = (self.info != own_info(alert))
            .then(|| changed_info(change, alert, caller, self.info))
            .transpose()?;
        Ok(AlertChange {
            user_id: Some(self.user_id),
            title: Some(self.title),
            severity: Some(self.severity.into()),
            priority: Some(self.priority.into()),
            due_date: Some(self.due_date.map(|WireTime(at)| at)),
            labels: Some(labels(&self.labels, &alert.labels)?),
            info,
            outcome: Some(self.outcome.map(AlertOutcome::from)),
        })
    }
}

/// The text of another info, with the transactions that the host put there.
fn changed_info(
    change: &Change<'_>,
    alert: &Alert,
    caller: &str,
    info: Map<String, Value>,
) -> Result<String, Problem> {
    let definitions = change.definitions();
    let info = info::checked(definitions, &alert.incident_type, caller, info, true)?;
    Ok(crate::alert::with_transactions_of(&info, &alert.info))
}

/// Checks labels.
///
/// # Errors
/// 422 where one is too short or too long, or there twice.
pub(super) fn labels(texts: &[String], current: &[Label]) -> Result<Vec<Label>, Problem> {
    if texts.len() > MAX_LABELS {
        let detail = format!("'labels' may have at most {MAX_LABELS} labels");
        return Err(refuse("labels", "too_long", detail));
    }
    let mut labels: Vec<Label> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("labels[{index}]");
        let label = Label::new(text)
            .map_err(|error| refuse(&field, "invalid", format!("'{field}': {error}")))?;
        let is_new = !current.contains(&label);
        if is_new && let Err(fault) = naming::check(label.as_str()) {
            return Err(refuse(&field, "invalid", format!("'{field}': {fault}")));
        }
        let is_same = |other: &Label| {
            *other == label || (is_new && naming::look_alike(other.as_str(), label.as_str()))
        };
        if labels.iter().any(is_same) {
            return Err(refuse(
                &field,
                "duplicate",
                "'labels' names a label twice".to_owned(),
            ));
        }
        labels.push(label);
    }
    Ok(labels)
}

/// 422 of one field.
pub(super) fn refuse(field: &str, reason: &str, detail: String) -> Problem {
    let error = ProblemError {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
}

pub(super) async fn change_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertWrite)?;
    let actor = caller.actor();
    let user = caller.id.to_string();
    let apply = move |change: &mut Change<'_>| {
        let mut alert = find_in(change, path.alert, &preconditions)?;
        let fields: AlertFields = patch.apply(&AlertFields::of(&alert))?;
        let changed = fields.into_change(change, &alert, &user)?;
        if alert.change(changed, change.at())? {
            change.audit(&actor, "alert.change", alert.id.to_string());
            change.put_alert(alert);
        }
        Ok::<_, Problem>(())
    };
    caller.change(apply).await?;
    read::changed(&app, &caller, path.alert).await
}
