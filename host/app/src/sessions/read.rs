//! What clients read of sessions and of users.

use std::sync::Arc;

use uuid::Uuid;

use super::client::{ClientError, read_client};
use super::outcome::{MonitoringView, SessionView, UnlistedView};
use super::view;
use crate::App;
use crate::blocking::{ReadError, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::session::{Account, Stage};
use sessions::{FetchedTransaction, HistoryPlace, HistorySource, SessionRecord, View, sources_of};
use store::StoreError;
use tenant::{Answer, Permission};

/// An account, and where it is.
#[derive(Clone, Debug)]
pub struct BankAccount {
    /// The bank's id.
    pub bank: String,
    /// The session that read it.
    pub session: Uuid,
    /// The account.
    pub account: Account,
}

/// A transaction of an account, and where that is.
#[derive(Clone, Debug)]
pub struct BankTransaction {
    /// The bank's id.
    pub bank: String,
    /// The account's id.
    pub account: String,
    /// The session that fetched it.
    pub session: Uuid,
    /// The transaction.
    pub transaction: FetchedTransaction,
}

/// Whose accounts or transactions are wanted.
#[derive(Clone, Debug, Default)]
pub struct OfUser {
    /// The client whose user it is, as it is named; the caller's own where it is not.
    pub client: Option<String>,
    /// By which the client, or the hub, calls the user; always needed.
    pub user: Option<String>,
}

/// There is no session of this id that the caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such session")]
pub struct NoSuchSession;

/// Why a session cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadSessionError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such session.
    #[error(transparent)]
    NoSuchSession(#[from] NoSuchSession),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Which sessions are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionFilters {
    /// At this stage alone.
    pub stage: Option<Stage>,
}

/// Why sessions cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListSessionsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why what a session read cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListOfSessionError {
    /// The session cannot be read.
    #[error(transparent)]
    Session(#[from] ReadSessionError),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why what a user has cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListOfUserError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller does not act for the client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No user is named.
    #[error("'userId' is missing; it says whose they are")]
    NoUser,
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A page of the sessions that the caller sees, newest first. It may have fewer items than its limit, and yet lead on.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    filters: SessionFilters,
    page: &PageRequest,
) -> Result<Page<SessionRecord>, ListSessionsError> {
    caller.require(Permission::SessionRead)?;
    let (tenant, named) = (caller.tenant.0.to_string(), format!("{filters:?}"));
    let list = [&*tenant, "sessions", &*named];
    let before = page.position(&app.cursors, &list)?;
    let before = before.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    let (client, limit) = (caller.client_id.clone(), page.limit());
    let found = on_view(view(app, caller), move |view| {
        view.newest(before, limit, |session| {
            let is_seen = client
                .as_deref()
                .is_none_or(|client| client == session.client);
            let stage = session.state.stage();
            is_seen && filters.stage.is_none_or(|wanted| wanted == stage)
        })
    });
    let found = found.await?;
    Ok(Page {
        items: found.sessions,
        next_cursor: found
            .next
            .map(|last| app.cursors.seal(&list, last.as_bytes())),
    })
}

/// Reads a session.
///
/// # Errors
/// Where the caller may not, or there is no such session.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    id: Uuid,
) -> Result<SessionView, ReadSessionError> {
    let session = find(app, caller, id).await?;
    Ok(details(app, caller, session).await?)
}

/// A page of the accounts of a session, by bank and id. There are none while they are not read, and none once the consent
/// is taken back.
///
/// # Errors
/// Where the caller may not, there is no such session, or the cursor is none of this list.
pub async fn list_session_accounts(
    app: &Arc<App>,
    caller: &Caller,
    id: Uuid,
    page: &PageRequest,
) -> Result<Page<BankAccount>, ListOfSessionError> {
    let session = find(app, caller, id).await?;
    let (tenant, id) = (caller.tenant.0.to_string(), session.id.to_string());
    let list = [&*tenant, "session accounts", &*id];
    Ok(accounts_of(app, &list, page, std::iter::once(&session))?)
}

/// A page of the transactions of a session, by account. There are none until the history of all accounts suffices.
///
/// # Errors
/// Where the caller may not, there is no such session, or the cursor is none of this list.
pub async fn list_session_transactions(
    app: &Arc<App>,
    caller: &Caller,
    id: Uuid,
    page: &PageRequest,
) -> Result<Page<BankTransaction>, ListOfSessionError> {
    let session = find(app, caller, id).await?;
    let (tenant, id) = (caller.tenant.0.to_string(), session.id.to_string());
    let list = [&*tenant, "session transactions", &*id];
    transactions_of(app, caller, &list, page, sources_of(&session)).await
}

/// A page of the accounts of a user, over all consents.
///
/// # Errors
/// Where the caller may not, or does not act for the client, no user is named, or the cursor is none of this list.
pub async fn list_user_accounts(
    app: &Arc<App>,
    caller: &Caller,
    of: OfUser,
    page: &PageRequest,
) -> Result<Page<BankAccount>, ListOfUserError> {
    let (named, seen) = of_user(app, caller, of).await?;
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "user accounts", &*named];
    let sessions = seen.iter().map(|(session, _)| session);
    Ok(accounts_of(app, &list, page, sessions)?)
}

/// A page of the transactions of a user, over all consents.
///
/// # Errors
/// Where the caller may not, or does not act for the client, no user is named, or the cursor is none of this list.
pub async fn list_user_transactions(
    app: &Arc<App>,
    caller: &Caller,
    of: OfUser,
    page: &PageRequest,
) -> Result<Page<BankTransaction>, ListOfUserError> {
    let (named, seen) = of_user(app, caller, of).await?;
    let sources = seen.into_iter().flat_map(|(_, sources)| sources).collect();
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "user transactions", &*named];
    transactions_of(app, caller, &list, page, sources).await
}

/// A session in all its details.
pub(super) async fn details(
    app: &Arc<App>,
    caller: &Caller,
    session: SessionRecord,
) -> Result<SessionView, ReadError> {
    if session.pages.is_empty() {
        return Ok(SessionView::without_pages(session));
    }
    let shows_alerts = told_of_alerts(caller);
    on_view(view(app, caller), move |view| {
        let pages = view.pages(session.id)?;
        let differing = view.differing(&session)?;
        Ok(SessionView {
            session,
            unlisted: UnlistedView::of(&pages, &differing),
            monitoring: MonitoringView::of(&pages, shows_alerts),
        })
    })
    .await
}

/// Whether the caller may see which alerts fetched transactions raised.
pub(super) fn told_of_alerts(caller: &Caller) -> bool {
    if caller.may(Permission::AlertRead) {
        return true;
    }
    let definitions = caller.definitions();
    let settings = definitions.session_settings.iter().next();
    let team = settings.and_then(|settings| definitions.teams.get(settings.team.as_deref()?));
    team.is_some_and(|team| team.answer == Answer::Full)
}

/// Reads off the runtime's threads: the store may wait for the disk.
async fn on_view<T: Send + 'static>(
    view: View,
    read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ReadError> {
    Ok(blocking(move || read(&view)).await??)
}

/// The session, where the caller sees it.
async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<SessionRecord, ReadSessionError> {
    caller.require(Permission::SessionRead)?;
    let found = on_view(view(app, caller), move |view| view.session(id)).await?;
    let is_seen = |session: &SessionRecord| {
        let client = caller.client_id.as_deref();
        client.is_none_or(|client| client == session.client)
    };
    Ok(found.filter(is_seen).ok_or(NoSuchSession)?)
}

/// What can be seen of a user, bank by bank; nothing of a user who is not known. The text names the user.
async fn of_user(
    app: &App,
    caller: &Caller,
    of: OfUser,
) -> Result<(String, Vec<(SessionRecord, Vec<HistorySource>)>), ListOfUserError> {
    caller.require(Permission::SessionRead)?;
    let client = read_client(caller, of.client)?;
    let user = of.user.ok_or(ListOfUserError::NoUser)?;
    let named = format!("{client}\0{user}");
    let seen = on_view(view(app, caller), move |view| {
        match view.user(&client, &user)? {
            Some(user) => view.consents(&client, &user),
            None => Ok(Vec::new()),
        }
    });
    Ok((named, seen.await?))
}

/// A page of accounts, by bank and id.
fn accounts_of<'s>(
    app: &App,
    list: &[&str],
    page: &PageRequest,
    sessions: impl Iterator<Item = &'s SessionRecord>,
) -> Result<Page<BankAccount>, ForeignCursor> {
    let after = page.position(&app.cursors, list)?;
    let position = |bank: &str, account: &str| [bank, account].join("\0").into_bytes();
    let accounts = sessions.flat_map(|session| {
        let accounts = session.state.shown_accounts().iter();
        accounts.map(move |(account, _)| (session, account))
    });
    let behind = accounts.filter(|(session, account)| {
        let position = position(&session.bank, &account.id);
        after.as_ref().is_none_or(|after| position > *after)
    });
    let items: Vec<_> = behind.take(page.limit() + 1).collect();
    let page = Page::of(items, page, &app.cursors, list, |(session, account)| {
        position(&session.bank, &account.id)
    });
    Ok(page.map(|(session, account)| BankAccount {
        bank: session.bank.clone(),
        session: session.id,
        account: account.clone(),
    }))
}

/// A page of transactions, source by source.
async fn transactions_of<E: From<ForeignCursor> + From<ReadError>>(
    app: &App,
    caller: &Caller,
    list: &[&str],
    page: &PageRequest,
    sources: Vec<HistorySource>,
) -> Result<Page<BankTransaction>, E> {
    // A cursor leads on in the same sources alone: another session may show the history meanwhile.
    let shown: String = sources
        .iter()
        .map(|source| format!("{}/{} ", source.session, source.account))
        .collect();
    let list: Vec<&str> = list.iter().copied().chain([&*shown]).collect();
    let after = page.position(&app.cursors, &list)?;
    let from = after.as_deref().and_then(HistoryPlace::read);
    let limit = page.limit() + 1;
    let (found, sources) = on_view(view(app, caller), move |view| {
        let found = view.history(&sources, from.unwrap_or_default(), limit)?;
        Ok((found, sources))
    })
    .await?;
    let page = Page::of(found, page, &app.cursors, &list, |(_, _, next)| {
        next.write()
    });
    Ok(page.map(|(source, transaction, _)| {
        let source = &sources[source];
        BankTransaction {
            bank: source.bank.clone(),
            account: source.account.clone(),
            session: source.session,
            transaction,
        }
    }))
}
