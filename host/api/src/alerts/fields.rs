//! What people change of an alert.

use std::sync::Arc;

use axum::extract::State;
use domain::alert::{Alert, AlertChange, AlertContent, AlertOutcome, Viewer, is_transaction_type};
use domain::rule::Label;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::body::AlertBody;
use super::info::{self, Validation};
use super::outcome::OutcomeBody;
use super::parts::check_assignee;
use super::{AlertPath, find_in, read};
use crate::http::{MergePatch, Params, Preconditions, Problem, ProblemError, Tagged, WireTime};
use app::App;
use app::request::invalid::check_caption;
use base::naming;
use engine::lane::Change;
use json::JsonObject;
use tenant::Permission;

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
    info: JsonObject,
    /// What it was; only of an alert that is closed.
    outcome: Option<OutcomeBody>,
}

/// An info without what the host writes.
fn own_info(alert: &Alert, content: &AlertContent) -> Result<JsonObject, Problem> {
    let mut info = JsonObject::read_stored(&content.info).map_err(|fault| {
        tracing::error!(alert = %alert.id, %fault, "a stored info cannot be read");
        Problem::internal()
    })?;
    if is_transaction_type(&alert.incident_type) {
        info.remove("transactions");
    }
    Ok(info)
}

impl AlertFields {
    /// Of an alert whose content was disclosed.
    fn of(alert: &Alert, content: &AlertContent) -> Result<Self, Problem> {
        let labels = content.labels.iter().map(|label| label.as_str().to_owned());
        Ok(Self {
            user_id: alert.user_id.clone(),
            title: content.title.clone(),
            severity: alert.severity.into(),
            priority: alert.priority.into(),
            due_date: alert.due_date.map(WireTime),
            labels: labels.collect(),
            info: own_info(alert, content)?,
            outcome: alert.outcome().map(OutcomeBody::from),
        })
    }

    /// Checks what was changed by somebody who sees the content so.
    fn into_change(
        self,
        change: &Change<'_>,
        alert: &Alert,
        content: &AlertContent,
        by: &Editor,
        validation: &Validation,
    ) -> Result<AlertChange, Problem> {
        if let Some(user) = &self.user_id
            && alert.user_id.as_ref() != Some(user)
        {
            check_assignee(change.definitions(), user)?;
        }
        let title = (self.title != content.title).then_some(self.title);
        title
            .as_deref()
            .map(|title| check_caption("title", title))
            .transpose()?;
        let chosen = labels(&self.labels, &content.labels)?;
        let info = (self.info != own_info(alert, content)?)
            .then(|| changed_info(change, alert, by, &self.info, validation))
            .transpose()?;
        Ok(AlertChange {
            user_id: Some(self.user_id),
            title,
            severity: Some(self.severity.into()),
            priority: Some(self.priority.into()),
            due_date: Some(self.due_date.map(|WireTime(at)| at)),
            labels: (chosen != content.labels).then_some(chosen),
            given_labels: Vec::new(),
            info,
            outcome: Some(self.outcome.map(AlertOutcome::from)),
            viewer: by.viewer,
        })
    }
}

/// Who changes an alert.
struct Editor {
    /// The user's id.
    user: String,
    viewer: Viewer,
}

/// The text of another info, with the transactions that the host put there. Who does not see what a rule wrote there cannot
/// say what is to become of it.
fn changed_info(
    change: &Change<'_>,
    alert: &Alert,
    by: &Editor,
    info: &JsonObject,
    validation: &Validation,
) -> Result<String, Problem> {
    if by.viewer == Viewer::Masked && alert.withheld().details {
        return Err(Problem::forbidden(
            Permission::TransactionSensitive.as_str(),
        ));
    }
    let definitions = change.definitions();
    let kind = &alert.incident_type;
    let info = info::checked(definitions, kind, &by.user, info, true, validation)?;
    let full = alert.seen_by(Viewer::Full);
    Ok(engine::alert::with_transactions_of(&info, &full.info))
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
    let by = Editor {
        user: caller.id.to_string(),
        viewer: caller.viewer(),
    };
    let id = path.alert;
    let asked = Arc::new((preconditions, patch, by));
    let make = |validation: Validation| {
        let (asked, actor) = (asked.clone(), actor.clone());
        let apply = move |change: &mut Change<'_>| {
            let (preconditions, patch, by) = &*asked;
            let mut alert = find_in(change, id, preconditions, by.viewer)?;
            let content = change.disclosure(by.viewer).content(&alert).into_owned();
            let fields: AlertFields = patch.apply(&AlertFields::of(&alert, &content)?)?;
            let changed = fields.into_change(change, &alert, &content, by, &validation)?;
            if alert.change(changed, change.at())? {
                change.audit(&actor, "alert.change", alert.id.to_string());
                change.put_alert(alert);
            }
            Ok::<_, Problem>(())
        };
        caller.change(apply)
    };
    info::with_validation(&app, caller.tenant, make).await?;
    read::changed(&app, &caller, path.alert).await
}
