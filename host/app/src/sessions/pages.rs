//! Pages of transactions, as the hub's connector reports them.

use std::sync::Arc;

use uuid::Uuid;

use super::check::last_day;
use super::outcome::{MonitoringView, UnlistedView};
use super::read::told_of_alerts;
use super::reported::{ReadPage, ReportedPage};
use super::{change, view, who};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::Invalid;
use domain::session::Account;
use engine::lane::{LaneError, Mark};
use sessions::{
    FetchedTransaction, Monitor, PageMonitoring, SessionRecord, StepError, Unlisted,
    note_monitoring, take_page,
};
use store::StoreError;
use tenant::Permission;

/// A page that was taken, now or before.
#[derive(Clone, Debug)]
pub struct TakenPage {
    /// The session as it is now.
    pub session: Arc<SessionRecord>,
    /// The account's id.
    pub account: String,
    /// The page's number.
    pub page: u32,
    /// How many transactions it has.
    pub transactions: u32,
    /// How many of them the account's history had before, with the same content.
    pub repeats: u32,
    /// How many of them the account's history does not list.
    pub unlisted_count: u32,
    /// The first thousand of those.
    pub unlisted: Vec<Unlisted>,
    /// Whether it was taken before.
    pub is_repeat: bool,
    /// What became of its transactions in monitoring; none if the tenant has none monitored.
    pub monitoring: Option<MonitoringView>,
}

/// Why a page was not taken, or not judged to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReportPageError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What the page says of itself cannot be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The session does not take it.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Reading or taking the page panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl From<StoreError> for ReportPageError {
    fn from(error: StoreError) -> Self {
        Self::Lane(error.into())
    }
}

/// Takes a page of an account's history, and has its transactions judged where the tenant has them monitored. `decode`
/// reads what was sent, once the caller is known to be permitted.
///
/// A transaction that cannot be read, is dated ahead, or comes again with other content is not listed in the history;
/// the rest of the page is taken. What was begun is done to its end, whether the caller waits for it or not.
///
/// # Errors
/// As `decode`; and where the caller may not, what the page says of itself cannot be, or the session does not take it.
pub async fn report<E: From<ReportPageError>>(
    app: Arc<App>,
    caller: Caller,
    session: Uuid,
    account: String,
    decode: impl Future<Output = Result<ReportedPage, E>>,
) -> Result<TakenPage, E> {
    let permitted = caller.require(Permission::SessionWrite);
    permitted.map_err(ReportPageError::from)?;
    let page = decode.await?;
    Ok(report_decoded(app, caller, session, account, page).await?)
}

async fn report_decoded(
    app: Arc<App>,
    caller: Caller,
    session: Uuid,
    account: String,
    page: ReportedPage,
) -> Result<TakenPage, ReportPageError> {
    let last = last_day(&app, &caller);
    // A long page takes its time, which others need not wait for.
    let named = account.clone();
    let page = blocking(move || page.read(&named, last)).await??;
    // Whoever asked may go; what was begun is done to its end.
    let taking = Mark::spawn(take(app, caller, session, account, page));
    taking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a page was not taken to its end");
        Err(Panicked.into())
    })
}

async fn take(
    app: Arc<App>,
    caller: Caller,
    session: Uuid,
    account: String,
    page: ReadPage,
) -> Result<TakenPage, ReportPageError> {
    let (number, page) = (page.number, Arc::new(page));
    let (stepped, mut record, transactions) = loop {
        let (view, read, named) = (view(&app, &caller), page.clone(), account.clone());
        let (new, judged) = blocking(move || -> Result<_, StoreError> {
            let held = view.held(session, &named)?;
            Ok(read.against(&named, held))
        })
        .await??;
        let who = who(&caller);
        let take = change::<_, ReportPageError>(&caller, move |change| {
            take_page(change, &who, session, new)
        });
        // None if another page of the account came in between: this one is compared with that one, too.
        if let Some((stepped, record)) = take.await? {
            break (stepped, record, judged);
        }
    };
    let session = Arc::new(stepped.session);
    if record.monitoring.is_none() {
        record.monitoring =
            monitor(&app, &caller, &session, &account, number, &transactions).await?;
    }
    let shows_alerts = told_of_alerts(&caller);
    let record = std::slice::from_ref(&record);
    Ok(TakenPage {
        page: number,
        transactions: record[0].count,
        repeats: record[0].repeats,
        unlisted_count: record[0].unlisted_count,
        unlisted: UnlistedView::of(record, &[]).first,
        is_repeat: stepped.is_repeat,
        monitoring: MonitoringView::of(record, shows_alerts),
        session,
        account,
    })
}

/// Has a page's transactions judged, and notes what became of them; none if the tenant has none monitored.
async fn monitor(
    app: &Arc<App>,
    caller: &Caller,
    session: &Arc<SessionRecord>,
    account: &str,
    number: u32,
    transactions: &[FetchedTransaction],
) -> Result<Option<PageMonitoring>, ReportPageError> {
    let Some(monitor) = Monitor::of(&caller.lane, caller.authority()) else {
        return Ok(None);
    };
    let mut accounts = session.state.shown_accounts().iter();
    let account: Option<&Account> = accounts
        .find(|(known, _)| known.id == account)
        .map(|(known, _)| known);
    let Some(account) = account else {
        return Ok(None);
    };
    let received_at = app.services.clock.now();
    let judged = monitor
        .judge(session, account, transactions, received_at)
        .await?;
    let (kept, session, account) = (judged.clone(), session.clone(), account.id.clone());
    change::<_, ReportPageError>(caller, move |change| {
        note_monitoring(change, &session, &account, number, kept).map_err(StepError::Store)
    })
    .await?;
    Ok(Some(judged))
}
