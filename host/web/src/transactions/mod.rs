//! Transactions: the list of a team's, and one of them.

pub(crate) mod filter;
mod list;
mod page;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::transactions::read::{ListTransactionsError, ReadTransactionError};
use app::transactions::summary::SummaryError;
use axum::Router;
use axum::routing::get;
use maud::{Markup, html};
use serde::Serialize;
use tenant::Permission;

use crate::failure::failures;

/// The pages of transactions.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/transactions", get(list::show))
        .route("/transactions/{team}/{txn}", get(page::show))
}

failures! {
    ListTransactionsError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    SummaryError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam NoSuchField,
        BAD_REQUEST: Days,
        SERVICE_UNAVAILABLE: Read,
    }
    ReadTransactionError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam NoSuchTransaction,
        SERVICE_UNAVAILABLE: Read,
    }
}

/// The id of a transaction, with a link to its page for those who may open it.
pub(crate) fn link(caller: &Caller, team: &str, txn_id: &str) -> Markup {
    html! {
        @if caller.may(Permission::TransactionRead) { a href=(address(team, txn_id)) { code { (txn_id) } } }
        @else { code { (txn_id) } }
    }
}

/// The address of a transaction: ids may have any characters.
pub(crate) fn address(team: &str, txn_id: &str) -> String {
    format!("/transactions/{}/{}", segment(team), segment(txn_id))
}

/// A text as a part of an address.
pub(crate) fn segment(text: &str) -> String {
    #[derive(Serialize)]
    struct Pair<'t> {
        t: &'t str,
    }
    let pair = serde_html_form::to_string(Pair { t: text }).unwrap_or_default();
    pair.strip_prefix("t=")
        .unwrap_or_default()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_characters_are_parts_of_addresses() {
        let check = |id: &str, expect: &str| assert_eq!(segment(id), expect, "{id}");
        check("t-1", "t-1");
        check("a/b?c#d", "a%2Fb%3Fc%23d");
        check("a b+c", "a%20b%2Bc");
        check("é=t=1", "%C3%A9%3Dt%3D1");
        check("t=t=1", "t%3Dt%3D1");
    }
}
