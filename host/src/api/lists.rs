//! Lists, which rules ask for membership: `/v1/lists`.

use std::collections::BTreeSet;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, NoContent, Response};
use domain::rule::Source;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::installed_plans::{Installed, InstalledPlan, change_knowing_plans};
use super::list_entries::{Entries, check_count, checked};
use super::listing::{Nothing, page_of};
use crate::app::App;
use crate::http::{
    Accept, ETag, JsonBody, List as Listed, Page, Params, Preconditions, Problem, ProblemKind, Put,
    Tagged, WireName, WireTime, also_as, problems, tagged_as,
};
use crate::lane::Change;
use crate::tenant::{Definitions, List, Permission};

/// The most bytes of a list that is sent: a million entries of some length.
const MAX_BODY_BYTES: usize = 64 << 20;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/lists",
            get_with(list_lists, |op| op.summary("List the lists").tag("Lists")),
        )
        .api_route(
            "/v1/lists/{list}",
            put_with(put_list, |op| {
                op.summary("Create or replace a list")
                    .description("One entry a line, or a JSON array. Entries are trimmed, and empty ones dropped.")
                    .tag("Lists")
            })
            .get_with(read_list, |op| {
                op.summary("Read a list")
                    .description("As text/plain it has one entry a line.")
                    .tag("Lists")
                    .response::<200, Json<ListBody>>()
                    .with(also_as("text/plain"))
            })
            .patch_with(change_list, |op| {
                op.summary("Add entries to a list, and remove entries").tag("Lists")
            })
            .delete_with(delete_list, |op| {
                op.summary("Delete a list")
                    .description("Refused while an installed rule reads it.")
                    .tag("Lists")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// A list with its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListBody {
    name: String,
    /// Rises with each change; evidence names it.
    version: u64,
    updated_at: WireTime,
    /// In the order of their bytes.
    entries: BTreeSet<String>,
}

/// A list without its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListBrief {
    name: String,
    /// Rises with each change; evidence names it.
    version: u64,
    updated_at: WireTime,
    /// How many entries it has.
    count: usize,
}

/// What to change of a list. What is both added and removed is removed.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListChange {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

/// The path of a list.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListPath {
    /// The list's name.
    list: WireName,
}

impl ListBrief {
    fn of(list: &List) -> Self {
        Self {
            name: list.name.clone(),
            version: list.version,
            updated_at: WireTime(Timestamp::from_micros(list.updated_at)),
            count: list.entries.len(),
        }
    }
}

fn etag(list: &List) -> ETag {
    ETag::of_version(list.version)
}

fn find(definitions: &Definitions, path: &ListPath) -> Result<Arc<List>, Problem> {
    let name = path.list.0.as_str();
    let list = definitions.lists.get(name).cloned();
    list.ok_or_else(|| Problem::not_found(&format!("list '{name}'")))
}

/// A list that is deleted and made again must not have a version twice, for
/// evidence names it. The place of the change in the tenant's order never comes again.
fn next_version(change: &Change<'_>) -> u64 {
    change.position()
}

async fn list_lists(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Listed { page, .. }: Listed<Nothing>,
) -> Result<Json<Page<ListBrief>>, Problem> {
    caller.require(Permission::ListRead)?;
    let definitions = caller.definitions();
    let lists = &definitions.lists;
    let all = |_: &List| true;
    page_of(
        &app,
        caller.tenant,
        &["lists"],
        &page,
        lists,
        all,
        ListBrief::of,
    )
}

async fn read_list(
    caller: UserCaller,
    Params(path): Params<ListPath>,
    accept: Accept,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    caller.require(Permission::ListRead)?;
    let list = find(&caller.definitions(), &path)?;
    if accept.best(&["application/json", "text/plain"]) == Some("text/plain") {
        let lines: String = list
            .entries
            .iter()
            .flat_map(|entry| [entry, "\n"])
            .collect();
        let media_type = "text/plain; charset=utf-8";
        return Ok(tagged_as(media_type, lines.into_bytes(), &preconditions));
    }
    let body = ListBody {
        name: list.name.clone(),
        version: list.version,
        updated_at: WireTime(Timestamp::from_micros(list.updated_at)),
        entries: list.entries.clone(),
    };
    Ok(Tagged::get(etag(&list), body, &preconditions).into_response())
}

async fn put_list(
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
    Entries(entries): Entries,
) -> Result<Put<ListBrief>, Problem> {
    caller.require(Permission::ListWrite)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let name = path.list.0.as_str();
        let last = change.definitions().lists.get(name).cloned();
        preconditions.check(last.as_deref().map(etag).as_ref())?;
        if let Some(last) = last.as_ref().filter(|last| last.entries == entries) {
            return Ok(Put::Replaced(etag(last), ListBrief::of(last)));
        }
        let list = List {
            name: name.to_owned(),
            version: next_version(change),
            updated_at: change.at().as_micros(),
            entries,
        };
        change.audit(&actor, "list.put", name);
        let list = change.put(list);
        let (etag, body) = (etag(&list), ListBrief::of(&list));
        Ok(match last {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    caller.lane.change(put).await.map_err(Problem::from)
}

async fn change_list(
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
    JsonBody(wanted): JsonBody<ListChange>,
) -> Result<Tagged<ListBrief>, Problem> {
    caller.require(Permission::ListWrite)?;
    let (add, remove) = (checked(wanted.add)?, checked(wanted.remove)?);
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let list = find(change.definitions(), &path)?;
        preconditions.check(Some(&etag(&list)))?;
        let mut changed = List::clone(&list);
        changed.entries.extend(add);
        for entry in &remove {
            changed.entries.remove(entry);
        }
        if changed.entries == list.entries {
            return Ok(list);
        }
        check_count(changed.entries.len())?;
        changed.version = next_version(change);
        changed.updated_at = change.at().as_micros();
        change.audit(&actor, "list.change", path.list.0.as_str());
        Ok(change.put(changed))
    };
    let list = caller.lane.change(apply).await?;
    Ok(Tagged::changed(etag(&list), ListBrief::of(&list)))
}

async fn delete_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::ListWrite)?;
    let actor = caller.actor();
    let path = Arc::new(path);
    let delete = move |change: &mut Change<'_>, plans: &[InstalledPlan]| {
        let name = path.list.0.as_str();
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
        change.remove::<List>(name);
        change.audit(&actor, "list.delete", name);
        Ok(NoContent)
    };
    change_knowing_plans(&app, &caller, Installed::All, delete).await
}
