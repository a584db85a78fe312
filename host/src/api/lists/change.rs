//! Changes of lists.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{post_with, put_with};
use axum::extract::State;
use axum::response::NoContent;
use domain::rule::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::installed_plans::{Installed, InstalledPlan, change_knowing_plans};
use super::entries::{
    Entries, SentEntries, SentHow, check_count, checked_items, checked_note, entries_to_remove,
};
use super::{ListBrief, ListPath, blocking, etag, find};
use crate::app::App;
use crate::http::{
    Filters, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, problems,
};
use crate::lane::Change;
use crate::list::{Changed, Why, delete, put};
use crate::tenant::Permission;

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
struct ListChange {
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
    fn of(changed: &Changed, column: Option<String>) -> Self {
        Self {
            list: ListBrief::of(&changed.list),
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

async fn put_list(
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
    let make = move |change: &mut Change<'_>| {
        let former = change.definitions().lists.get(path.name()).cloned();
        preconditions.check(former.as_deref().map(etag).as_ref())?;
        let changed = put(change, path.name(), entries, &why)?;
        let (etag, body) = (etag(&changed.list), ListChanged::of(&changed, column));
        Ok(match former {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    caller.change(make).await.map_err(Problem::from)
}

async fn change_list(
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
    JsonBody(wanted): JsonBody<ListChange>,
) -> Result<Tagged<ListChanged>, Problem> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.change",
        note: checked_note(wanted.note)?,
    };
    let add = checked_items("add", &wanted.add)?;
    let remove = entries_to_remove(&wanted.remove);
    let make = move |change: &mut Change<'_>| {
        let list = find(change.definitions(), &path)?;
        preconditions.check(Some(&etag(&list)))?;
        let mut entries = list.entries.clone();
        entries.extend(add);
        for entry in &remove {
            entries.remove(entry);
        }
        check_count(entries.len())?;
        Ok(put(change, path.name(), entries, &why)?)
    };
    let changed = caller.change(make).await.map_err(Problem::from)?;
    let body = ListChanged::of(&changed, None);
    Ok(Tagged::changed(etag(&changed.list), body))
}

async fn add_entries(
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
    let make = move |change: &mut Change<'_>| {
        let list = find(change.definitions(), &path)?;
        preconditions.check(Some(&etag(&list)))?;
        let entries = &list.entries | &entries;
        check_count(entries.len())?;
        Ok(put(change, path.name(), entries, &why)?)
    };
    let changed = caller.change(make).await.map_err(Problem::from)?;
    let body = ListChanged::of(&changed, column);
    Ok(Tagged::changed(etag(&changed.list), body))
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
    let make = move |change: &mut Change<'_>, plans: &[InstalledPlan]| {
        let name = path.name();
        let list = find(change.definitions(), &path)?;
        preconditions.check(Some(&etag(&list)))?;
        let reads = |plan: &&InstalledPlan| {
            let mut sources = plan.plan.inputs.iter().map(|input| &input.source);
            sources.any(
                |source| matches!(source, Source::Membership(asked) if asked.list_name == name),
            )
        };
        if let Some(reader) = plans.iter().find(reads) {
            let (rule, team) = (&reader.install.rule, &reader.install.team);
            return Err(Problem::conflict(format!(
                "rule '{rule}' of team '{team}' reads list '{name}'; delete the rule first"
            )));
        }
        delete(change, &list, &why)?;
        Ok(NoContent)
    };
    change_knowing_plans(&app, &caller, Installed::All, make).await
}
