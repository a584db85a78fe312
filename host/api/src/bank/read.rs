//! What clients read of sessions and of users.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::{AccountBody, SessionBody};
use super::client::ReadClientHeader;
use super::transaction::TransactionBody;
use super::{SessionPath, TAG, view};
use crate::blocking::blocking;
use crate::caller::UserCaller;
use crate::http::{List, Page, Params, Problem};
use crate::listing::Nothing;
use app::App;
use app::request::PageRequest;
use sessions::{HistoryPlace, HistorySource, SessionRecord, View, sources_of};
use store::StoreError;
use tenant::{Answer, Permission};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/api/v2/bank/session/{sessionId}",
            get_with(read_session, |op| op.summary("Read a session").tag(TAG)),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}/transactions",
            get_with(list_session_transactions, |op| {
                op.summary("List the transactions of a session")
                    .description("By account. None until the history of all accounts suffices; from then on all.")
                    .tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/accounts",
            get_with(list_user_accounts, |op| {
                op.summary("List the accounts of a user, over all consents").tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/transactions",
            get_with(list_user_transactions, |op| {
                op.summary("List the transactions of a user, over all consents").tag(TAG)
            }),
        )
}

/// Whose accounts or transactions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OfUser {
    /// By which the client, or the hub, calls the user; always needed.
    user_id: Option<String>,
}

/// An account of a user, and where it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BankAccount")]
pub(super) struct BankAccount {
    bank_id: String,
    /// The session that read it.
    session_id: Uuid,
    #[serde(flatten)]
    account: AccountBody,
}

/// A transaction of an account, and where that is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BankTransaction")]
pub(super) struct BankTransaction {
    bank_id: String,
    account_id: String,
    /// The session that fetched it.
    session_id: Uuid,
    #[serde(flatten)]
    transaction: TransactionBody,
}

/// Reads off the runtime's threads: the store may wait for the disk.
async fn read<T: Send + 'static>(
    view: View,
    read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    Ok(blocking(move || read(&view)).await??)
}

/// The session, where the caller sees it.
async fn find(app: &App, caller: &UserCaller, id: Uuid) -> Result<SessionRecord, Problem> {
    let found = read(view(app, caller), move |view| view.session(id)).await?;
    let is_seen = |session: &SessionRecord| {
        let client = caller.client_id.as_deref();
        client.is_none_or(|client| client == session.client)
    };
    found
        .filter(is_seen)
        .ok_or_else(|| Problem::not_found("such session"))
}

/// Whether the caller is told which alerts came of fetched transactions.
pub(super) fn told_of_alerts(caller: &UserCaller) -> bool {
    if caller.may(Permission::AlertRead) {
        return true;
    }
    let definitions = caller.definitions();
    let settings = definitions.session_settings.iter().next();
    let team = settings.and_then(|settings| definitions.teams.get(settings.team.as_deref()?));
    team.is_some_and(|team| team.answer == Answer::Full)
}

/// A session in all its details.
pub(super) async fn details(
    app: &App,
    caller: &UserCaller,
    session: SessionRecord,
) -> Result<Json<SessionBody>, Problem> {
    let (session, pages, differing) = if session.pages.is_empty() {
        (session, Vec::new(), Vec::new())
    } else {
        read(view(app, caller), move |view| {
            let pages = view.pages(session.id)?;
            let differing = view.differing(&session)?;
            Ok((session, pages, differing))
        })
        .await?
    };
    let shows_alerts = told_of_alerts(caller);
    let body = SessionBody::new(&session, &pages, &differing, shows_alerts);
    Ok(Json(body))
}

async fn read_session(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
) -> Result<Json<SessionBody>, Problem> {
    caller.require(Permission::SessionRead)?;
    let session = find(&app, &caller, path.session).await?;
    details(&app, &caller, session).await
}

/// A page of accounts, by bank and id.
fn accounts_of<'s>(
    app: &App,
    list: &[&str],
    page: &PageRequest,
    sessions: impl Iterator<Item = &'s SessionRecord>,
) -> Result<Json<Page<BankAccount>>, Problem> {
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
    Ok(Json(page.map(|(session, account)| BankAccount {
        bank_id: session.bank.clone(),
        session_id: session.id,
        account: AccountBody::of(account),
    })))
}

/// A page of transactions, source by source.
async fn transactions_of(
    app: &App,
    caller: &UserCaller,
    list: &[&str],
    page: &PageRequest,
    sources: Vec<HistorySource>,
) -> Result<Json<Page<BankTransaction>>, Problem> {
    // A cursor leads on in the same sources alone: another session may show the history meanwhile.
    let shown: String = sources
        .iter()
        .map(|source| format!("{}/{} ", source.session, source.account))
        .collect();
    let list: Vec<&str> = list.iter().copied().chain([&*shown]).collect();
    let after = page.position(&app.cursors, &list)?;
    let from = after.as_deref().and_then(HistoryPlace::read);
    let limit = page.limit() + 1;
    let (found, sources) = read(view(app, caller), move |view| {
        let found = view.history(&sources, from.unwrap_or_default(), limit)?;
        Ok((found, sources))
    })
    .await?;
    let page = Page::of(found, page, &app.cursors, &list, |(_, _, next)| {
        next.write()
    });
    Ok(Json(page.map(|(source, transaction, _)| {
        let source = &sources[source];
        BankTransaction {
            bank_id: source.bank.clone(),
            account_id: source.account.clone(),
            session_id: source.session,
            transaction: transaction.into(),
        }
    })))
}

pub(super) async fn list_session_accounts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BankAccount>>, Problem> {
    caller.require(Permission::SessionRead)?;
    let session = find(&app, &caller, path.session).await?;
    let (tenant, id) = (caller.tenant.0.to_string(), session.id.to_string());
    let list = [&*tenant, "session accounts", &*id];
    accounts_of(&app, &list, &page, std::iter::once(&session))
}

async fn list_session_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BankTransaction>>, Problem> {
    caller.require(Permission::SessionRead)?;
    let session = find(&app, &caller, path.session).await?;
    let (tenant, id) = (caller.tenant.0.to_string(), session.id.to_string());
    let list = [&*tenant, "session transactions", &*id];
    transactions_of(&app, &caller, &list, &page, sources_of(&session)).await
}

/// What can be seen of a user, bank by bank; nothing of a user who is not known.
async fn of_user(
    app: &App,
    caller: &UserCaller,
    client: String,
    filters: OfUser,
) -> Result<(String, Vec<(SessionRecord, Vec<HistorySource>)>), Problem> {
    let Some(user) = filters.user_id else {
        return Err(Problem::bad_request(
            "query parameter userId: is needed; it says whose they are",
        ));
    };
    let named = format!("{client}\0{user}");
    let seen = read(view(app, caller), move |view| {
        match view.user(&client, &user)? {
            Some(user) => view.consents(&client, &user),
            None => Ok(Vec::new()),
        }
    });
    Ok((named, seen.await?))
}

async fn list_user_accounts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ReadClientHeader,
    List { filters, page }: List<OfUser>,
) -> Result<Json<Page<BankAccount>>, Problem> {
    caller.require(Permission::SessionRead)?;
    let client = client.read(&caller)?;
    let (named, seen) = of_user(&app, &caller, client, filters).await?;
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "user accounts", &*named];
    accounts_of(&app, &list, &page, seen.iter().map(|(session, _)| session))
}

async fn list_user_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ReadClientHeader,
    List { filters, page }: List<OfUser>,
) -> Result<Json<Page<BankTransaction>>, Problem> {
    caller.require(Permission::SessionRead)?;
    let client = client.read(&caller)?;
    let (named, seen) = of_user(&app, &caller, client, filters).await?;
    let sources = seen.into_iter().flat_map(|(_, sources)| sources).collect();
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "user transactions", &*named];
    transactions_of(&app, &caller, &list, &page, sources).await
}
