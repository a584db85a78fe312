//! Tasks of alerts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::parts::{self, PartError, PersonView, check_assignee, find_in, new_in, next, subject};
use crate::App;
use crate::caller::Caller;
use crate::request::invalid::check_caption;
use crate::request::{Edit, Expected, Invalid, Once, Page, PageRequest, Replayable, rfc3339};
use domain::alert::{AlertId, Done, Part, PartId, Task};
use domain::time::Timestamp;
use engine::lane::Change;
use tenant::{Definitions, Permission};

/// The most tasks that an alert can have had.
const MAX_TASKS: u32 = 1_000;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct TaskFields {
    /// 1 to 200 characters.
    pub title: String,
    /// Who is to do it: a user's id.
    pub user_id: Option<String>,
    /// Until when.
    pub due_date: Option<Timestamp>,
    /// Whether it is done.
    pub done: bool,
}

/// A task. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskView {
    /// UUIDv7.
    pub id: PartId,
    /// To which alert it was put: the one that was asked for, or one that was merged into it.
    pub alert: AlertId,
    /// Who made it.
    pub author: PersonView,
    /// What is to be done.
    pub title: String,
    /// Who is to do it: a user's id.
    pub user_id: Option<String>,
    /// Until when.
    #[serde(with = "rfc3339::option")]
    pub due_date: Option<Timestamp>,
    /// Whether it is done.
    pub done: bool,
    /// Who ticked it off.
    pub done_by: Option<PersonView>,
    /// When.
    #[serde(with = "rfc3339::option")]
    pub done_at: Option<Timestamp>,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
    /// 1 when made, rising by one with each change.
    pub version: u64,
}

impl From<Part<Task>> for TaskView {
    fn from(part: Part<Task>) -> Self {
        let task = part.content;
        let done_at = task.done.as_ref().map(|done| done.at);
        Self {
            id: part.id,
            alert: part.alert,
            author: part.author.into(),
            title: task.title,
            user_id: task.user_id,
            due_date: task.due_date,
            done: task.done.is_some(),
            done_by: task.done.map(|done| done.by.into()),
            done_at,
            created_at: part.created_at,
            updated_at: part.updated_at,
            version: part.version,
        }
    }
}

impl Replayable for TaskView {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

impl TaskFields {
    fn of(task: &Task) -> Self {
        Self {
            title: task.title.clone(),
            user_id: task.user_id.clone(),
            due_date: task.due_date,
            done: task.done.is_some(),
        }
    }

    /// The task as it is to be. What was good before stays good: its assignee may be disabled by now.
    fn into_task(
        self,
        definitions: &Definitions,
        before: Option<&Task>,
        done: Done,
    ) -> Result<Task, Invalid> {
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
            due_date: self.due_date,
            done: self.done.then(|| was_done.unwrap_or(done)),
        })
    }
}

/// Puts a task to an alert.
///
/// # Errors
/// Where the caller may not, there is no such alert, or a value cannot be taken.
pub async fn create(
    caller: &Caller,
    alert: AlertId,
    fields: TaskFields,
    once: Once,
) -> Result<TaskView, PartError> {
    caller.require(Permission::TaskWrite)?;
    let (actor, author) = (caller.actor(), caller.person());
    let create = move |change: &mut Change<'_>| {
        let done = Done {
            by: author.clone(),
            at: change.at(),
        };
        let task = fields.into_task(change.definitions(), None, done)?;
        let task = new_in(change, alert, Uuid::now_v7(), author, task, MAX_TASKS)?;
        change.audit(&actor, "task.create", subject(&task));
        change.put_part(task.clone());
        Ok(TaskView::from(task))
    };
    once.make(caller, create).await
}

/// A page of an alert's tasks, oldest first.
///
/// # Errors
/// Where the caller may not, or there is no such alert.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    page: &PageRequest,
) -> Result<Page<TaskView>, PartError> {
    caller.require(Permission::TaskRead)?;
    let page = parts::list::<Task>(app, caller, alert, page).await?;
    Ok(page.map(TaskView::from))
}

/// Reads a task.
///
/// # Errors
/// Where the caller may not, or there is no such task.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    id: PartId,
) -> Result<TaskView, PartError> {
    caller.require(Permission::TaskRead)?;
    let task = parts::read::<Task>(app, caller, alert, id).await?;
    Ok(task.into())
}

/// Assigns, changes or ticks off a task.
///
/// # Errors
/// Where the caller may not, there is no such task, it is not the version that the change is meant for, or a value
/// cannot be taken.
pub async fn change(
    caller: &Caller,
    alert: AlertId,
    id: PartId,
    expected: Expected,
    edit: Edit<TaskFields>,
) -> Result<TaskView, PartError> {
    caller.require(Permission::TaskWrite)?;
    let (actor, by) = (caller.actor(), caller.person());
    let apply = move |change: &mut Change<'_>| {
        let task = find_in::<Task>(change, alert, id, &expected)?;
        let fields = edit.apply(TaskFields::of(&task.content))?;
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
    let task = caller.change::<_, PartError, _>(apply).await?;
    Ok(task.into())
}

/// Deletes a task.
///
/// # Errors
/// Where the caller may not, or there is no such task.
pub async fn delete(
    caller: &Caller,
    alert: AlertId,
    id: PartId,
    expected: Expected,
) -> Result<(), PartError> {
    caller.require(Permission::TaskWrite)?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let task = find_in::<Task>(change, alert, id, &expected)?;
        let at = change.at();
        change.audit(&actor, "task.delete", subject(&task));
        change.put_part(task.deleted(at));
        Ok(())
    };
    caller.change(delete).await
}
