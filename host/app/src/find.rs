//! What somebody means by an id.

use std::sync::Arc;

use crate::App;
use crate::alerts::read::{self as alerts, ReadAlertError};
use crate::caller::Caller;
use crate::transactions::customer::{self, ReadCustomerError};
use crate::transactions::read::{self as transactions, ReadTransactionError};
use domain::alert::AlertId;
use tenant::Permission;

/// What an id is that of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An alert.
    Alert(AlertId),
    /// A transaction of a team.
    Transaction {
        /// The team's name.
        team: String,
        /// The transaction's id.
        txn_id: String,
    },
    /// A customer.
    Customer(String),
    /// Of nothing that the caller may see.
    Nothing,
}

/// Finds what has this id: an alert, else a transaction, of the first team that has one, else a customer. What cannot be
/// read now counts as not there.
pub async fn find(app: &Arc<App>, caller: &Caller, id: &str) -> Found {
    let id = id.trim();
    if caller.may(Permission::AlertRead)
        && let Ok(alert) = id.parse::<AlertId>()
    {
        match alerts::read(app, caller, alert).await {
            Ok(_) => return Found::Alert(alert),
            Err(ReadAlertError::NoSuchAlert(_)) => {}
            Err(error) => tracing::warn!(%error, "an alert cannot be found by its id"),
        }
    }
    if !caller.may(Permission::TransactionRead) {
        return Found::Nothing;
    }
    let definitions = caller.definitions();
    for team in definitions
        .teams
        .iter()
        .filter(|team| team.schema().is_some())
    {
        match transactions::read(caller, &team.name, id).await {
            Ok(seen) => {
                return Found::Transaction {
                    team: team.name.clone(),
                    txn_id: seen.txn_id().to_owned(),
                };
            }
            Err(ReadTransactionError::NoSuchTransaction(_)) => {}
            Err(error) => tracing::warn!(%error, "a transaction cannot be found by its id"),
        }
    }
    match customer::read(app, caller, id).await {
        Ok(view) => Found::Customer(view.customer_id),
        Err(ReadCustomerError::NoSuchCustomer(_)) => Found::Nothing,
        Err(error) => {
            tracing::warn!(%error, "a customer cannot be found by its id");
            Found::Nothing
        }
    }
}
