//! What a change of a watchlist would do, before it is made.

use super::change::{ChangeWatchlistError, PutWatchlistError, read};
use super::entries::SentEntries;
use super::find;
use crate::blocking::blocking;
use crate::caller::Caller;
use domain::name::Name;
use tenant::Permission;

/// What is to be done with the entries that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They replace all entries of the list.
    Replace,
    /// They are added to the list.
    Add,
}

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePreview {
    /// The version of the list as it is now.
    pub version: u64,
    /// How many entries were sent, each once.
    pub sent: usize,
    /// How many would be added.
    pub added: usize,
    /// How many would be removed.
    pub removed: usize,
    /// How many entries the list would have.
    pub count: usize,
    /// The column that has the entries, where they were sent as CSV.
    pub column: Option<String>,
}

/// Counts what a change of a watchlist that there is would do. Nothing is changed. `decode` is as for
/// [`put`](super::change::put).
///
/// # Errors
/// As `decode`; and where the caller may not, the entries cannot be taken, or there is no such list.
pub async fn preview<E>(
    caller: &Caller,
    name: &Name,
    effect: Effect,
    decode: impl FnOnce() -> Result<SentEntries, E> + Send + 'static,
) -> Result<ChangePreview, E>
where
    E: From<PutWatchlistError> + Send + 'static,
{
    let fail = |error: ChangeWatchlistError| E::from(error.into());
    caller
        .require(Permission::ListWrite)
        .map_err(|error| fail(error.into()))?;
    let list = find(&caller.definitions(), name).map_err(|error| fail(error.into()))?;
    let sent = read(decode, fail).await?;
    let count = move || {
        let is_there = |entry: &&String| list.entries.contains(entry);
        let kept = sent.entries.iter().filter(is_there).count();
        let (sent_count, before) = (sent.entries.len(), list.entries.len());
        let removed = match effect {
            Effect::Replace => before - kept,
            Effect::Add => 0,
        };
        ChangePreview {
            version: list.version,
            sent: sent_count,
            added: sent_count - kept,
            removed,
            count: before + sent_count - kept - removed,
            column: sent.column,
        }
    };
    blocking(count).await.map_err(|error| fail(error.into()))
}
