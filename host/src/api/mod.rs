//! The resources of the REST API, one file each, with their wire types.
//!
//! [`routes`] is the table of all routes. What a resource does, it does in the
//! tenant's lane; what all have in common is in [`crate::http`].

mod alerts;
mod api_keys;
mod audit;
mod batch;
mod caller;
mod exports;
mod health;
mod lists;
mod me;
mod payload_schemas;
mod plugins;
mod refusal;
mod rule_install;
mod rules;
mod runs;
mod teams;
mod tenants;
mod tokens;
mod transactions;
mod users;

use std::sync::Arc;

use aide::axum::ApiRouter;

use crate::app::App;

/// All routes.
pub fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(health::routes())
        .merge(tenants::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(me::routes())
        .merge(teams::routes())
        .merge(payload_schemas::routes())
        .merge(api_keys::routes())
        .merge(transactions::routes())
        .merge(batch::routes())
        .merge(plugins::routes())
        .merge(rules::routes())
        .merge(lists::routes())
        .merge(alerts::routes())
        .merge(exports::routes())
        .merge(runs::routes())
        .merge(audit::routes())
}
