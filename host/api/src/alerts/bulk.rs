//! Changing many alerts at once: `/v1/alerts/bulk`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::alert::{AlertChange, AlertId, AlertOutcome, Person, Viewer};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::level::LevelBody;
use super::comments::harmless;
use super::fields::{labels, refuse};
use super::filters::AlertFilters;
use super::outcome::OutcomeBody;
use super::parts::check_assignee;
use super::transitions::{Mover, check_concludes, move_in, put_comment};
use super::{list, no_such_alert, on_disk, refuse_merged};
use crate::http::{Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::alert_index::{search, whole_index};
use app::bulk::{AskError, Asked, BulkFailure, BulkRecord, BulkState, Bulks};
use app::request::Replayable;
use base::naming;
use engine::lane::{Actor, Change};
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts/bulk",
            post_with(change_alerts, |op| {
                op.summary("Change many alerts")
                    .description("Each alert is changed, or not, by itself. `Location` says where to look how far it is. A stop of the host loses none: it goes on when it is started again.")
                    .tag("Alerts")
                    .response_with::<202, Json<BulkBody>, _>(|response| {
                        response.description("It has begun")
                    })
                    .with(problems(&[ProblemKind::NotFound]))
            }),
        )
        .api_route(
            "/v1/alerts/bulk/{bulk}",
            get_with(read_bulk, |op| {
                op.summary("Read how far a change of many alerts is").tag("Alerts")
            }),
        )
}

/// Which alerts to change, and how: either `alerts` or `filter`.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewBulk {
    /// These alerts.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    alerts: Option<Vec<Uuid>>,
    /// All alerts that a search with these parameters finds now.
    #[serde(default)]
    filter: Option<AlertFilters>,
    change: BulkChange,
}

/// What is done to each alert; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct BulkChange {
    /// Moves it to this state.
    to: Option<String>,
    /// Puts a comment to it: HTML, as in other comments.
    comment: Option<String>,
    /// What it was: with a move to a closed state, or, where it is not moved, of an alert that is closed.
    outcome: Option<OutcomeBody>,
    /// Assigns it to this user; `""` to nobody.
    user_id: Option<String>,
    severity: Option<LevelBody>,
    priority: Option<LevelBody>,
    /// Labels that it gets.
    add_labels: Vec<String>,
    /// Labels that are taken from it.
    remove_labels: Vec<String>,
}

/// A change of many alerts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Bulk")]
struct BulkBody {
    id: String,
    state: BulkState,
    /// Why it ended before its end, where it is `stopped`; null otherwise.
    reason: Option<String>,
    /// How many alerts there are.
    of: u64,
    /// How many of them were tried.
    done: u64,
    /// How many of those could not be changed.
    failed: u64,
    /// The first thousand of those.
    failures: Vec<FailureBody>,
    asked_at: WireTime,
    finished_at: Option<WireTime>,
}

/// An alert that could not be changed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BulkFailure")]
struct FailureBody {
    /// Which.
    alert: String,
    /// What the call for one alert would have answered.
    status: u16,
    /// Why.
    detail: String,
}

impl Replayable for BulkBody {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

impl BulkBody {
    fn of(record: &BulkRecord, viewer: Viewer) -> Self {
        let failure = |failure: &BulkFailure| FailureBody {
            alert: failure.alert.to_string(),
            status: failure.status,
            detail: failure.detail(viewer).to_owned(),
        };
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            id: record.id.to_string(),
            state: record.state,
            reason: record.stopped.clone(),
            of: record.of,
            done: record.done,
            failed: record.failed,
            failures: record.failures.iter().map(failure).collect(),
            asked_at: time(record.asked_at),
            finished_at: record.finished_at.map(time),
        }
    }
}

impl BulkChange {
    /// Refuses what no alert could be changed to, and what the caller may not do.
    async fn checked(mut self, caller: &UserCaller) -> Result<Self, Problem> {
        if self == Self::default() {
            let detail = "'change' must say what to change".to_owned();
            return Err(refuse("change", "empty", detail));
        }
        let definitions = caller.definitions();
        if let Some(to) = &self.to {
            caller.require(Permission::AlertTransition)?;
            if definitions.workflow().state(to).is_none() {
                let detail = format!("the workflow has no state '{to}'");
                return Err(refuse("change.to", "unknown", detail));
            }
            if self.outcome.is_some() {
                check_concludes("change.outcome", to, &definitions.workflow())?;
            }
        }
        if let Some(text) = self.comment.take() {
            caller.require(Permission::CommentWrite)?;
            self.comment = Some(harmless(text).await?);
        }
        let of_fields = Self {
            to: None,
            comment: None,
            outcome: self.outcome.filter(|_| self.to.is_none()),
            ..self.clone()
        };
        if of_fields != Self::default() {
            caller.require(Permission::AlertWrite)?;
        }
        if let Some(user) = self.user_id.as_deref().filter(|user| !user.is_empty()) {
            check_assignee(&definitions, user)?;
        }
        labels(&self.add_labels, &[])?;
        // Labels that could not be put any more can be taken away.
        let removed = self.remove_labels.iter();
        let removed: Vec<Label> = removed.filter_map(|text| Label::new(text).ok()).collect();
        labels(&self.remove_labels, &removed)?;
        Ok(self)
    }
}

impl NewBulk {
    /// The alerts that are meant, in the order in which they are changed.
    async fn alerts(&self, app: &App, caller: &UserCaller) -> Result<Vec<AlertId>, Problem> {
        match (&self.alerts, &self.filter) {
            (Some(alerts), None) => {
                let mut seen = std::collections::HashSet::new();
                let twice = alerts.iter().find(|alert| !seen.insert(**alert));
                match twice {
                    None => Ok(alerts.clone()),
                    Some(twice) => {
                        let detail = format!("'alerts' names alert {twice} twice");
                        Err(refuse("alerts", "duplicate", detail))
                    }
                }
            }
            (None, Some(filter)) => {
                // Some of them would be changed, and nobody would know which.
                whole_index(caller).await?;
                let query = list::query(app, caller, filter, "filter.").await?;
                let found = search(caller, move |index| index.all(&query));
                Ok(found.await?.0)
            }
            _ => {
                let detail = "exactly one of 'alerts' and 'filter' must be there".to_owned();
                Err(refuse("alerts", "invalid", detail))
            }
        }
    }
}

async fn change_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body: new, once }: Repeatable<NewBulk>,
) -> Result<Response, Problem> {
    caller.require(Permission::AlertRead)?;
    let alerts = new.alerts(&app, &caller).await?;
    let change = new.change.checked(&caller).await?;
    let change = serde_json::to_value(change).map_err(|_| Problem::internal())?;
    let (actor, needs) = (caller.actor(), caller.needs());
    let viewer = caller.viewer();
    let note = move |noting: &mut Change<'_>| {
        let asked = Asked {
            actor,
            needs,
            change,
            alerts,
        };
        let record = Bulks::note(noting, asked)?;
        Ok(BulkBody::of(&record, viewer))
    };
    let body = once.make::<_, Problem, _>(&caller, note).await?;
    let id: Uuid = body.id.parse().map_err(|_| Problem::internal())?;
    let tenant = caller.tenant;
    let record = on_disk(&app, move |app| app.bulks.get(&app.services, tenant, id));
    if let Some(record) = record.await?
        && record.state == BulkState::Running
    {
        app.bulks.run(
            &app.services,
            &caller.lane,
            tenant,
            record,
            change_one_of_many,
        );
    }
    let location = HeaderValue::try_from(format!("/v1/alerts/bulk/{id}"));
    let location = location.map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, headers, Json(body)).into_response())
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooMany(_) => refuse("alerts", "too_long", error.to_string()),
            AskError::Lane(error) => error.into(),
        }
    }
}

/// Changes one of the alerts, in the lane.
pub(crate) fn change_one_of_many(
    change: &mut Change<'_>,
    id: AlertId,
    record: &BulkRecord,
) -> Result<(), BulkFailure> {
    change_one(change, id, record).map_err(|Refused { problem, neutral }| {
        let status = problem.kind().status().as_u16();
        BulkFailure::new(id, status, problem.detail().to_owned(), neutral)
    })
}

/// Why an alert is not changed.
struct Refused {
    problem: Problem,
    /// The same for who may not see masked fields, where that may differ.
    neutral: Option<String>,
}

fn neutral_detail(refused: Result<(), Problem>) -> Option<String> {
    let problem = refused.err()?;
    Some(problem.detail().to_owned())
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(problem: E) -> Self {
        Self {
            problem: problem.into(),
            neutral: None,
        }
    }
}

fn change_one(change: &mut Change<'_>, id: AlertId, record: &BulkRecord) -> Result<(), Refused> {
    let asked: BulkChange =
        serde_json::from_value(record.change.clone()).map_err(|_| Problem::internal())?;
    let mut alert = change.alert(id)?.ok_or_else(|| no_such_alert(id))?;
    refuse_merged(&alert)?;
    let Actor::User { id: user, login } = &record.actor else {
        return Err(Problem::internal().into());
    };
    if let Some(text) = asked.comment.clone() {
        let author = Person {
            id: user.clone(),
            login: login.clone(),
        };
        put_comment(change, &alert, &record.actor, author, text)?;
    }
    let of_user = change.definitions().users.get(user);
    let scopes = of_user.map_or(&[][..], |user| &user.scopes);
    let viewer = match change
        .definitions()
        .permit(scopes, Permission::TransactionSensitive)
    {
        true => Viewer::Full,
        false => Viewer::Masked,
    };
    let seen = change.disclosure(viewer).content(&alert).labels.clone();
    if alert.change(asked.of_fields(&seen, viewer)?, change.at())? {
        change.audit(&record.actor, "alert.change", id.to_string());
        change.put_alert(alert.clone());
    }
    if let Some(to) = &asked.to {
        let outcome = asked.outcome.map(AlertOutcome::from);
        let mut moving = |viewer| {
            let mover = Mover {
                actor: &record.actor,
                viewer,
            };
            move_in(change, alert.clone(), to, outcome, &mover)
        };
        // Whoever may read alerts reads what became of it.
        moving(Viewer::Full).map_err(|problem| Refused {
            problem,
            neutral: neutral_detail(moving(Viewer::Masked)),
        })?;
    }
    Ok(())
}

impl BulkChange {
    /// What is changed of an alert whose labels whoever asked sees so.
    fn of_fields(&self, current: &[Label], viewer: Viewer) -> Result<AlertChange, Problem> {
        let mut texts: Vec<String> = current.iter().map(|label| label.as_str().into()).collect();
        let removed = |label: &String| {
            let mut removed = self.remove_labels.iter();
            removed.any(|removed| naming::look_alike(removed, label))
        };
        texts.retain(|label| !removed(label));
        for label in &self.add_labels {
            if !texts.iter().any(|text| naming::look_alike(text, label)) {
                texts.push(label.clone());
            }
        }
        let chosen = labels(&texts, current)?;
        Ok(AlertChange {
            user_id: self
                .user_id
                .clone()
                .map(|user| Some(user).filter(|user| !user.is_empty())),
            severity: self.severity.map(Level::from),
            priority: self.priority.map(Level::from),
            labels: (chosen != current).then_some(chosen),
            given_labels: labels(&self.add_labels, current)?,
            outcome: self
                .outcome
                .filter(|_| self.to.is_none())
                .map(|outcome| Some(outcome.into())),
            viewer,
            ..AlertChange::default()
        })
    }
}

/// The path of a change of many alerts.
#[derive(Debug, Deserialize, JsonSchema)]
struct BulkPath {
    /// Its id.
    #[schemars(with = "String")]
    bulk: Uuid,
}

async fn read_bulk(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BulkPath>,
) -> Result<Json<BulkBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let tenant = caller.tenant;
    let read = move |app: &App| app.bulks.get(&app.services, tenant, path.bulk);
    let record = on_disk(&app, read).await?;
    let record = record
        .ok_or_else(|| Problem::not_found(&format!("change of many alerts {}", path.bulk)))?;
    Ok(Json(BulkBody::of(&record, caller.viewer())))
}
