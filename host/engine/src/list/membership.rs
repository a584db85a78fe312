//! What became of one entry of a list.

use domain::time::Timestamp;

use super::as_of::{AsOfError, Moment};
use super::record::ListVersion;
use super::versions::Versions;

/// The most changes of an entry that are told.
const MAX_TURNS: usize = 500;

/// A change that added an entry, or removed it.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The version that came of it.
    pub version: ListVersion,
    /// Whether the entry is in the list from then on.
    pub member: bool,
}

/// Whether an entry was in a list, and what became of it.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Whether it was.
    pub member: bool,
    /// The version that was in force; none if there was no list.
    pub version: Option<u64>,
    /// The change by which it was so; none if the entry had never been in the list.
    pub since: Option<Turn>,
    /// The last 500 changes that touched the entry, before the moment and after it; the newest first.
    pub turns: Vec<Turn>,
}

/// Whether an entry was in a list at a time. Rules take a list that is not there for an empty one, and so does this.
///
/// # Errors
/// Where that is not known.
pub fn membership(
    versions: &Versions<'_>,
    entry: &str,
    at: Timestamp,
) -> Result<Membership, AsOfError> {
    let version = match versions.in_force(Moment::Time(at)) {
        Ok(version) => Some(version).filter(|version| !version.deleted),
        Err(AsOfError::NotYet { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut since = None;
    let mut turns = Vec::new();
    for version in versions.newest_first(None) {
        let version = version?;
        let Some(member) = versions.says_of(&version, entry)? else {
            continue;
        };
        let is_past = version.at <= at.as_micros();
        let turn = Turn { version, member };
        if is_past && since.is_none() {
            since = Some(turn.clone());
        }
        if turns.len() < MAX_TURNS {
            turns.push(turn);
        } else if since.is_some() {
            break;
        }
    }
    Ok(Membership {
        member: since.as_ref().is_some_and(|turn| turn.member),
        version: version.map(|version| version.version),
        since,
        turns,
    })
}
