//! Changes of lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{post_with, put_with};
use axum::extract::State;
use axum::response::NoContent;
use domain::rule::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::entries::{
    Entries, SentEntries, SentHow, checked_items, checked_note, entries_to_remove,
};
use super::{ListBrief, ListPath, blocking, etag, find, no_such_list};
use crate::http::{
    Filters, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, problems,
};
use app::App;
use app::installed_plans::{Installed, InstalledPlan, change_knowing_plans};
use engine::lane::Change;
use engine::list::{Attempt, Changed, ListChange, Wanted, Why};
use tenant::{List, Permission};

/// What is said of the forms in which entries are sent.
const FORMS: &str = "One entry a line, a JSON array, or CSV in UTF-8 with a header, of which one column has the entries. White space and invisible characters at the ends of an entry are removed, empty entries dropped, and each is taken once. One that cannot be taken, or a row of CSV that cannot be read, means that nothing is changed, and the answer names its line.";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/lists/{list}",
            put_with(put_list, |op| {
                op.summary("Create or replace a list")
                    .description(&format!("{FORMS} A body without entries is refused unless `?empty=true` says that the list is to be empty, or the body is the JSON array `[]`."))
                    .tag("Lists")
            })
            .patch_with(change_list, |op| {
                op.summary("Add entries to a list, and remove entries")
                    .tag("Lists")
            })
            .delete_with(delete_list, |op| {
                op.summary("Delete a list")
                    .description("Refused while an installed rule reads it. Its versions stay.")
                    .tag("Lists")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/lists/{list}/entries",
            post_with(add_entries, |op| {
                op.summary("Add entries to a list")
                    .description(FORMS)
                    .tag("Lists")
            }),
        )
}

/// What to change of a list. What is both added and removed is removed.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ListChange")]
struct ListChangeBody {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    /// Why the list is changed, in at most 1000 characters; kept with the version.
    #[serde(default)]
    note: Option<String>,
}

/// Why a list is deleted.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeletedHow {
    /// Why the list is deleted, in at most 1000 characters; kept with the version.
    note: Option<String>,
}

/// A list after a change, without its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListChanged {
    #[serde(flatten)]
    list: ListBrief,
    /// How many entries were added.
    added: usize,
    /// How many were removed. Where none was added or removed, there is no new version.
    removed: usize,
    /// The column that had the entries, where they were sent as CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
}

impl ListChanged {
    fn of(list: &List, changed: &Changed, column: Option<String>) -> Self {
        Self {
            list: ListBrief::of(list),
            added: changed.added,
            removed: changed.removed,
            column,
        }
    }
}

/// Reads what was sent off the runtime's threads, since it may be long.
async fn read(sent: SentEntries, how: SentHow) -> Result<Entries, Problem> {
    blocking(move || sent.read(&how)).await?
}

/// Makes a change of a list by attempts in the lane, and prepares it where the lane asks for that.
async fn make<F>(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &ListPath,
    change: &ListChange,
    attempt: impl Fn() -> F,
) -> Result<Changed, Problem>
where
    F: Future<Output = Result<Attempt, Problem>>,
{
    let lock = app.list_locks.of(caller.tenant, path.name());
    let shared = lock.read().await;
    if let Attempt::Made(changed) = attempt().await? {
        return Ok(changed);
    }
    drop(shared);
    let _alone = lock.write().await;
    loop {
        let list = match attempt().await? {
            Attempt::Made(changed) => return Ok(changed),
            Attempt::Unprepared(list) => list,
        };
        let (app, tenant, change) = (app.clone(), caller.tenant, change.clone());
        let prepare = move || change.prepare(&app.services.store, tenant, list.as_ref());
        blocking(prepare).await??;
    }
}

/// The same for a change that depends on the list alone.
async fn make_checked(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &ListPath,
    change: &ListChange,
    check: impl Fn(Option<&List>) -> Result<(), Problem> + Clone + Send + 'static,
) -> Result<(Arc<List>, Changed), Problem> {
    let attempt = || {
        let (change, check) = (change.clone(), check.clone());
        let name = path.name().to_owned();
        let attempt = move |lane: &mut Change<'_>| {
            check(lane.definitions().lists.get(&name).map(|list| &**list))?;
            change.make(lane).map_err(Problem::from)
        };
        async move { caller.change(attempt).await }
    };
    let changed = make(app, caller, path, change, attempt).await?;
    let list = changed.list.clone();
    let list = list.ok_or_else(|| no_such_list(path.name()))?;
    Ok((list, changed))
}

async fn put_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(mut how): Filters<SentHow>,
    preconditions: Preconditions,
    sent: SentEntries,
) -> Result<Put<ListChanged>, Problem> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.put",
        note: how.take_note()?,
    };
    let sent = read(sent, how).await?;
    sent.check_not_empty()?;
    let Entries {
        entries, column, ..
    } = sent;
    let change = ListChange::new(path.name(), Wanted::Entries(entries), why);
    let check = move |list: Option<&List>| preconditions.check(list.map(etag).as_ref());
    let (list, changed) = make_checked(&app, &caller, &path, &change, check).await?;
    let (etag, body) = (etag(&list), ListChanged::of(&list, &changed, column));
    Ok(if changed.is_new {
        Put::Created(etag, body)
    } else {
        Put::Replaced(etag, body)
    })
}

/// Adds entries to a list that there is, and removes entries.
async fn edit(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &ListPath,
    preconditions: Preconditions,
    change: ListChange,
    column: Option<String>,
) -> Result<Tagged<ListChanged>, Problem> {
    let name = path.name().to_owned();
    let check = move |list: Option<&List>| {
        let list = list.ok_or_else(|| no_such_list(&name))?;
        preconditions.check(Some(&etag(list)))
    };
    let (list, changed) = make_checked(app, caller, path, &change, check).await?;
    let body = ListChanged::of(&list, &changed, column);
    Ok(Tagged::changed(etag(&list), body))
}

async fn change_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
    JsonBody(wanted): JsonBody<ListChangeBody>,
) -> Result<Tagged<ListChanged>, Problem> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.change",
        note: checked_note(wanted.note)?,
    };
    let wanted = Wanted::Edited {
        add: checked_items("add", &wanted.add)?,
        remove: entries_to_remove(&wanted.remove),
    };
    let change = ListChange::new(path.name(), wanted, why);
    edit(&app, &caller, &path, preconditions, change, None).await
}

async fn add_entries(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(mut how): Filters<SentHow>,
    preconditions: Preconditions,
    sent: SentEntries,
) -> Result<Tagged<ListChanged>, Problem> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.change",
        note: how.take_note()?,
    };
    let Entries {
        entries, column, ..
    } = read(sent, how).await?;
    let wanted = Wanted::Edited {
        add: entries,
        remove: BTreeSet::new(),
    };
    let change = ListChange::new(path.name(), wanted, why);
    edit(&app, &caller, &path, preconditions, change, column).await
}

async fn delete_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(how): Filters<DeletedHow>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.delete",
        note: checked_note(how.note)?,
    };
    let path = Arc::new(path);
    let change = ListChange::new(path.name(), Wanted::Deleted, why);
    let attempt = || {
        let (path, preconditions) = (path.clone(), preconditions.clone());
        let change = change.clone();
        let attempt = move |lane: &mut Change<'_>, plans: &[InstalledPlan]| {
            let list = find(lane.definitions(), &path)?;
            preconditions.check(Some(&etag(&list)))?;
            check_unread(path.name(), plans)?;
            change.make(lane).map_err(Problem::from)
        };
        change_knowing_plans(&app, &caller, Installed::All, attempt)
    };
    make(&app, &caller, &path, &change, attempt).await?;
    Ok(NoContent)
}

/// Refuses to delete a list that an installed rule reads.
fn check_unread(name: &str, plans: &[InstalledPlan]) -> Result<(), Problem> {
    let reads = |plan: &&InstalledPlan| {
        let mut sources = plan.plan.inputs.iter().map(|input| &input.source);
        sources.any(|source| matches!(source, Source::Membership(asked) if asked.list_name == name))
    };
    let Some(reader) = plans.iter().find(reads) else {
        return Ok(());
    };
    let (rule, team) = (&reader.install.rule, &reader.install.team);
    Err(Problem::conflict(format!(
        "rule '{rule}' of team '{team}' reads list '{name}'; delete the rule first"
    )))
}
