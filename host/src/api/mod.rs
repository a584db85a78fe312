//! The resources of the REST API, one file each, with their wire types.
//!
//! [`routes`] is the table of all routes. What a resource does, it does in the
//! tenant's lane; what all have in common is in [`crate::http`].

mod alerts;
mod batch;
mod caller;
mod exports;
mod level;
mod plugins;
mod refusal;
mod rules;
mod runs;
mod teams;
mod transaction_body;
mod transactions;

use std::sync::Arc;

use aide::axum::ApiRouter;

use crate::app::App;
use crate::config::Config;

/// All routes.
pub fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(teams::routes())
        .merge(alerts::routes())
        .merge(batch::routes())
        .merge(exports::routes())
        .merge(runs::routes())
        .merge(plugins::routes(config))
        .merge(rules::routes())
        .merge(transactions::routes(config.http.max_transaction_bytes))
}
