//! What became of one entry of a watchlist.

use std::sync::Arc;

use super::{PastError, on_versions};
use crate::App;
use crate::caller::{Caller, Forbidden};
use domain::name::Name;
use domain::text::trimmed;
use domain::time::Timestamp;
use engine::list::{Membership, Versions, membership};
use tenant::Permission;

/// Whether an entry was in a watchlist at a time, and what became of it.
#[derive(Clone, Debug)]
pub struct EntryMembership {
    /// The entry, as it was compared.
    pub entry: String,
    /// The time.
    pub at: Timestamp,
    /// What is known of it.
    pub membership: Membership,
}

/// Why it cannot be said whether an entry was in a watchlist.
#[derive(Debug, thiserror::Error)]
pub enum ReadMembershipError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No entry is said.
    #[error("'entry' must not be empty")]
    NoEntry,
    /// There never was such a list, or it is not known what it held then.
    #[error(transparent)]
    Past(#[from] PastError),
}

/// Reads whether an entry is or was in a watchlist, now where no time is said. White space and invisible characters at
/// its ends do not count; apart from that it is compared exactly, as rules do it.
///
/// # Errors
/// Where the caller may not, no entry is said, there never was such a list, or it is not known what it held then.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    entry: &str,
    at: Option<Timestamp>,
) -> Result<EntryMembership, ReadMembershipError> {
    caller.require(Permission::ListRead)?;
    let (entry, visible) = (entry.trim().to_owned(), trimmed(entry).to_owned());
    if visible.is_empty() {
        return Err(ReadMembershipError::NoEntry);
    }
    let at = at.unwrap_or_else(|| app.services.clock.now());
    let read = move |versions: &Versions<'_>| {
        // An entry of an earlier release may have invisible characters around it, as rules know, too.
        let found = membership(versions, &entry, at)?;
        if entry == visible || found.member || !found.turns.is_empty() {
            return Ok((entry, found));
        }
        let found = membership(versions, &visible, at)?;
        Ok((visible, found))
    };
    let (entry, membership) = on_versions(app, caller, name, read).await?;
    Ok(EntryMembership {
        entry,
        at,
        membership,
    })
}
