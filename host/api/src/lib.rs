//! The resources of the REST API, one file each, with their wire types.
//!
//! [`routes`] is the table of all routes. What a resource does, it does in the
//! tenant's lane; what all have in common is in [`crate::http`].

pub mod http;
pub mod serve;

mod alert_index;
mod alert_merging;
mod alert_types;
mod alerts;
mod api_keys;
mod audit;
mod backtests;
mod batch;
mod blocking;
mod caller;
mod customers;
mod deliveries;
mod examples;
mod export_loads;
mod exports;
mod finding;
mod health;
mod idempotency;
mod level;
mod listing;
mod lists;
mod me;
mod password_links;
mod payload_schemas;
mod people;
mod plugins;
mod problem_from;
mod promotion_gate;
mod refusal;
mod replays;
mod rules;
mod runs;
mod scopes;
mod session_settings;
mod sessions;
#[cfg(test)]
mod source_rules;
mod teams;
mod tenants;
mod tokens;
mod transaction_body;
mod transaction_summary;
mod transactions;
mod turns;
mod users;
mod views;
mod workflow;

use std::sync::Arc;

use aide::axum::ApiRouter;

use app::App;
use config::Config;

pub use examples::examples;
pub(crate) use idempotency::honour;
pub(crate) use turns::in_turn;

/// All routes.
pub fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(health::routes())
        .merge(tenants::routes())
        .merge(users::routes())
        .merge(views::routes())
        .merge(scopes::routes())
        .merge(tokens::routes())
        .merge(me::routes())
        .merge(teams::routes())
        .merge(password_links::routes())
        .merge(payload_schemas::routes())
        .merge(people::routes())
        .merge(customers::routes())
        .merge(api_keys::routes())
        .merge(transactions::routes(config.http.max_transaction_bytes))
        .merge(transaction_summary::routes())
        .merge(batch::routes())
        .merge(plugins::routes(config))
        .merge(rules::routes())
        .merge(promotion_gate::routes())
        .merge(backtests::routes())
        .merge(lists::routes())
        .merge(alerts::routes(config))
        .merge(replays::routes())
        .merge(alert_types::routes())
        .merge(alert_merging::routes())
        .merge(workflow::routes())
        .merge(exports::routes())
        .merge(runs::routes())
        .merge(export_loads::routes())
        .merge(deliveries::routes())
        .merge(sessions::routes())
        .merge(session_settings::routes())
        .merge(audit::routes())
}
