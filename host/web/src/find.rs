//! The search of the header: an id leads to what has it, and words to the queue.

use std::sync::Arc;

use app::App;
use app::find::{self, Found};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Redirect;
use serde::{Deserialize, Serialize};

use crate::browser::SignedIn;
use crate::{customers, transactions};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sought {
    q: String,
}

pub(crate) async fn find(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Redirect {
    let query = uri.query().unwrap_or_default();
    let Sought { q } = serde_html_form::from_str(query).unwrap_or_default();
    let found = match q.trim().is_empty() {
        true => Found::Nothing,
        false => find::find(&app, &caller, &q).await,
    };
    Redirect::to(&match found {
        Found::Alert(alert) => format!("/alerts/{alert}"),
        Found::Transaction { team, txn_id } => transactions::address(&team, &txn_id),
        Found::Customer(customer) => customers::address(&customer),
        Found::Nothing => queue(&q),
    })
}

/// The queue with all alerts that have these words.
pub(crate) fn queue(words: &str) -> String {
    #[derive(Serialize)]
    struct Query<'w> {
        view: &'static str,
        #[serde(skip_serializing_if = "str::is_empty")]
        q: &'w str,
    }
    let query = Query {
        view: "all",
        q: words,
    };
    let query = serde_html_form::to_string(query).unwrap_or_default();
    format!("/alerts?{query}")
}
