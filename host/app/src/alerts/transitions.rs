//! Moving alerts through the workflow.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::comments::{CommentError, MAX_COMMENTS, harmless};
use super::conditions::{ConditionView, security, security_in};
use super::parts::{NewPartError, new_in, subject};
use super::read::{ReadAlertError, read_as_of};
use super::seen::FullAlert;
use super::{NoSuchAlert, TargetError, find_in};
use crate::App;
use crate::blocking::on_disk;
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::once::RepeatError;
use crate::request::{Expected, Invalid, Once, Replayable};
use domain::alert::{
    Alert, AlertId, AlertOutcome, Comment, Denial, NotClosed, Person, Transition, Viewer, Workflow,
};
use engine::alert::{WITHHELD, read_whole};
use engine::lane::{Actor, Change, LaneError};
use tenant::Permission;

/// Where an alert can be moved.
#[derive(Clone, Debug)]
pub struct Moves {
    /// The state that it is in.
    pub state: String,
    /// Every move from there.
    pub transitions: Vec<PossibleMove>,
}

/// A move from an alert's state.
#[derive(Clone, Debug)]
pub struct PossibleMove {
    /// The state that it leads to.
    pub to: String,
    /// What that state is called, for people.
    pub title: String,
    /// Whether alerts in that state count as done.
    pub closes: bool,
    /// Why this caller may not make it now; none if the caller may.
    pub reason: Option<String>,
}

/// A move to make.
#[derive(Clone, Debug)]
pub struct MoveAlert {
    /// The state to move to.
    pub to: String,
    /// A comment to put to the alert with it: HTML, as in other comments.
    pub comment: Option<String>,
    /// What the alert was; only with a move to a closed state.
    pub outcome: Option<AlertOutcome>,
}

/// Why an alert was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The alert cannot be changed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The comment was not put.
    #[error(transparent)]
    Comment(#[from] CommentError),
    /// The comment cannot be put to the alert.
    #[error(transparent)]
    NewPart(#[from] NewPartError),
    /// The workflow does not let it through.
    #[error(transparent)]
    Refused(#[from] MoveRefused),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// It was moved, and cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadAlertError),
}

/// Why the workflow does not let a move through.
#[derive(Debug, thiserror::Error)]
pub enum MoveRefused {
    /// There is no such transition.
    #[error("{0}")]
    NoTransition(String),
    /// The condition of the transition denies it, in words that the mover may read.
    #[error("{0}")]
    Denied(String),
    /// It has an outcome, and does not close the alert.
    #[error(transparent)]
    Outcome(#[from] Invalid),
    /// It is not closed, and has no outcome.
    #[error(transparent)]
    NotClosed(#[from] NotClosed),
    /// What its condition sees cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(MoveRefused);

/// A move that was made: the alert as it was then is found again by it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Moved {
    /// The place of the move in the tenant's order.
    position: u64,
}

impl Replayable for Moved {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Every move from the alert's state: whether the caller may make it now, and if not, why not.
///
/// # Errors
/// Where the caller may not read alerts, or there is no such alert.
pub async fn list(app: &Arc<App>, caller: &Caller, id: AlertId) -> Result<Moves, ReadAlertError> {
    caller.require(Permission::AlertRead)?;
    let forbidden = caller.require(Permission::AlertTransition).err();
    let forbidden = forbidden
        .map(|Forbidden(permission)| format!("this needs the permission {}", permission.as_str()));
    // In this order: whoever has the newer workflow has the alerts that it moved, too.
    let definitions = caller.definitions();
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let (security, disclosure) = (security(caller), caller.disclosure());
    let moves = on_disk(app, move |app| {
        let store = &app.services.store;
        let Some(whole) = read_whole(store, tenant, id, position)? else {
            return Ok(None);
        };
        let state = whole.alert.state.clone();
        let view = ConditionView::as_of(store, tenant, position, whole)?;
        let seen = view.value(&definitions);
        let is_withheld = view.withholds_from(&disclosure);
        let workflow = definitions.workflow();
        let possible = |transition: &Transition| {
            let reason = forbidden.clone().or_else(|| {
                let denial = transition.admit(&seen, &security).err()?;
                Some(words(&denial, is_withheld))
            });
            PossibleMove::of(transition, &workflow, reason)
        };
        let transitions = workflow.transitions_from(&state).map(possible).collect();
        Ok(Some(Moves { state, transitions }))
    });
    Ok(moves.await?.ok_or(NoSuchAlert(id))?)
}

/// Moves an alert to another state of the workflow. A comment is put to it first, and so is the outcome of a move that
/// closes it, so that the condition sees them, and only if the alert is moved.
///
/// # Errors
/// Where the caller may not, there is no such alert, it is not the version that the move is meant for, or the workflow
/// does not let it through.
pub async fn transition(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    expected: Expected,
    asked: MoveAlert,
    once: Once,
) -> Result<FullAlert, MoveAlertError> {
    caller.require(Permission::AlertTransition)?;
    let comment = match asked.comment {
        Some(text) => {
            caller.require(Permission::CommentWrite)?;
            Some(harmless(text).await?)
        }
        None => None,
    };
    let (actor, author) = (caller.actor(), caller.person());
    let (viewer, to, outcome) = (caller.viewer(), asked.to, asked.outcome);
    let apply = move |change: &mut Change<'_>| {
        let alert = find_in(change, id, &expected, viewer)?;
        if let Some(text) = comment {
            put_comment(change, &alert, &actor, author, text)?;
        }
        let mover = Mover {
            actor: &actor,
            viewer,
        };
        move_in(change, alert, &to, outcome, &mover)?;
        Ok(Moved {
            position: change.position(),
        })
    };
    let moved: Moved = once.make::<_, MoveAlertError, _>(caller, apply).await?;
    Ok(read_as_of(app, caller, id, moved.position).await?)
}

impl PossibleMove {
    fn of(transition: &Transition, workflow: &Workflow, reason: Option<String>) -> Self {
        let to = &transition.destination;
        let state = workflow.state(to);
        Self {
            to: to.clone(),
            title: state.map(|state| state.title.clone()).unwrap_or_default(),
            closes: workflow.is_closed(to),
            reason,
        }
    }
}

/// Puts a comment to an alert, as a part of another change.
pub(super) fn put_comment(
    change: &mut Change<'_>,
    alert: &Alert,
    actor: &Actor,
    author: Person,
    text: String,
) -> Result<(), NewPartError> {
    let comment = Comment {
        text,
        edited_at: None,
    };
    let id = Uuid::now_v7();
    let comment = new_in(change, alert.id, id, author, comment, MAX_COMMENTS)?;
    change.audit(actor, "comment.create", subject(&comment));
    change.put_part(comment);
    Ok(())
}

/// Who moves an alert.
pub(super) struct Mover<'m> {
    pub(super) actor: &'m Actor,
    pub(super) viewer: Viewer,
}

/// Why a transition does not let somebody through. Where something that its condition sees is withheld from that person,
/// the fault is named without its words, since those may quote it.
fn words(denial: &Denial, is_withheld: bool) -> String {
    match denial {
        Denial::Failed { condition, fault } if is_withheld => format!(
            "the transition's condition cannot be evaluated: {} (line {}, column {}); {WITHHELD}: {condition}",
            fault.kind, fault.place.line, fault.place.column
        ),
        _ => denial.to_string(),
    }
}

/// Moves an alert that is as the caller thinks it is, where the workflow lets it.
pub(super) fn move_in(
    change: &mut Change<'_>,
    mut alert: Alert,
    to: &str,
    outcome: Option<AlertOutcome>,
    mover: &Mover<'_>,
) -> Result<(), MoveRefused> {
    let workflow = change.definitions().workflow();
    let transition = workflow.transition(&alert.state, to);
    let transition = transition.map_err(|error| MoveRefused::NoTransition(error.to_string()))?;
    if outcome.is_some() {
        check_concludes("outcome", to, &workflow)?;
    }
    if transition.condition.is_some() {
        let view = ConditionView::in_lane(change, &alert)?;
        let view = match outcome {
            Some(outcome) => view.concluded(outcome),
            None => view,
        };
        let seen = view.value(change.definitions());
        let security = security_in(change.definitions(), mover.actor);
        let is_withheld = view.withholds_from(&change.disclosure(mover.viewer));
        let admitted = transition.admit(&seen, &security);
        admitted.map_err(|denial| MoveRefused::Denied(words(&denial, is_withheld)))?;
    }
    alert.enter(to, &workflow, change.at());
    if outcome.is_some() {
        alert.conclude(outcome)?;
    }
    change.audit(mover.actor, "alert.move", alert.id.to_string());
    change.put_alert(alert);
    Ok(())
}

/// Refuses an outcome of a move to a state that is not closed.
pub(super) fn check_concludes(field: &str, to: &str, workflow: &Workflow) -> Result<(), Invalid> {
    if workflow.is_closed(to) {
        return Ok(());
    }
    let closed = workflow.closed_states().join(", ");
    let detail = format!(
        "'{field}' comes with a move that closes an alert, and the state '{to}' is not closed; closed is {closed}"
    );
    Err(Invalid::field(field, "not_closed", detail))
}
