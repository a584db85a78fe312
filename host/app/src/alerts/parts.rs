//! What comments, tasks and documents of alerts have in common.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MergedAway, NoSuchAlert, check_not_merged};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::once::RepeatError;
use crate::request::page::ForeignCursor;
use crate::request::{Expected, Invalid, Page, PageRequest, Stale, Version};
use domain::alert::{Alert, AlertId, Part, PartContent, PartId, PartKind, Person};
use domain::time::Timestamp;
use engine::alert::parts::{PartQuery, list_parts, read_part};
use engine::alert::{read_alert, read_originals};
use engine::lane::{Change, LaneError};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// How often a part can be changed: all its versions are kept, and read together.
const MAX_VERSIONS: u64 = 1_000;

/// A user, as the user was called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The user's id.
    pub id: String,
    /// The user's login.
    pub login: String,
}

/// The alert has no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {} {id} of this alert", kind.as_str())]
pub struct NoSuchPart {
    /// The kind of part.
    pub kind: PartKind,
    /// Its id.
    pub id: PartId,
}

/// A part has as many versions as can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {kind} was changed {MAX_VERSIONS} times, all of which are kept; make another {kind}",
    kind = .0.as_str()
)]
pub struct TooManyVersions(pub PartKind);

/// Why a part was not put to an alert.
#[derive(Debug, thiserror::Error)]
pub enum NewPartError {
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// It was merged into another.
    #[error(transparent)]
    MergedAway(#[from] MergedAway),
    /// The alert had as many as it may have.
    #[error(
        "the alert had {most} {}s, deleted ones among them, and cannot have more",
        kind.as_str()
    )]
    TooMany {
        /// The kind of part.
        kind: PartKind,
        /// The most that an alert may have had.
        most: u32,
    },
    /// The alert cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(NewPartError);

/// Why a part of an alert was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// There is no such part.
    #[error(transparent)]
    NoSuchPart(#[from] NoSuchPart),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The new part cannot be put to the alert.
    #[error(transparent)]
    New(#[from] NewPartError),
    /// It cannot be changed any more.
    #[error(transparent)]
    TooManyVersions(#[from] TooManyVersions),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(PartError);

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            login: person.login,
        }
    }
}

/// Whose parts are shown as those of an alert: its own, and those of what was merged into it.
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
    caller: &Caller,
    alert: AlertId,
) -> Result<(u64, Vec<AlertId>), PartError> {
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let whose = on_disk(app, move |app| {
        let store = &app.services.store;
        let found = read_alert(store, tenant, alert, position)?;
        let whose = found.map(|found| whose_parts(store, tenant, &found, position));
        whose.transpose()
    });
    Ok((position, whose.await?.ok_or(NoSuchAlert(alert))?))
}

/// A page of an alert's parts, oldest first.
pub(super) async fn list<C: PartContent + Send + 'static>(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    page: &PageRequest,
) -> Result<Page<Part<C>>, PartError> {
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
    caller: &Caller,
    alert: AlertId,
    id: PartId,
) -> Result<Part<C>, PartError> {
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
    Ok(found.ok_or(NoSuchPart { kind: C::KIND, id })?)
}

/// The part in the lane, where it is as the caller thinks it is.
pub(super) fn find_in<C: PartContent>(
    change: &Change<'_>,
    alert: AlertId,
    id: PartId,
    expected: &Expected,
) -> Result<Part<C>, PartError> {
    let found = change.alert(alert)?.ok_or(NoSuchAlert(alert))?;
    for alert in change.whole(found)?.ids() {
        if let Some(part) = change.part::<C>(alert, id)? {
            expected.check(Some(Version::Number(part.version)))?;
            return Ok(part);
        }
    }
    Err(NoSuchPart { kind: C::KIND, id }.into())
}

/// The next version of a part.
///
/// # Errors
/// Where it has as many as can be.
pub(super) fn next<C: PartContent>(
    part: Part<C>,
    content: C,
    at: Timestamp,
) -> Result<Part<C>, TooManyVersions> {
    match part.version >= MAX_VERSIONS {
        true => Err(TooManyVersions(C::KIND)),
        false => Ok(part.changed(content, at)),
    }
}

/// A new part of an alert that there is. An alert has so many of the kind at most, deleted ones too.
pub(super) fn new_in<C: PartContent>(
    change: &Change<'_>,
    alert: AlertId,
    id: PartId,
    author: Person,
    content: C,
    most: u32,
) -> Result<Part<C>, NewPartError> {
    let found = change.alert(alert)?.ok_or(NoSuchAlert(alert))?;
    check_not_merged(&found)?;
    let part = change.new_part(alert, id, author, content)?;
    match part.number > most {
        true => Err(NewPartError::TooMany {
            kind: C::KIND,
            most,
        }),
        false => Ok(part),
    }
}

/// As the audit names a part.
pub(super) fn subject<C>(part: &Part<C>) -> String {
    format!("{}/{}", part.alert, part.id)
}

/// Refuses an assignee who is no user of the tenant, or is disabled.
pub(super) fn check_assignee(definitions: &Definitions, user: &str) -> Result<(), Invalid> {
    match definitions.users.get(user) {
        Some(user) if !user.disabled => Ok(()),
        Some(user) => Err(Invalid::new(format!(
            "'user_id': the user '{}' is disabled",
            user.login
        ))),
        None => Err(Invalid::new("'user_id' is no user of the tenant")),
    }
}
