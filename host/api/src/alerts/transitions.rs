//! Moving alerts through the workflow: `/v1/alerts/{alert}/transitions`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::alert::{Alert, AlertOutcome, Comment, Denial, Person, Transition, Viewer, Workflow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::body::AlertBody;
use super::comments::{MAX_COMMENTS, harmless};
use super::fields::refuse;
use super::guard_view::{AlertView, security, security_in};
use super::outcome::OutcomeBody;
use super::parts::{new_in, subject};
use super::{AlertPath, find_in, no_such_alert, on_disk, read};
use crate::http::{Params, Preconditions, Problem, ProblemKind, Tagged, problems};
use app::App;
use app::request::Replayable;
use engine::alert::{WITHHELD, read_whole};
use engine::lane::{Actor, Change};
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/alerts/{alert}/transitions",
        get_with(list_transitions, |op| {
            op.summary("List where an alert can be moved")
                .description("Every move from the alert's state: whether the caller may make it now, and if not, why not.")
                .tag("Alerts")
        })
        .post_with(move_alert, |op| {
            op.summary("Move an alert to another state")
                .description("409 where the workflow has no such transition; 403 where its condition does not hold or cannot be evaluated, with the reason. A comment is put to the alert first, and so is the outcome of a move that closes it, so that the condition sees them, and only if the alert is moved. An alert that is closed no more has no outcome.")
                .tag("Alerts")
                .with(problems(&[
                    ProblemKind::Conflict,
                    ProblemKind::Forbidden,
                    ProblemKind::NotFound,
                ]))
        }),
    )
}

/// Where an alert can be moved.
#[derive(Debug, Serialize, JsonSchema)]
struct TransitionsBody {
    /// The state that it is in.
    state: String,
    /// Every move from there.
    transitions: Vec<TransitionBody>,
}

/// A move.
#[derive(Debug, Serialize, JsonSchema)]
struct TransitionBody {
    /// The state that it leads to.
    to: String,
    /// What that state is called, for people.
    title: String,
    /// Whether this caller may do it now.
    allowed: bool,
    /// Why not.
    reason: Option<String>,
}

impl TransitionBody {
    fn of(transition: &Transition, workflow: &Workflow, reason: Option<String>) -> Self {
        let to = &transition.destination;
        let state = workflow.state(to);
        Self {
            to: to.clone(),
            title: state.map(|state| state.title.clone()).unwrap_or_default(),
            allowed: reason.is_none(),
            reason,
        }
    }
}

async fn list_transitions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
) -> Result<Json<TransitionsBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let forbidden = caller
        .require(Permission::AlertTransition)
        .err()
        .map(Problem::from);
    let forbidden = forbidden.map(|problem| problem.detail().to_owned());
    // In this order: whoever has the newer workflow has the alerts that it moved, too.
    let definitions = caller.definitions();
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let (security, disclosure) = (security(&caller), caller.disclosure());
    let read = move |app: &App| {
        let store = &app.services.store;
        let Some(whole) = read_whole(store, tenant, path.alert, position)? else {
            return Ok(None);
        };
        let state = whole.alert.state.clone();
        let view = AlertView::as_of(store, tenant, position, whole)?;
        let seen = view.value(&definitions);
        let is_withheld = view.withholds_from(&disclosure);
        let workflow = definitions.workflow();
        let body = |transition: &Transition| {
            let reason = forbidden.clone().or_else(|| {
                let denial = transition.admit(&seen, &security).err()?;
                Some(words(&denial, is_withheld))
            });
            TransitionBody::of(transition, &workflow, reason)
        };
        let transitions = workflow.transitions_from(&state).map(body).collect();
        Ok(Some(TransitionsBody { state, transitions }))
    };
    let body = on_disk(&app, read).await?;
    body.map(Json).ok_or_else(|| no_such_alert(path.alert))
}

/// A move to make.
#[derive(Debug, Deserialize, JsonSchema)]
struct Move {
    /// The state to move to.
    to: String,
    /// A comment to put to the alert with it: HTML, as in other comments.
    #[serde(default)]
    comment: Option<String>,
    /// What the alert was; only with a move to a closed state.
    #[serde(default)]
    outcome: Option<OutcomeBody>,
}

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

async fn move_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    asked: Repeatable<Move>,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertTransition)?;
    let Move {
        to,
        comment,
        outcome,
    } = asked.body;
    let outcome = outcome.map(AlertOutcome::from);
    let comment = match comment {
        Some(text) => {
            caller.require(Permission::CommentWrite)?;
            Some(harmless(text).await?)
        }
        None => None,
    };
    let (actor, author) = (caller.actor(), caller.person());
    let viewer = caller.viewer();
    let apply = move |change: &mut Change<'_>| {
        let alert = find_in(change, path.alert, &preconditions, viewer)?;
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
    let moved = asked.once.make::<_, Problem, _>(&caller, apply).await?;
    read::as_of(&app, &caller, path.alert, moved.position).await
}

pub(super) fn put_comment(
    change: &mut Change<'_>,
    alert: &Alert,
    actor: &Actor,
    author: Person,
    text: String,
) -> Result<(), Problem> {
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

/// Moves an alert that is as the client thinks it is, where the workflow lets it.
pub(super) fn move_in(
    change: &mut Change<'_>,
    mut alert: Alert,
    to: &str,
    outcome: Option<AlertOutcome>,
    mover: &Mover<'_>,
) -> Result<(), Problem> {
    let workflow = change.definitions().workflow();
    let transition = workflow.transition(&alert.state, to);
    let transition = transition.map_err(|error| Problem::conflict(error.to_string()))?;
    if outcome.is_some() {
        check_concludes("outcome", to, &workflow)?;
    }
    if transition.condition.is_some() {
        let view = AlertView::in_lane(change, &alert)?;
        let view = match outcome {
            Some(outcome) => view.concluded(outcome),
            None => view,
        };
        let seen = view.value(change.definitions());
        let security = security_in(change.definitions(), mover.actor);
        let is_withheld = view.withholds_from(&change.disclosure(mover.viewer));
        let admitted = transition.admit(&seen, &security);
        admitted
            .map_err(|denial| Problem::new(ProblemKind::Forbidden, words(&denial, is_withheld)))?;
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
pub(super) fn check_concludes(field: &str, to: &str, workflow: &Workflow) -> Result<(), Problem> {
    if workflow.is_closed(to) {
        return Ok(());
    }
    let closed = workflow.closed_states().join(", ");
    let detail = format!(
        "'{field}' comes with a move that closes an alert, and the state '{to}' is not closed; closed is {closed}"
    );
    Err(refuse(field, "not_closed", detail))
}
