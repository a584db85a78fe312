//! Who did what when: `/v1/audit`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::{List, Page, Problem, ProblemKind, WireTime, problems};
use app::App;
use engine::lane::{Actor, AuditEntry, AuditRecord, DefinitionChange, read_head, unknown_action};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, Permission};

/// How many commits one request looks through. A page that ends here may have fewer items than were asked for.
const MAX_COMMITS: usize = 20_000;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/audit",
            get_with(list_audit, |op| {
                op.summary("List who did what")
                    .description("Newest first, each with what became of the definitions that were changed: before and after. A page may have fewer items than its limit, and yet lead on by its cursor.")
                    .tag("Audit")
            }),
        )
        .api_route(
            "/v1/audit/head",
            get_with(read_audit_head, |op| {
                op.summary("Read the hash at the end of the audit")
                    .description("Every record of the audit has the hash of the one before, so that what is altered or removed is found by `vervet audit verify`. What is cut off at the end is found only by whoever noted, elsewhere, what is answered here: `vervet audit verify --tenant NAME --head POSITION:HASH`.")
                    .tag("Audit")
                    .with(problems(&[ProblemKind::NotFound]))
            }),
        )
}

/// Which entries.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct AuditFilters {
    /// A user's id or login, a rule as `team/rule`, `administrator` or `host`.
    actor: Option<String>,
    /// Such as `rule.install`. An action that the host never writes is refused.
    action: Option<String>,
    /// Entries from this time on.
    from: Option<WireTime>,
    /// Entries before this time.
    to: Option<WireTime>,
}

/// One thing that was done.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditBody {
    at: WireTime,
    actor: Actor,
    /// Such as `rule.install`.
    action: String,
    /// To which thing, such as `fraud/large-amount`.
    subject: String,
    /// What became of definitions, such as users, scopes or exports: what each was before, and what it is after. Empty
    /// where no definition was changed, and in entries of releases that did not keep it. Members that stayed the same
    /// are left out. Secrets are shown as keyed digests, which tell whether they changed. Values that are too large
    /// to keep are shown as `{"omitted_bytes", "digest"}`.
    changes: Vec<DefinitionChange>,
    /// How many more definitions were changed than are in `changes`.
    more_changes: u64,
}

/// The end of the audit.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditHeadBody {
    /// The place of its last record in the tenant's order.
    position: u64,
    /// SHA-256 of that record, in hex, and so of all before it.
    hash: String,
}

/// Where an entry stands: its commit, and its place among the commit's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    position: u64,
    index: u32,
}

impl Place {
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
        let is_before = |WireTime(to): WireTime| entry.at < to.as_micros();
        self.actor.as_ref().is_none_or(acted)
            && (self.action.as_ref()).is_none_or(|action| *action == entry.action)
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
        let is_earlier = |WireTime(from): WireTime| entry.at < from.as_micros();
        self.from.is_some_and(is_earlier)
    }

    /// Names the list, so that a cursor leads on with the same filters alone.
    fn name(&self) -> String {
        let micros = |time: Option<WireTime>| time.map(|WireTime(at)| at.as_micros());
        let times = (micros(self.from), micros(self.to));
        format!("{:?} {:?} {times:?}", self.actor, self.action)
    }
}

async fn list_audit(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { filters, page }: List<AuditFilters>,
) -> Result<Json<Page<AuditBody>>, Problem> {
    caller.require(Permission::AuditRead)?;
    if let Some(unknown) = filters.action.as_deref().and_then(unknown_action) {
        return Err(Problem::bad_request(unknown.to_string()));
    }
    let list = [&*caller.tenant.0.to_string(), "audit", &filters.name()];
    let filters = filters.resolved(&caller.definitions());
    let before = page.position(&app.cursors, &list)?;
    let before = before.and_then(|bytes| Place::from_bytes(&bytes));
    let durable = caller.position().await?;
    let (store, tenant, limit) = (app.services.store.clone(), caller.tenant, page.limit());
    let search = Search {
        before,
        durable,
        limit,
        filters,
    };
    let found = blocking(move || search.run(&store, tenant)).await??;
    let next_cursor = found
        .next
        .map(|place| app.cursors.seal(&list, &place.to_bytes()));
    let body = |entry: AuditEntry| AuditBody {
        at: WireTime(Timestamp::from_micros(entry.at)),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        changes: entry.changes,
        more_changes: entry.more_changes,
    };
    Ok(Json(Page {
        items: found.entries.into_iter().map(body).collect(),
        next_cursor,
    }))
}

async fn read_audit_head(
    State(app): State<Arc<App>>,
    caller: UserCaller,
) -> Result<Json<AuditHeadBody>, Problem> {
    caller.require(Permission::AuditRead)?;
    let (store, tenant) = (app.services.store.clone(), caller.tenant);
    let position = caller.position().await?;
    let head = blocking(move || read_head(&store, tenant, position)).await??;
    let head = head.ok_or_else(|| Problem::not_found("entry of the audit"))?;
    Ok(Json(AuditHeadBody {
        position: head.position,
        hash: head.hash.to_string(),
    }))
}

struct Search {
    /// Only entries that stand before this one.
    before: Option<Place>,
    /// Only commits up to this one.
    durable: u64,
    limit: usize,
    filters: AuditFilters,
}

#[derive(Default)]
struct Found {
    entries: Vec<AuditEntry>,
    /// The last place that was looked at, where there may be more behind it.
    next: Option<Place>,
}

impl Search {
    fn run(&self, store: &Store, tenant: TenantId) -> Result<Found, StoreError> {
        let mut found = Found::default();
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
                let place = Place { position, index };
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
