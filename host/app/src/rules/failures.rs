//! Listing the transactions that a rule could not judge.

use std::sync::Arc;

use domain::alert::AlertId;
use domain::time::Timestamp;

use super::RuleName;
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::catch_up::{Failed, failures};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use crate::teams::{NoSuchTeam, find_team};
use engine::alert::Disclosure;
use engine::judgement::{Judgement, Kept};
use store::key::TeamId;
use tenant::Permission;

/// A transaction that a rule could not judge at first.
#[derive(Clone, Debug)]
pub struct RuleFailure {
    /// The transaction's id.
    pub txn_id: String,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// When it happened.
    pub date_time: Timestamp,
    /// When the rule failed.
    pub failed_at: Timestamp,
    /// Which of the rule's installs could not judge it.
    pub install: u64,
    /// The kind of failure, for programs, such as `out_of_fuel`.
    pub kind: String,
    /// The failure in words.
    pub reason: String,
    /// What came of it when it was judged after all; none while it waits.
    pub caught_up: Option<LateOutcome>,
}

/// What came of a transaction that was judged after all.
#[derive(Clone, Debug)]
pub struct LateOutcome {
    /// When it was judged.
    pub at: Timestamp,
    /// By which of the rule's installs.
    pub install: u64,
    /// How many findings there are; 0 if the transaction is clear.
    pub findings: usize,
    /// The alerts that were made late.
    pub alerts: Vec<AlertId>,
}

/// Why failures cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListFailuresError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// They cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A page of the transactions that a rule could not judge, oldest first; with `waiting`, only of those that were not
/// judged since.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    waiting: bool,
    page: &PageRequest,
) -> Result<Page<RuleFailure>, ListFailuresError> {
    caller.require(Permission::RuleRead)?;
    let team = TeamId(find_team(&caller.definitions(), rule.team())?.id);
    let list = [
        &*caller.tenant.0.to_string(),
        "failures",
        rule.team(),
        rule.rule(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let after = after.unwrap_or_default();
    let (tenant, limit) = (caller.tenant, page.limit() + 1);
    let name = rule.rule.to_string();
    let read = move |app: &App| {
        let store = &app.services.store;
        failures(store, tenant, team, &name, after, limit, waiting)
    };
    let failed = on_disk(app, read).await?;
    let page = Page::of(failed, page, &app.cursors, &list, |last| {
        last.row.sequence.to_be_bytes().to_vec()
    });
    let disclosure = caller.disclosure();
    Ok(page.map(|failed| RuleFailure::of(failed, rule, &disclosure)))
}

impl RuleFailure {
    fn of(Failed { install, row }: Failed, rule: &RuleName, disclosure: &Disclosure) -> Self {
        let origin = rule.origin(install, row.judged_at);
        let (kind, reason, caught_up) = match row.said {
            Judgement::Failed {
                kind,
                reason,
                caught_up,
            } => (kind, disclosure.reason(&reason, &origin), caught_up),
            Judgement::Found(_) => (String::new(), String::new(), None),
        };
        Self {
            txn_id: row.txn_id,
            sequence: row.sequence,
            date_time: Timestamp::from_micros(row.date_time),
            failed_at: Timestamp::from_micros(row.judged_at),
            install,
            kind,
            reason,
            caught_up: caught_up.map(|caught_up| LateOutcome {
                at: Timestamp::from_micros(caught_up.at),
                install: caught_up.install,
                findings: caught_up.found.len(),
                alerts: caught_up
                    .found
                    .iter()
                    .filter_map(|finding| match &finding.kept {
                        Kept::Alert(alert) => Some(*alert),
                        Kept::Here(_) => None,
                    })
                    .collect(),
            }),
        }
    }
}
