//! Customers: all that is known of one.

pub(crate) mod by_day;
mod page;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::transactions::customer::ReadCustomerError;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use maud::{Markup, html};
use tenant::Permission;

use crate::failure::Failure;
use crate::transactions::segment;

/// The pages of customers.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/customers/{customer}", get(page::show))
}

/// A customer, with a link to the page for those who may open it.
pub(crate) fn link(caller: &Caller, customer: &str) -> Markup {
    html! {
        @if caller.may(Permission::TransactionRead) { a href=(address(customer)) { bdi { (customer) } } }
        @else { bdi { (customer) } }
    }
}

/// The address of a customer's page.
pub(crate) fn address(customer: &str) -> String {
    format!("/customers/{}", segment(customer))
}

impl From<ReadCustomerError> for Failure {
    fn from(error: ReadCustomerError) -> Self {
        let status = match error {
            ReadCustomerError::Forbidden(_) => StatusCode::FORBIDDEN,
            ReadCustomerError::NoSuchCustomer(_) => StatusCode::NOT_FOUND,
            ReadCustomerError::Alerts(error) => return error.into(),
            ReadCustomerError::Read(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
