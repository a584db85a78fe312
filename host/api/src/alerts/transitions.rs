//! Moving alerts through the workflow: `/v1/alerts/{alert}/transitions`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::alert::AlertOutcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::problem_from::problem_from;
use super::body::AlertBody;
use super::outcome::OutcomeBody;
use super::{AlertPath, read};
use crate::http::{Params, Preconditions, Problem, ProblemKind, Tagged, problems};
use app::App;
use app::alerts::transitions::{self, MoveAlert, MoveAlertError, MoveRefused, PossibleMove};

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

async fn list_transitions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
) -> Result<Json<TransitionsBody>, Problem> {
    let moves = transitions::list(&app, &caller, path.alert).await?;
    let body = |possible: PossibleMove| TransitionBody {
        to: possible.to,
        title: possible.title,
        allowed: possible.reason.is_none(),
        reason: possible.reason,
    };
    Ok(Json(TransitionsBody {
        state: moves.state,
        transitions: moves.transitions.into_iter().map(body).collect(),
    }))
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

problem_from!(MoveRefused { Outcome, NotClosed, Lane; Conflict: NoTransition; Forbidden: Denied });
problem_from!(MoveAlertError {
    Forbidden,
    Target,
    Comment,
    NewPart,
    Refused,
    Repeat,
    Lane,
    Read
});

async fn move_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    Repeatable { body, once }: Repeatable<Move>,
) -> Result<Tagged<AlertBody>, Problem> {
    let expected = preconditions.expected();
    let asked = MoveAlert {
        to: body.to,
        comment: body.comment,
        outcome: body.outcome.map(AlertOutcome::from),
    };
    let moved = transitions::transition(&app, &caller, path.alert, expected, asked, once).await?;
    Ok(read::changed(moved))
}
