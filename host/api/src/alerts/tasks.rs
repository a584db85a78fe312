//! Tasks of alerts: `/v1/alerts/{alert}/tasks`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::alert::{Done, Part, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::listing::Nothing;
use super::AlertPath;
use super::parts::{PersonBody, check_assignee, etag, find_in, list, new_in, next, read, subject};
use crate::http::{
    Created, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireTime,
    problems,
};
use app::App;
use app::request::Replayable;
use app::request::invalid::check_caption;
use engine::lane::Change;
use tenant::{Definitions, Permission};

/// The most tasks that an alert can have had.
const MAX_TASKS: u32 = 1_000;

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
struct TaskFields {
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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

impl TaskBody {
    fn of(part: Part<Task>) -> Self {
        let task = part.content;
        let done_at = task.done.as_ref().map(|done| WireTime(done.at));
        Self {
            id: part.id.to_string(),
            alert: part.alert.to_string(),
            author: part.author.into(),
            title: task.title,
            user_id: task.user_id,
            due_date: task.due_date.map(WireTime),
            done: task.done.is_some(),
            done_by: task.done.map(|done| done.by.into()),
            done_at,
            created_at: WireTime(part.created_at),
            updated_at: WireTime(part.updated_at),
            version: part.version,
        }
    }
}

impl Replayable for TaskBody {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

impl TaskFields {
    fn of(task: &Task) -> Self {
        Self {
            title: task.title.clone(),
            user_id: task.user_id.clone(),
            due_date: task.due_date.map(WireTime),
            done: task.done.is_some(),
        }
    }

    /// The task as it is to be. What was good before stays good: its assignee may be disabled by now.
    fn into_task(
        self,
        definitions: &Definitions,
        before: Option<&Task>,
        done: Done,
    ) -> Result<Task, Problem> {
        check_caption("title", &self.title)?;
        let was_assigned = before.and_then(|task| task.user_id.as_ref());
        if let Some(user) = &self.user_id
            && was_assigned != Some(user)
        {
            check_assignee(definitions, user)?;
        }
        let was_done = before.and_then(|task| task.done.clone());
        Ok(Task {
            title: self.title,
            user_id: self.user_id,
            due_date: self.due_date.map(|WireTime(at)| at),
            done: self.done.then(|| was_done.unwrap_or(done)),
        })
    }
}

async fn create_task(
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    new: Repeatable<TaskFields>,
) -> Result<Created<TaskBody>, Problem> {
    caller.require(Permission::TaskWrite)?;
    let (actor, author, fields) = (caller.actor(), caller.person(), new.body);
    let create = move |change: &mut Change<'_>| {
        let done = Done {
            by: author.clone(),
            at: change.at(),
        };
        let task = fields.into_task(change.definitions(), None, done)?;
        let task = new_in(change, path.alert, Uuid::now_v7(), author, task, MAX_TASKS)?;
        change.audit(&actor, "task.create", subject(&task));
        change.put_part(task.clone());
        Ok(TaskBody::of(task))
    };
    Ok(Created(
        new.once.make::<_, Problem, _>(&caller, create).await?,
    ))
}

async fn list_tasks(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TaskBody>>, Problem> {
    caller.require(Permission::TaskRead)?;
    let page = list::<Task>(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(TaskBody::of)))
}

async fn read_task(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TaskBody>, Problem> {
    caller.require(Permission::TaskRead)?;
    let task = read::<Task>(&app, &caller, path.alert, path.task).await?;
    Ok(Tagged::get(etag(&task), TaskBody::of(task), &preconditions))
}

async fn change_task(
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TaskBody>, Problem> {
    caller.require(Permission::TaskWrite)?;
    let (actor, by) = (caller.actor(), caller.person());
    let apply = move |change: &mut Change<'_>| {
        let task = find_in::<Task>(change, path.alert, path.task, &preconditions)?;
        let fields: TaskFields = patch.apply(&TaskFields::of(&task.content))?;
        let at = change.at();
        let done = Done { by, at };
        let changed = fields.into_task(change.definitions(), Some(&task.content), done)?;
        if changed == task.content {
            return Ok(task);
        }
        let task = next(task, changed, at)?;
        change.audit(&actor, "task.change", subject(&task));
        change.put_part(task.clone());
        Ok(task)
    };
    let task = caller.change(apply).await?;
    Ok(Tagged::changed(etag(&task), TaskBody::of(task)))
}

async fn delete_task(
    caller: UserCaller,
    Params(path): Params<TaskPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::TaskWrite)?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let task = find_in::<Task>(change, path.alert, path.task, &preconditions)?;
        let at = change.at();
        change.audit(&actor, "task.delete", subject(&task));
        change.put_part(task.deleted(at));
        Ok(NoContent)
    };
    caller.change(delete).await
}
