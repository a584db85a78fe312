//! The resources of the REST API, one file each, with their wire types.
//!
//! [`routes`] is the table of all routes. What a resource does, it does in the
//! tenant's lane; what all have in common is in [`crate::http`].

mod caller;
mod refusal;
mod teams;

use std::sync::Arc;

use aide::axum::ApiRouter;

use crate::app::App;

/// All routes.
pub fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().merge(teams::routes())
}
