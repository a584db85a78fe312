//! What callers read of a team's transactions.

use std::sync::Arc;

use serde::Serialize;

use super::find;
use super::seen::{Reader, SeenTransaction};
use crate::blocking::{ReadError, blocking};
use crate::caller::{Caller, Forbidden, TeamCaller};
use crate::request::cursors::Cursors;
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest, rfc3339};
use crate::teams::{NoSuchTeam, find_team};
use domain::payload::Identifier;
use domain::time::Timestamp;
use engine::lane::{StoredTransaction, TeamView, TransactionQuery};
use tenant::{Permission, Team};

/// Which transactions are wanted.
#[derive(Clone, Debug, Default)]
pub struct TransactionFilters {
    /// The one with this id alone.
    pub txn_id: Option<String>,
    /// Of this customer alone.
    pub customer_id: Option<String>,
    /// Those that happened then or later.
    pub from: Option<Timestamp>,
    /// Those that happened before.
    pub to: Option<Timestamp>,
}

/// Why a transaction cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadTransactionError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has no transaction of this id.
    #[error("there is no transaction '{0}'")]
    NoSuchTransaction(String),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why transactions cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListTransactionsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A team, and its transactions as a caller may see them.
struct Source {
    team: Arc<Team>,
    view: Arc<TeamView>,
    reader: Reader,
}

/// Reads a transaction with a team's key.
///
/// # Errors
/// Where the team is not there any more, or has no such transaction.
pub async fn read_own(
    caller: &TeamCaller,
    txn_id: &str,
) -> Result<SeenTransaction, ReadTransactionError> {
    Source::own::<ReadTransactionError>(caller)
        .await?
        .read(txn_id)
        .await
}

/// Reads a transaction of a team.
///
/// # Errors
/// Where the caller may not, there is no such team, or it has no such transaction.
pub async fn read(
    caller: &Caller,
    team: &str,
    txn_id: &str,
) -> Result<SeenTransaction, ReadTransactionError> {
    Source::of::<ReadTransactionError>(caller, team)
        .await?
        .read(txn_id)
        .await
}

/// A page of a team's transactions, read with the team's key.
///
/// # Errors
/// Where the team is not there any more, or the cursor is none of this list.
pub async fn list_own(
    cursors: &Cursors,
    caller: &TeamCaller,
    filters: TransactionFilters,
    page: &PageRequest,
) -> Result<Page<SeenTransaction>, ListTransactionsError> {
    let source = Source::own::<ListTransactionsError>(caller).await?;
    source.page(cursors, filters, page).await
}

/// A page of a team's transactions.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub async fn list(
    cursors: &Cursors,
    caller: &Caller,
    team: &str,
    filters: TransactionFilters,
    page: &PageRequest,
) -> Result<Page<SeenTransaction>, ListTransactionsError> {
    let source = Source::of::<ListTransactionsError>(caller, team).await?;
    source.page(cursors, filters, page).await
}

impl Source {
    /// As whoever has a team's key may see it.
    async fn own<E: From<NoSuchTeam> + From<ReadError>>(caller: &TeamCaller) -> Result<Self, E> {
        let definitions = caller.lane.definitions();
        let team = find_team(&definitions, &caller.name)?;
        let view = caller.lane.team(caller.team).await;
        Ok(Self {
            team,
            view: view.map_err(ReadError::from)?,
            reader: Reader::team(definitions),
        })
    }

    /// As a user may see it.
    async fn of<E>(caller: &Caller, team: &str) -> Result<Self, E>
    where
        E: From<Forbidden> + From<NoSuchTeam> + From<ReadError>,
    {
        caller.require(Permission::TransactionRead)?;
        let team = find_team(&caller.definitions(), team)?;
        let view = caller.lane.team(team.id).await;
        Ok(Self {
            view: view.map_err(ReadError::from)?,
            reader: Reader::user(caller),
            team,
        })
    }

    async fn read(self, txn_id: &str) -> Result<SeenTransaction, ReadTransactionError> {
        let no_such = || ReadTransactionError::NoSuchTransaction(txn_id.to_owned());
        let identifier = Identifier::new(txn_id).map_err(|_| no_such())?;
        let stored = find(&self.view, &identifier).await?.ok_or_else(no_such)?;
        Ok(SeenTransaction::new(self.team, stored, self.reader))
    }

    async fn page(
        self,
        cursors: &Cursors,
        filters: TransactionFilters,
        page: &PageRequest,
    ) -> Result<Page<SeenTransaction>, ListTransactionsError> {
        let Self { team, view, reader } = self;
        let named = filters.name();
        let (tenant, number) = (view.tenant().0.to_string(), team.id.to_string());
        let list = [&*tenant, "transactions", &*number, &*named];
        let after = page.position(cursors, &list)?;
        let query = TransactionQuery {
            customer_id: filters.customer_id,
            from: filters.from,
            to: filters.to,
            after: after.as_deref().and_then(read_position),
            limit: page.limit() + 1,
        };
        let found = match filters.txn_id {
            Some(txn_id) => find_among(&view, &txn_id, &query).await?,
            None => {
                let found = blocking(move || view.list(&query)).await;
                found.map_err(ReadError::from)?.map_err(ReadError::from)?
            }
        };
        let page = Page::of(found, page, cursors, &list, |stored| {
            let at = stored.transaction.date_time.as_micros();
            [at.to_be_bytes(), stored.sequence.to_be_bytes()].concat()
        });
        Ok(page.map(|stored| SeenTransaction::new(team.clone(), stored, reader.clone())))
    }
}

impl TransactionFilters {
    /// Names the list, so that a cursor leads on with the same filters alone.
    fn name(&self) -> String {
        #[derive(Serialize)]
        struct Named<'f> {
            txn_id: &'f Option<String>,
            customer_id: &'f Option<String>,
            #[serde(with = "rfc3339::option")]
            from: Option<Timestamp>,
            #[serde(with = "rfc3339::option")]
            to: Option<Timestamp>,
        }
        let named = Named {
            txn_id: &self.txn_id,
            customer_id: &self.customer_id,
            from: self.from,
            to: self.to,
        };
        serde_json::to_string(&named).expect("filters have only string keys")
    }
}

/// The transaction of this id, where the other filters let it through.
async fn find_among(
    view: &Arc<TeamView>,
    txn_id: &str,
    query: &TransactionQuery,
) -> Result<Vec<StoredTransaction>, ReadError> {
    let Ok(txn_id) = Identifier::new(txn_id) else {
        return Ok(Vec::new());
    };
    let found = find(view, &txn_id).await?;
    let found = found.filter(|StoredTransaction { transaction, .. }| {
        let customer = transaction.customer_id.as_str();
        let at = transaction.date_time;
        query.customer_id.as_deref().is_none_or(|it| it == customer)
            && query.from.is_none_or(|from| from <= at)
            && query.to.is_none_or(|to| at < to)
            && query.after.is_none()
    });
    Ok(found.into_iter().collect())
}

fn read_position(bytes: &[u8]) -> Option<(Timestamp, u64)> {
    let (at, sequence) = bytes.split_first_chunk::<8>()?;
    let at = Timestamp::from_micros(i64::from_be_bytes(*at));
    Some((at, u64::from_be_bytes(sequence.try_into().ok()?)))
}
