//! Account-aggregation sessions: the list, and one of them.

mod list;
mod page;

use std::sync::Arc;

use app::App;
use app::sessions::read::{ListSessionsError, ReadSessionError};
use axum::Router;
use axum::routing::get;
use domain::session::{SessionKind, Stage};
use maud::{Markup, html};

use crate::failure::failures;
use crate::text::EN;

/// The pages of sessions.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sessions", get(list::show))
        .route("/sessions/{session}", get(page::show))
}

failures! {
    ListSessionsError {
        FORBIDDEN: Forbidden,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    ReadSessionError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchSession,
        SERVICE_UNAVAILABLE: Read,
    }
}

fn stage_title(stage: Stage) -> &'static str {
    let text = &EN.sessions;
    match stage {
        Stage::Authorizing => text.authorizing,
        Stage::Accounts => text.accounts_read,
        Stage::Transactions => text.transactions_read,
        Stage::Complete => text.complete,
        Stage::Finished => text.finished,
        Stage::Failed => text.failed,
        Stage::TakenBack => text.taken_back,
    }
}

/// A stage, as text with a shape.
fn stage(stage: Stage) -> Markup {
    let (class, shape) = match stage {
        Stage::Authorizing | Stage::Accounts | Stage::Transactions => ("state", "◐"),
        Stage::Complete | Stage::Finished => ("state good", "●"),
        Stage::Failed => ("state bad", "▲"),
        Stage::TakenBack => ("state closed", "▽"),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (stage_title(stage)) } }
}

fn kind_title(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Consent => EN.sessions.consent,
        SessionKind::Refresh => EN.sessions.refresh,
    }
}
