//! What comments, tasks and documents of alerts have in common.

use std::sync::Arc;

use domain::alert::{Alert, AlertId, Part, PartContent, PartId, Person};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::{no_such_alert, on_disk, refuse_merged};
use crate::http::{ETag, Page, Preconditions, Problem};
use app::App;
use app::request::PageRequest;
use engine::alert::parts::{PartQuery, list_parts, read_part};
use engine::alert::{read_alert, read_originals};
use engine::lane::Change;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// How often a part can be changed: all its versions are kept, and read together.
const MAX_VERSIONS: u64 = 1_000;

/// A user, as the user was called then.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Person")]
pub(super) struct PersonBody {
    /// The user's id.
    id: String,
    login: String,
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            login: person.login,
        }
    }
}

/// Whose parts are shown as those of an alert: its own, and those of what was merged into it.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn whose_parts(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
    position: u64,
) -> Result<Vec<AlertId>, StoreError> {
    let originals = read_originals(store, tenant, alert, position)?;
    let originals = originals.into_iter().map(|original| original.id);
    Ok(std::iter::once(alert.id).chain(originals).collect())
}

/// Of an alert that there is, whose parts are shown as its own.
async fn whose(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: AlertId,
) -> Result<(u64, Vec<AlertId>), Problem> {
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let read = move |app: &App| {
        let store = &app.services.store;
        let found = read_alert(store, tenant, alert, position)?;
        let whose = found.map(|found| whose_parts(store, tenant, &found, position));
        whose.transpose()
    };
    let whose = on_disk(app, read).await?;
    let whose = whose.ok_or_else(|| no_such_alert(alert))?;
    Ok((position, whose))
}

/// A page of an alert's parts, oldest first.
pub(super) async fn list<C: PartContent + Send + 'static>(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: AlertId,
    page: &PageRequest,
) -> Result<Page<Part<C>>, Problem> {
    let (position, alerts) = whose(app, caller, alert).await?;
    let (tenant, limit) = (caller.tenant, page.limit() + 1);
    let list = [
        &*tenant.0.to_string(),
        C::KIND.as_str(),
        &*alert.to_string(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| PartId::from_slice(&bytes).ok());
    let found = on_disk(app, move |app| {
        let query = PartQuery {
            alerts: &alerts,
            kind: C::KIND,
            position,
            after,
            limit,
        };
        list_parts(&app.services.store, tenant, &query)
    });
    let found = found.await?.into_iter().filter_map(Part::of_kind);
    Ok(Page::of(
        found.collect(),
        page,
        &app.cursors,
        &list,
        |part: &Part<C>| part.id.as_bytes().to_vec(),
    ))
}

/// A part of an alert.
pub(super) async fn read<C: PartContent + Send + 'static>(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: AlertId,
    id: PartId,
) -> Result<Part<C>, Problem> {
    let (position, alerts) = whose(app, caller, alert).await?;
    let tenant = caller.tenant;
    let found = on_disk(app, move |app| {
        for alert in alerts {
            let store = &app.services.store;
            let part = read_part(store, tenant, alert, C::KIND, id, position)?;
            if let Some(part) = part.filter(|part| !part.deleted) {
                return Ok(Some(part));
            }
        }
        Ok(None)
    });
    let found = found.await?.and_then(Part::of_kind);
    found.ok_or_else(|| no_such_part::<C>(id))
}

pub(super) fn no_such_part<C: PartContent>(id: PartId) -> Problem {
    Problem::not_found(&format!("{} {id} of this alert", C::KIND.as_str()))
}

/// The tag of a part's version.
pub(super) fn etag<C>(part: &Part<C>) -> ETag {
    ETag::of_version(part.version)
}

/// The part in the lane, where it is as the client thinks it is.
pub(super) fn find_in<C: PartContent>(
    change: &Change<'_>,
    alert: AlertId,
    id: PartId,
    preconditions: &Preconditions,
) -> Result<Part<C>, Problem> {
    let found = change.alert(alert)?.ok_or_else(|| no_such_alert(alert))?;
    for alert in change.whole(found)?.ids() {
        if let Some(part) = change.part::<C>(alert, id)? {
            preconditions.check(Some(&etag(&part)))?;
            return Ok(part);
        }
    }
    Err(no_such_part::<C>(id))
}

/// The next version of a part.
///
/// # Errors
/// 409 where it has as many as can be.
pub(super) fn next<C: PartContent>(
    part: Part<C>,
    content: C,
    at: Timestamp,
) -> Result<Part<C>, Problem> {
    if part.version >= MAX_VERSIONS {
        let kind = C::KIND.as_str();
        return Err(Problem::conflict(format!(
            "the {kind} was changed {MAX_VERSIONS} times, all of which are kept; make another {kind}"
        )));
    }
    Ok(part.changed(content, at))
}

/// A new part of an alert that there is. An alert has so many of the kind at most, deleted ones too.
pub(super) fn new_in<C: PartContent>(
    change: &Change<'_>,
    alert: AlertId,
    id: PartId,
    author: Person,
    content: C,
    most: u32,
) -> Result<Part<C>, Problem> {
    let found = change.alert(alert)?.ok_or_else(|| no_such_alert(alert))?;
    refuse_merged(&found)?;
    let part = change.new_part(alert, id, author, content)?;
    if part.number > most {
        let kind = C::KIND.as_str();
        return Err(Problem::conflict(format!(
            "the alert had {most} {kind}s, deleted ones among them, and cannot have more"
        )));
    }
    Ok(part)
}

/// As the audit names a part.
pub(super) fn subject<C>(part: &Part<C>) -> String {
    format!("{}/{}", part.alert, part.id)
}

/// Refuses an assignee who is no user of the tenant, or is disabled.
///
/// # Errors
/// 422.
pub(super) fn check_assignee(definitions: &Definitions, user: &str) -> Result<(), Problem> {
    match definitions.users.get(user) {
        Some(user) if !user.disabled => Ok(()),
        Some(user) => Err(Problem::unprocessable(
            format!("'user_id': the user '{}' is disabled", user.login),
            Vec::new(),
        )),
        None => Err(Problem::unprocessable(
            "'user_id' is no user of the tenant",
            Vec::new(),
        )),
    }
}
