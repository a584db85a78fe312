//! Alerts: `/v1/alerts`.

mod body;
mod comments;
mod documents;
mod filters;
mod history;
mod list;
mod parts;
mod tasks;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use domain::alert::{Alert, AlertChange, AlertId, Workflow};
use domain::rule::Label;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking::blocking;
use super::caller::UserCaller;
use super::level::LevelBody;
use super::teams::check_title;
use crate::app::App;
use crate::config::Config;
use crate::http::{
    ETag, JsonBody, MergePatch, Params, Preconditions, Problem, ProblemKind, Tagged, WireTime,
    problems,
};
use crate::lane::{Change, read_alert};
use crate::tenant::Permission;
use body::AlertBody;

pub(super) fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts",
            get_with(list::list_alerts, |op| {
                op.summary("Search alerts, newest first")
                    .description("Of each parameter repeated values mean any of them.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}",
            get_with(get_alert, |op| {
                op.summary("Read an alert with its findings and their evidence")
                    .tag("Alerts")
            })
            .patch_with(change_alert, |op| {
                op.summary("Assign or change an alert").tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/transitions",
            get_with(list_transitions, |op| {
                op.summary("List where an alert can be moved").tag("Alerts")
            })
            .post_with(move_alert, |op| {
                op.summary("Move an alert to another state")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .merge(comments::routes())
        .merge(tasks::routes())
        .merge(documents::routes(config))
        .merge(history::routes())
}

/// The path of an alert.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct AlertPath {
    /// The alert's id.
    #[schemars(with = "String")]
    alert: uuid::Uuid,
}

fn no_such_alert(id: AlertId) -> Problem {
    Problem::not_found(&format!("alert {id}"))
}

/// The alert in the lane, where it is as the client thinks it is.
fn find_in(
    change: &Change<'_>,
    id: AlertId,
    preconditions: &Preconditions,
) -> Result<Alert, Problem> {
    let alert = change.alert(id)?.ok_or_else(|| no_such_alert(id))?;
    preconditions.check(Some(&ETag::of_version(alert.version)))?;
    Ok(alert)
}

async fn get_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let position = caller.lane.position();
    let alert = on_disk(&app, move |app| {
        read_alert(&app.services.store, caller.tenant, path.alert, position)
            .map(|alert| alert.map(|alert| (alert, caller)))
    })
    .await?;
    let (alert, caller) = alert.ok_or_else(|| no_such_alert(path.alert))?;
    let etag = ETag::of_version(alert.version);
    let body = whole(&app, &caller, alert).await?;
    Ok(Tagged::get(etag, body, &preconditions))
}

/// The alert with its findings, and with what this caller may see of its transactions.
async fn whole(app: &Arc<App>, caller: &UserCaller, alert: Alert) -> Result<AlertBody, Problem> {
    let definitions = caller.definitions();
    let team = definitions.teams.get(&alert.team).map(|team| team.id);
    let view = match team {
        Some(team) => Some(caller.lane.team(team).await?),
        None => None,
    };
    let tenant = caller.tenant;
    let may_see = caller.may(Permission::TransactionSensitive);
    on_disk(app, move |app| {
        AlertBody::whole(
            &app.services.store,
            tenant,
            &definitions,
            view,
            alert,
            may_see,
        )
    })
    .await
}

/// Reads off the runtime's threads: the store may wait for the disk.
async fn on_disk<T: Send + 'static>(
    app: &Arc<App>,
    read: impl FnOnce(&App) -> Result<T, crate::store::StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let app = app.clone();
    Ok(blocking(move || read(&app)).await??)
}

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
        }
    }

    /// Checks what was changed.
    fn into_change(self, change: &Change<'_>, alert: &Alert) -> Result<AlertChange, Problem> {
        let refuse = |detail: String| Problem::unprocessable(detail, Vec::new());
        if let Some(user) = &self.user_id
            && alert.user_id.as_ref() != Some(user)
        {
            let user = change.definitions().users.get(user);
            if user.is_none_or(|user| user.disabled) {
                return Err(refuse("'user_id' is no user of the tenant".to_owned()));
            }
        }
        if self.title != alert.title {
            check_title(&self.title)?;
        }
        let mut labels: Vec<Label> = Vec::with_capacity(self.labels.len());
        for text in &self.labels {
            let label = Label::new(text).map_err(|error| refuse(format!("'labels': {error}")))?;
            if labels.contains(&label) {
                return Err(refuse("'labels' names a label twice".to_owned()));
            }
            labels.push(label);
        }
        Ok(AlertChange {
            user_id: Some(self.user_id),
            title: Some(self.title),
            severity: Some(self.severity.into()),
            priority: Some(self.priority.into()),
            due_date: Some(self.due_date.map(|WireTime(at)| at)),
            labels: Some(labels),
        })
    }
}

async fn change_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertWrite)?;
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let mut alert = find_in(change, path.alert, &preconditions)?;
        let fields: AlertFields = patch.apply(&AlertFields::of(&alert))?;
        let changed = fields.into_change(change, &alert)?;
        if alert.change(changed, change.at()) {
            change.audit(&actor, "alert.change", alert.id.to_string());
            change.put_alert(alert.clone());
        }
        Ok(alert)
    };
    let alert = caller.lane.change(apply).await?;
    answer(&app, &caller, alert).await
}

async fn answer(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: Alert,
) -> Result<Tagged<AlertBody>, Problem> {
    let etag = ETag::of_version(alert.version);
    let body = whole(app, caller, alert).await?;
    Ok(Tagged::changed(etag, body))
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
    /// Whether this caller may do it now.
    allowed: bool,
    /// Why not.
    reason: Option<String>,
}

async fn list_transitions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
) -> Result<axum::Json<TransitionsBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let (tenant, position) = (caller.tenant, caller.lane.position());
    let read = move |app: &App| read_alert(&app.services.store, tenant, path.alert, position);
    let alert = on_disk(&app, read)
        .await?
        .ok_or_else(|| no_such_alert(path.alert))?;
    let reason = caller
        .require(Permission::AlertTransition)
        .err()
        .map(|problem| problem.detail().to_owned());
    let workflow = Workflow::default();
    let transitions = workflow
        .destinations(&alert.state)
        .map(|to| TransitionBody {
            to: to.to_owned(),
            allowed: reason.is_none(),
            reason: reason.clone(),
        });
    let transitions = transitions.collect();
    Ok(axum::Json(TransitionsBody {
        state: alert.state,
        transitions,
    }))
}

/// A move to make.
#[derive(Debug, Deserialize, JsonSchema)]
struct Move {
    /// The state to move to.
    to: String,
}

async fn move_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    JsonBody(to): JsonBody<Move>,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertTransition)?;
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let mut alert = find_in(change, path.alert, &preconditions)?;
        alert
            .move_to(&to.to, &Workflow::default(), change.at())
            .map_err(|error| Problem::conflict(error.to_string()))?;
        change.audit(&actor, "alert.move", alert.id.to_string());
        change.put_alert(alert.clone());
        Ok(alert)
    };
    let alert = caller.lane.change(apply).await?;
    answer(&app, &caller, alert).await
}
