//! The audit: who did what, and when.

mod changes;
mod list;

use std::sync::Arc;

use app::App;
use app::audit::ListAuditError;
use axum::Router;
use axum::routing::get;
use engine::lane::Actor;

use crate::failure::failures;
use crate::text::EN;

/// The page of the audit.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/audit", get(list::show))
}

failures! {
    ListAuditError {
        FORBIDDEN: Forbidden,
        BAD_REQUEST: UnknownAction ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
}

/// Who did something, for people.
pub(crate) fn actor_title(actor: &Actor) -> String {
    match actor {
        Actor::User { login, .. } => login.clone(),
        Actor::Rule { team, rule } => (EN.audit.rule)(team, rule),
        Actor::Administrator => EN.audit.administrator.to_owned(),
        Actor::Host => EN.audit.host.to_owned(),
    }
}
