//! The versions of a watchlist: who changed what, when and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{PastError, on_versions};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::name::Name;
use engine::list::{AsOf, AsOfError, ListDiff, ListVersion, Moment, Versions};
use tenant::{Definitions, Permission};

/// A version of a watchlist, and what it changed.
#[derive(Clone, Debug)]
pub struct VersionChanges {
    /// The version.
    pub version: ListVersion,
    /// What it added and removed.
    pub diff: ListDiff,
    /// By team: the sequence number of the first transaction that is judged with this version, or would be. Teams that
    /// were made later are not named.
    pub seen_from: BTreeMap<String, u64>,
}

/// Why the versions of a watchlist cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListVersionsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// There never was such a list.
    #[error(transparent)]
    Past(#[from] PastError),
}

/// Why a version of a watchlist cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadVersionError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such version.
    #[error(transparent)]
    Past(#[from] PastError),
}

/// A page of the versions of a watchlist, newest first. A list that was deleted has them still.
///
/// # Errors
/// Where the caller may not, the cursor is none of this list, or there never was such a list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    page: &PageRequest,
) -> Result<Page<ListVersion>, ListVersionsError> {
    caller.require(Permission::ListRead)?;
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "list versions", name.as_str()];
    let below = page.position(&app.cursors, &list)?;
    let below = below.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let limit = page.limit() + 1;
    let read = move |versions: &Versions<'_>| {
        let found = versions.newest_first(below).take(limit);
        let found = found.collect::<Result<Vec<_>, _>>()?;
        if found.is_empty() && below.is_none() {
            return Err(AsOfError::NoList);
        }
        Ok(found)
    };
    let found = on_versions(app, caller, name, read).await?;
    Ok(Page::of(found, page, &app.cursors, &list, |last| {
        last.version.to_be_bytes().to_vec()
    }))
}

/// Reads what a version of a watchlist added and removed.
///
/// # Errors
/// Where the caller may not, or there is no such version.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    version: u64,
) -> Result<VersionChanges, ReadVersionError> {
    caller.require(Permission::ListRead)?;
    let read = move |versions: &Versions<'_>| {
        let version = versions.in_force(Moment::Version(version))?;
        let diff = versions.diff(&version)?;
        Ok((version, diff))
    };
    let (version, diff) = on_versions(app, caller, name, read).await?;
    Ok(VersionChanges {
        seen_from: seen_from(&caller.definitions(), &version),
        version,
        diff,
    })
}

/// Reads what is in one version of a watchlist and not in another, whatever was changed in between.
///
/// # Errors
/// Where the caller may not, or there is no such version, or no list in it.
pub async fn compare(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    from: u64,
    to: u64,
) -> Result<ListDiff, ReadVersionError> {
    caller.require(Permission::ListRead)?;
    let read = move |versions: &Versions<'_>| {
        let entries = |version| {
            let was = AsOf::read(versions, Moment::Version(version))?;
            Ok::<BTreeSet<String>, AsOfError>(was.entries())
        };
        let (before, after) = (entries(from)?, entries(to)?);
        Ok(ListDiff {
            added: after.difference(&before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
        })
    };
    Ok(on_versions(app, caller, name, read).await?)
}

/// The first transaction of each team that sees a version, by the team's name.
fn seen_from(definitions: &Definitions, version: &ListVersion) -> BTreeMap<String, u64> {
    let teams = definitions.teams.iter();
    let seen = teams.filter_map(|team| {
        let sequence = version.from_sequences.get(&team.id)?;
        Some((team.name.clone(), *sequence))
    });
    seen.collect()
}
