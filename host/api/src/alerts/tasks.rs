//! Tasks of alerts: `/v1/alerts/{alert}/tasks`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::listing::Nothing;
use super::AlertPath;
use super::parts::PersonBody;
use crate::http::{
    Created, ETag, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind, Tagged,
    WireTime, problems,
};
use app::App;
use app::alerts::tasks::{self, TaskFields, TaskView};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts/{alert}/tasks",
            post_with(create_task, |op| {
                op.summary("Put a task to an alert")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            })
            .get_with(list_tasks, |op| {
                op.summary("List the tasks of an alert, oldest first")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/tasks/{task}",
            get_with(read_task, |op| op.summary("Read a task").tag("Alerts"))
                .patch_with(change_task, |op| {
                    op.summary("Assign, change or tick off a task")
                        .tag("Alerts")
                        .with(problems(&[ProblemKind::Conflict]))
                })
                .delete_with(delete_task, |op| {
                    op.summary("Delete a task")
                        .tag("Alerts")
                        .with(problems(&[ProblemKind::Conflict]))
                }),
        )
}

/// The path of a task.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct TaskPath {
    /// The alert's id.
    #[schemars(with = "String")]
    alert: Uuid,
    /// The task's id.
    #[schemars(with = "String")]
    task: Uuid,
}

/// What is to be done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewTask")]
struct TaskFieldsBody {
    /// 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// Who is to do it: a user's id.
    #[serde(default)]
    user_id: Option<String>,
    /// Until when.
    #[serde(default)]
    due_date: Option<WireTime>,
    /// Whether it is done.
    #[serde(default)]
    done: bool,
}

/// A task.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Task")]
struct TaskBody {
    /// UUIDv7.
    id: String,
    /// To which alert it was put: this one, or one that was merged into it.
    alert: String,
    author: PersonBody,
    title: String,
    /// Who is to do it: a user's id.
    user_id: Option<String>,
    due_date: Option<WireTime>,
    done: bool,
    /// Who ticked it off.
    done_by: Option<PersonBody>,
    done_at: Option<WireTime>,
    created_at: WireTime,
    updated_at: WireTime,
    /// 1 when made, rising by one with each change; the `ETag`.
    version: u64,
}

impl From<TaskView> for TaskBody {
    fn from(task: TaskView) -> Self {
        Self {
            id: task.id.to_string(),
            alert: task.alert.to_string(),
            author: task.author.into(),
            title: task.title,
            user_id: task.user_id,
            due_date: task.due_date.map(WireTime),
            done: task.done,
            done_by: task.done_by.map(PersonBody::from),
            done_at: task.done_at.map(WireTime),
            created_at: WireTime(task.created_at),
            updated_at: WireTime(task.updated_at),
            version: task.version,
        }
    }
}

impl From<TaskFields> for TaskFieldsBody {
    fn from(fields: TaskFields) -> Self {
        Self {
            title: fields.title,
            user_id: fields.user_id,
            due_date: fields.due_date.map(WireTime),
            done: fields.done,
        }
    }
}

impl From<TaskFieldsBody> for TaskFields {
    fn from(body: TaskFieldsBody) -> Self {
        Self {
            title: body.title,
            user_id: body.user_id,
            due_date: body.due_date.map(|WireTime(at)| at),
            done: body.done,
        }
    }
}

async fn create_task(
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    new: Repeatable<TaskFieldsBody>,
) -> Result<Created<TaskBody>, Problem> {
    let task = tasks::create(&caller, path.alert, new.body.into(), new.once).await?;
    Ok(Created(task.into()))
}

async fn list_tasks(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TaskBody>>, Problem> {
    let page = tasks::list(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(TaskBody::from).into()))
}

async fn read_task(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TaskBody>, Problem> {
    let task = tasks::read(&app, &caller, path.alert, path.task).await?;
    let etag = ETag::of_version(task.version);
    Ok(Tagged::get(etag, task.into(), &preconditions))
}

async fn change_task(
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TaskBody>, Problem> {
    let (alert, id) = (path.alert, path.task);
    let (expected, edit) = (preconditions.expected(), patch.edit::<TaskFieldsBody, _>());
    let task = tasks::change(&caller, alert, id, expected, edit).await?;
    let etag = ETag::of_version(task.version);
    Ok(Tagged::changed(etag, task.into()))
}

async fn delete_task(
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    let (alert, id) = (path.alert, path.task);
    tasks::delete(&caller, alert, id, preconditions.expected()).await?;
    Ok(NoContent)
}
