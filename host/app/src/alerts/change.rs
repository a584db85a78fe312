//! What people change of an alert.

use std::sync::Arc;

use super::info::{self, InfoError, Validation};
use super::labels::labels;
use super::parts::check_assignee;
use super::read::{ReadAlertError, read_now};
use super::seen::FullAlert;
use super::{TargetError, find_in};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::invalid::check_caption;
use crate::request::{Edit, Expected, Invalid};
use domain::alert::{
    Alert, AlertChange, AlertContent, AlertId, AlertOutcome, NotClosed, Viewer, is_transaction_type,
};
use domain::rule::Level;
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use json::JsonObject;
use tenant::Permission;

/// What people change of an alert.
#[derive(Clone, Debug)]
pub struct AlertFields {
    /// To whom it is assigned: a user's id.
    pub user_id: Option<String>,
    /// 1 to 200 characters.
    pub title: String,
    /// How bad it is.
    pub severity: Level,
    /// How urgent it is.
    pub priority: Level,
    /// Until when it must be done.
    pub due_date: Option<Timestamp>,
    /// Each of 2 to 20 characters, no two the same.
    pub labels: Vec<String>,
    /// As the type's schema asks.
    pub info: JsonObject,
    /// What it was; only of an alert that is closed.
    pub outcome: Option<AlertOutcome>,
}

/// Why an alert was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The alert cannot be changed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The new fields cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The info is not taken.
    #[error(transparent)]
    Info(#[from] InfoError),
    /// It is not closed, and has no outcome.
    #[error(transparent)]
    NotClosed(#[from] NotClosed),
    /// A stored info is damaged.
    #[error("the stored info of the alert is damaged")]
    Damaged,
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// It was changed, and cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadAlertError),
}

from_store_error!(ChangeAlertError);

/// Changes an alert.
///
/// # Errors
/// Where the caller may not, there is no such alert, it is not the version that the change is meant for, or the new
/// fields cannot be taken.
pub async fn change(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    expected: Expected,
    edit: Edit<AlertFields>,
) -> Result<FullAlert, ChangeAlertError> {
    caller.require(Permission::AlertWrite)?;
    let actor = caller.actor();
    let by = Editor {
        user: caller.id.to_string(),
        viewer: caller.viewer(),
    };
    let asked = Arc::new((expected, edit, by));
    let make = |validation: Validation| {
        let (asked, actor) = (asked.clone(), actor.clone());
        let apply = move |change: &mut Change<'_>| {
            let (expected, edit, by) = &*asked;
            let mut alert = find_in(change, id, expected, by.viewer)?;
            let content = change.disclosure(by.viewer).content(&alert).into_owned();
            let fields = edit.apply(AlertFields::of(&alert, &content)?)?;
            let changed = fields.into_change(change, &alert, &content, by, &validation)?;
            if alert.change(changed, change.at())? {
                change.audit(&actor, "alert.change", alert.id.to_string());
                change.put_alert(alert);
            }
            Ok(())
        };
        caller.change::<(), ChangeAlertError, _>(apply)
    };
    info::with_validation(app, caller.tenant, make).await?;
    Ok(read_now(app, caller, id).await?)
}

/// An info without what the host writes.
fn own_info(alert: &Alert, content: &AlertContent) -> Result<JsonObject, ChangeAlertError> {
    let mut info = JsonObject::read_stored(&content.info).map_err(|fault| {
        tracing::error!(alert = %alert.id, %fault, "a stored info cannot be read");
        ChangeAlertError::Damaged
    })?;
    if is_transaction_type(&alert.incident_type) {
        info.remove("transactions");
    }
    Ok(info)
}

impl AlertFields {
    /// Of an alert whose content was disclosed.
    fn of(alert: &Alert, content: &AlertContent) -> Result<Self, ChangeAlertError> {
        let labels = content.labels.iter().map(|label| label.as_str().to_owned());
        Ok(Self {
            user_id: alert.user_id.clone(),
            title: content.title.clone(),
            severity: alert.severity,
            priority: alert.priority,
            due_date: alert.due_date,
            labels: labels.collect(),
            info: own_info(alert, content)?,
            outcome: alert.outcome(),
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
    ) -> Result<AlertChange, ChangeAlertError> {
        if let Some(user) = &self.user_id
            && alert.user_id.as_ref() != Some(user)
        {
            check_assignee(change.definitions(), user)?;
        }
        let title = (self.title != content.title).then_some(self.title);
        if let Some(title) = &title {
            check_caption("title", title)?;
        }
        let chosen = labels(&self.labels, &content.labels)?;
        let info = (self.info != own_info(alert, content)?)
            .then(|| changed_info(change, alert, by, &self.info, validation))
            .transpose()?;
        Ok(AlertChange {
            user_id: Some(self.user_id),
            title,
            severity: Some(self.severity),
            priority: Some(self.priority),
            due_date: Some(self.due_date),
            labels: (chosen != content.labels).then_some(chosen),
            given_labels: Vec::new(),
            info,
            outcome: Some(self.outcome),
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
) -> Result<String, ChangeAlertError> {
    if by.viewer == Viewer::Masked && alert.withheld().details {
        return Err(Forbidden(Permission::TransactionSensitive).into());
    }
    let definitions = change.definitions();
    let kind = &alert.incident_type;
    let info = info::checked(definitions, kind, &by.user, info, true, validation)?;
    let full = alert.seen_by(Viewer::Full);
    Ok(engine::alert::with_transactions_of(&info, &full.info))
}
