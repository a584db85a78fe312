//! The audit: who did what, and when.

use std::sync::Arc;

use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::time::Timestamp;
use engine::lane::{
    Actor, AuditEntry, AuditRecord, ChainHead, UnknownValue, read_head, unknown_action,
};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, Permission};

/// How many commits one request looks through. A page that ends here may have fewer items than were asked for.
const MAX_COMMITS: usize = 20_000;

/// Which entries of the audit are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilters {
    /// A user's id or login, a rule as `team/rule`, `administrator` or `host`.
    pub actor: Option<String>,
    /// Such as `rule.install`.
    pub action: Option<String>,
    /// What it was done to, such as `fraud/large-amount`; `fraud` finds that, too.
    pub subject: Option<String>,
    /// Entries from this time on.
    pub from: Option<Timestamp>,
    /// Entries before this time.
    pub to: Option<Timestamp>,
}

/// Why the audit cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListAuditError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The host never writes such an action.
    #[error("{0}")]
    UnknownAction(UnknownValue),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why the end of the audit cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditHeadError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The audit is empty.
    #[error("there is no entry of the audit")]
    Empty,
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A page of the audit, newest entries first. It may have fewer items than its limit, and yet lead on.
///
/// # Errors
/// Where the caller may not, the host never writes the action that is wanted, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    filters: AuditFilters,
    page: &PageRequest,
) -> Result<Page<AuditEntry>, ListAuditError> {
    caller.require(Permission::AuditRead)?;
    if let Some(unknown) = filters.action.as_deref().and_then(unknown_action) {
        return Err(ListAuditError::UnknownAction(unknown));
    }
    let list = [&*caller.tenant.0.to_string(), "audit", &filters.name()];
    let filters = filters.resolved(&caller.definitions());
    let before = page.position(&app.cursors, &list)?;
    let search = Search {
        before: before.and_then(|bytes| EntryPosition::from_bytes(&bytes)),
        durable: caller.position().await.map_err(ReadError::from)?,
        limit: page.limit(),
        filters,
    };
    let tenant = caller.tenant;
    let found = on_disk(app, move |app| search.run(&app.services.store, tenant)).await?;
    let next = found.next;
    Ok(Page {
        items: found.entries,
        next_cursor: next.map(|place| app.cursors.seal(&list, &place.to_bytes())),
    })
}

/// Reads the hash at the end of the audit.
///
/// # Errors
/// Where the caller may not, or the audit is empty.
pub async fn read_end(app: &Arc<App>, caller: &Caller) -> Result<ChainHead, ReadAuditHeadError> {
    caller.require(Permission::AuditRead)?;
    let position = caller.position().await.map_err(ReadError::from)?;
    let tenant = caller.tenant;
    let read = move |app: &App| read_head(&app.services.store, tenant, position);
    on_disk(app, read).await?.ok_or(ReadAuditHeadError::Empty)
}

/// Where an entry stands: its commit, and its place among the commit's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct EntryPosition {
    position: u64,
    index: u32,
}

impl EntryPosition {
    fn to_bytes(self) -> Vec<u8> {
        [&self.position.to_be_bytes()[..], &self.index.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, index) = bytes.split_first_chunk()?;
        Some(Self {
            position: u64::from_be_bytes(*position),
            index: u32::from_be_bytes(index.try_into().ok()?),
        })
    }
}

impl AuditFilters {
    fn let_through(&self, entry: &AuditEntry) -> bool {
        let acted = |wanted: &String| match &entry.actor {
            Actor::User { id, login } => wanted == id || wanted == login,
            Actor::Rule { team, rule } => *wanted == format!("{team}/{rule}"),
            Actor::Administrator => wanted == "administrator",
            Actor::Host => wanted == "host",
        };
        let is_before = |to: Timestamp| entry.at < to.as_micros();
        self.actor.as_ref().is_none_or(acted)
            && (self.action.as_ref()).is_none_or(|action| *action == entry.action)
            && (self.subject.as_ref()).is_none_or(|subject| is_within(&entry.subject, subject))
            && self.to.is_none_or(is_before)
    }

    /// With the id of the user where the actor is named by a login, however it is written.
    fn resolved(self, definitions: &Definitions) -> Self {
        let user = self.actor.as_ref();
        let user = user.and_then(|actor| definitions.user_named(actor));
        match user {
            Some(user) => Self {
                actor: Some(user.id.clone()),
                ..self
            },
            None => self,
        }
    }

    /// Whether neither this entry nor any before it is wanted.
    fn ends_at(&self, entry: &AuditEntry) -> bool {
        let is_earlier = |from: Timestamp| entry.at < from.as_micros();
        self.from.is_some_and(is_earlier)
    }

    /// Names the list, so that a cursor leads on with the same filters alone.
    fn name(&self) -> String {
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        let times = (micros(self.from), micros(self.to));
        let named = (&self.actor, &self.action, &self.subject);
        format!("{named:?} {times:?}")
    }
}

/// Whether a subject is this one or one below it.
fn is_within(subject: &str, wanted: &str) -> bool {
    let below = subject.strip_prefix(wanted);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Search {
    /// Only entries that stand before this one.
    before: Option<EntryPosition>,
    /// Only commits up to this one.
    durable: u64,
    limit: usize,
    filters: AuditFilters,
}

#[derive(Default)]
struct FoundEntries {
    entries: Vec<AuditEntry>,
    /// The last place that was looked at, where there may be more behind it.
    next: Option<EntryPosition>,
}

impl Search {
    fn run(&self, store: &Store, tenant: TenantId) -> Result<FoundEntries, StoreError> {
        let mut found = FoundEntries::default();
        let mut last = None;
        let from = self.before.map_or(u64::MAX, |place| place.position);
        let commits = KeyRange::audit_up_to(tenant, from.min(self.durable));
        let commits = store.range(commits, Direction::Reverse);
        for (count, commit) in commits.enumerate() {
            let (key, value) = commit?;
            let Some((_, Record::Audit { position })) = Key::parse(&key) else {
                continue;
            };
            let entries = AuditRecord::read(&value)
                .map_err(|error| StoreError::damaged("an entry of the audit", error.to_string()))?
                .entries;
            for (index, entry) in (0..).zip(entries).collect::<Vec<_>>().into_iter().rev() {
                let place = EntryPosition { position, index };
                if self.before.is_some_and(|before| place >= before) {
                    continue;
                }
                if self.filters.ends_at(&entry) {
                    return Ok(found);
                }
                if found.entries.len() == self.limit {
                    found.next = last;
                    return Ok(found);
                }
                last = Some(place);
                if self.filters.let_through(&entry) {
                    found.entries.push(entry);
                }
            }
            if count + 1 == MAX_COMMITS {
                found.next = last;
                return Ok(found);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_subject_has_what_is_below_it() {
        let check = |subject, wanted, expect| {
            assert_eq!(is_within(subject, wanted), expect, "{subject} {wanted}");
        };
        check("fraud", "fraud", true);
        check("fraud/large-amount", "fraud", true);
        check("fraud/large-amount", "fraud/large", false);
        check("fraudulent", "fraud", false);
        check("fraud", "fraud/large-amount", false);
        check("fraud", "", false);
    }
}
