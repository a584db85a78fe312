//! What is to be done about an alert: tasks, with who does them and until when.

use app::alerts::tasks::{self, TaskFields, TaskView};
use app::caller::Caller;
use app::request::{Edit, Expected, Once};
use app::users::login_of;
use axum::response::Response;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use super::answer::{Kept, Known, Notice, OfPart, OnAlert};
use super::shown::Shown;
use crate::browser::{Named, Typed};
use crate::elements::{asking, denied};
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// Where the section stands on the page.
const PLACE: &str = "#tasks";

/// A task, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedTask {
    /// None of a new one.
    version: Option<u64>,
    title: String,
    /// A user's id; empty for nobody.
    user: String,
    /// A date and time in the caller's zone; empty for none.
    due: String,
}

/// That a task is done, or is not after all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedDone {
    version: u64,
    done: bool,
}

/// Which version of something is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedVersion {
    pub(super) version: u64,
}

impl TypedTask {
    /// The fields of a new task, for those who may make and change tasks.
    fn fields(&self, caller: &Caller) -> Result<TaskFields, Failure> {
        caller.require(Permission::TaskWrite)?;
        let user = Some(self.user.clone());
        Ok(TaskFields {
            title: self.title.trim().to_owned(),
            user_id: user.filter(|user| !user.is_empty()),
            due_date: Zone::of(caller).read_field(&self.due, None)?,
            done: false,
        })
    }
}

pub(crate) async fn create(on: OnAlert, Typed(typed): Typed<TypedTask>) -> Response {
    let done = match typed.fields(on.caller()) {
        Ok(fields) => {
            let made = tasks::create(on.caller(), on.alert, fields, Once::unkeyed()).await;
            made.map(drop).map_err(Failure::from)
        }
        Err(failure) => Err(failure),
    };
    let kept = Kept {
        task: Some(&typed),
        ..Kept::default()
    };
    on.answer(done, PLACE, kept).await
}

pub(crate) async fn change(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedTask>,
) -> Response {
    let zone = Zone::of(on.caller());
    let version = typed.version.unwrap_or_default();
    let done = match typed.fields(on.caller()) {
        Ok(fields) => {
            let due = typed.due.clone();
            let edit = Edit::new(move |before: TaskFields| {
                let due_date = zone.read_field(&due, before.due_date);
                Ok(TaskFields {
                    due_date: due_date.unwrap_or(before.due_date),
                    done: before.done,
                    ..fields.clone()
                })
            });
            let expected = Expected::version(version);
            let changed = tasks::change(on.caller(), on.alert, part, expected, edit).await;
            changed.map(drop).map_err(Failure::from)
        }
        Err(failure) => Err(failure),
    };
    let kept = Kept {
        changed_task: Some((part, &typed)),
        known: Known::part(part, version),
        ..Kept::default()
    };
    on.answer(done, PLACE, kept).await
}

pub(crate) async fn tick(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedDone>,
) -> Response {
    let is_done = typed.done;
    let edit = Edit::new(move |before| {
        Ok(TaskFields {
            done: is_done,
            ..before
        })
    });
    let expected = Expected::version(typed.version);
    let done = tasks::change(on.caller(), on.alert, part, expected, edit).await;
    let done = done.map_err(Failure::from);
    on.answer_of(done, PLACE, part, typed.version).await
}

pub(crate) async fn delete(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedVersion>,
) -> Response {
    let expected = Expected::version(typed.version);
    let done = tasks::delete(on.caller(), on.alert, part, expected).await;
    let done = done.map_err(Failure::from);
    on.answer_of(done, PLACE, part, typed.version).await
}

/// The tasks, and the form for a new one.
pub(super) fn section(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.tasks;
    let Some(tasks) = &shown.tasks else {
        return html! {};
    };
    let done = tasks.items.iter().filter(|task| task.done).count();
    let typed = notice.and_then(|notice| notice.kept.task);
    html! {
        section.card aria-labelledby="tasks" {
            h2 #tasks {
                (text.title)
                @if !tasks.items.is_empty() { " " span.note { ((text.done_of)(done, tasks.items.len())) } }
            }
            @if tasks.items.is_empty() { p.empty { (text.empty) } }
            @else {
                ul.tasks {
                    @for (number, task) in tasks.items.iter().enumerate() {
                        li { (one_task(shown, caller, zone, notice, (number, task))) }
                    }
                }
            }
            @if tasks.has_more() { p.note { (EN.alert.more) } }
            @if !shown.is_whole() {
            } @else if caller.may(Permission::TaskWrite) {
                details open[typed.is_some()] {
                    summary { (text.new) }
                    form.stack action=(shown.action("tasks")) method="post" {
                        (fields(shown, zone, "task", None, typed))
                        button type="submit" { (text.add) }
                    }
                }
            } @else {
                (denied(text.new, &(EN.elements.needs)(Permission::TaskWrite.as_str())))
            }
        }
    }
}

fn one_task(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
    (number, task): (usize, &TaskView),
) -> Markup {
    let text = &EN.tasks;
    let (id, definitions) = (task.id, caller.definitions());
    let may_change = caller.may(Permission::TaskWrite) && shown.is_whole();
    let typed = notice.and_then(|notice| notice.kept.changed_task);
    let typed = typed.filter(|(of, _)| *of == id).map(|(_, typed)| typed);
    html! {
        div.task {
            @if may_change {
                form action=(shown.action(&format!("tasks/{id}/done"))) method="post" {
                    input type="hidden" name="version" value=(task.version);
                    input type="hidden" name="done" value=(!task.done);
                    button.tick type="submit"
                        aria-label=((if task.done { text.reopen } else { text.tick })(&task.title)) {
                        (if task.done { "☑" } else { "☐" })
                    }
                }
            } @else {
                span aria-hidden="true" { (if task.done { "☑" } else { "☐" }) }
            }
            div {
                p { @if task.done { s { (task.title) } " " span.note { (text.done) } } @else { strong { (task.title) } } }
                p.note {
                    @match &task.user_id {
                        Some(user) => (login_of(&definitions, user)),
                        None => (EN.queue.nobody),
                    }
                    @if let Some(due) = task.due_date { " · " (text.due) " " (zone.time(due)) }
                    @if let (Some(by), Some(at)) = (&task.done_by, task.done_at) {
                        " · " ((text.done_by)(&by.login)) " " (zone.time(at))
                    }
                }
                @if may_change {
                    details open[typed.is_some()] {
                        summary { (text.edit) }
                        form.stack action=(shown.action(&format!("tasks/{id}"))) method="post" {
                            input type="hidden" name="version" value=(task.version);
                            (fields(shown, zone, &format!("task-{number}"), Some(task), typed))
                            button type="submit" { (EN.alert.save) }
                        }
                        (asking(text.delete, &(text.delete_question)(&task.title), &html! {
                            form action=(shown.action(&format!("tasks/{id}/delete"))) method="post" {
                                input type="hidden" name="version" value=(task.version);
                                button.danger type="submit" { (text.delete) }
                            }
                        }))
                    }
                }
            }
        }
    }
}

/// The fields of a task: as they were typed, as they are, or empty.
fn fields(
    shown: &Shown<'_>,
    zone: &Zone,
    id: &str,
    task: Option<&TaskView>,
    typed: Option<&TypedTask>,
) -> Markup {
    let text = &EN.tasks;
    let due = |due: Timestamp| zone.in_field(due);
    let (title, user, due) = match (typed, task) {
        (Some(typed), _) => (typed.title.clone(), typed.user.clone(), typed.due.clone()),
        (None, Some(task)) => (
            task.title.clone(),
            task.user_id.clone().unwrap_or_default(),
            task.due_date.map(due).unwrap_or_default(),
        ),
        (None, None) => Default::default(),
    };
    let is_listed = shown.people.iter().any(|person| person.id == user);
    html! {
        label for={ (id) "-title" } { (text.task) }
        input id={ (id) "-title" } name="title" required maxlength="200" value=(title);
        label for={ (id) "-user" } { (EN.alert.assignment) }
        select id={ (id) "-user" } name="user" {
            option value="" { (EN.queue.nobody) }
            // Who was assigned may be disabled by now.
            @if !user.is_empty() && !is_listed { option value=(user) selected { (text.former) } }
            @for person in &shown.people {
                option value=(person.id) selected[person.id == user] { (person.login) }
            }
        }
        label for={ (id) "-due" } { (text.due_in)  " (" (zone.name()) ")" }
        input id={ (id) "-due" } name="due" type="datetime-local" value=(due);
    }
}
