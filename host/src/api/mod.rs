//! The resources of the REST API, one file each, with their wire types.
//!
//! [`routes`] is the table of all routes. What a resource does, it does in the
//! tenant's lane; what all have in common is in [`crate::http`].

mod api_keys;
mod audit;
mod caller;
mod health;
mod idempotency;
mod installed_plans;
mod list_entries;
mod listing;
mod lists;
mod me;
mod payload_schemas;
mod refusal;
mod teams;
mod tenants;
mod tokens;
mod users;

use std::sync::Arc;

use aide::axum::ApiRouter;

use crate::app::App;

/// All routes.
pub fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(health::routes())
        .merge(lists::routes())
        .merge(me::routes())
        .merge(payload_schemas::routes())
        .merge(teams::routes())
        .merge(tenants::routes())
        .merge(tokens::routes())
        .merge(users::routes())
}
