//! Who did what when: `/v1/audit`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::problem_from::problem_from;
use crate::http::{List, Page, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::audit::{self, AuditFilters, ListAuditError, ReadAuditHeadError};
use engine::lane::{Actor, AuditEntry, DefinitionChange};

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
#[schemars(rename = "AuditFilters")]
struct FiltersBody {
    /// A user's id or login, a rule as `team/rule`, `administrator` or `host`.
    actor: Option<String>,
    /// Such as `rule.install`. An action that the host never writes is refused.
    action: Option<String>,
    /// What it was done to, such as `fraud/large-amount`; `fraud` finds that, too.
    subject: Option<String>,
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

impl From<FiltersBody> for AuditFilters {
    fn from(body: FiltersBody) -> Self {
        Self {
            actor: body.actor,
            action: body.action,
            subject: body.subject,
            from: body.from.map(|WireTime(from)| from),
            to: body.to.map(|WireTime(to)| to),
        }
    }
}

impl From<AuditEntry> for AuditBody {
    fn from(entry: AuditEntry) -> Self {
        Self {
            at: WireTime(Timestamp::from_micros(entry.at)),
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            changes: entry.changes,
            more_changes: entry.more_changes,
        }
    }
}

problem_from!(ListAuditError { Forbidden, ForeignCursor, Read; BadRequest: UnknownAction });
problem_from!(ReadAuditHeadError { Forbidden, Read; NotFound: Empty });

async fn list_audit(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { filters, page }: List<FiltersBody>,
) -> Result<Json<Page<AuditBody>>, Problem> {
    let page = audit::list(&app, &caller, filters.into(), &page).await?;
    Ok(Json(page.map(AuditBody::from).into()))
}

async fn read_audit_head(
    State(app): State<Arc<App>>,
    caller: UserCaller,
) -> Result<Json<AuditHeadBody>, Problem> {
    let head = audit::read_end(&app, &caller).await?;
    Ok(Json(AuditHeadBody {
        position: head.position,
        hash: head.hash.to_string(),
    }))
}
