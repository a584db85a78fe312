//! Watchlists: all of them, one with its entries, versions and their differences, and CSV in and out.

mod csv;
mod entries;
mod errors;
mod head;
mod import;
mod list;
mod versions;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use domain::name::{Name, NameError};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

/// The largest form that imports entries, in bytes: as much as the API takes, and what the form adds.
const IMPORT_BYTES: usize = (64 << 20) + (64 << 10);

/// The pages of watchlists.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/watchlists", get(list::show).post(list::create))
        .route("/watchlists/{list}", get(entries::show))
        .route(
            "/watchlists/{list}/entries",
            get(entries::back).post(entries::change),
        )
        .route(
            "/watchlists/{list}/delete",
            get(entries::back).post(entries::delete),
        )
        .route("/watchlists/{list}/versions", get(versions::show))
        .route("/watchlists/{list}/csv", get(csv::download))
        .route(
            "/watchlists/{list}/import",
            get(import::show)
                .post(import::import)
                .layer(DefaultBodyLimit::max(IMPORT_BYTES)),
        )
}

/// The path of a watchlist.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct ListPath(Name);

impl TryFrom<String> for ListPath {
    type Error = NameError;

    fn try_from(list: String) -> Result<Self, NameError> {
        Name::new(&list).map(Self)
    }
}

/// A version of a watchlist, with a link to its entries then for those who may read them.
pub(crate) fn link(caller: &Caller, list: &str, version: u64, title: &str) -> Markup {
    let list = Name::new(list)
        .ok()
        .filter(|_| caller.may(Permission::ListRead));
    html! {
        @match list {
            Some(list) => a href={ (address(&list)) "?version=" (version) } { (title) },
            None => (title),
        }
    }
}

/// The address of a watchlist.
fn address(list: &Name) -> String {
    format!("/watchlists/{list}")
}
