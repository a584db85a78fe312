//! The queue from which an alert was opened: its page leads back there, and on to the next alert.

use std::sync::Arc;

use app::App;
use app::alerts::neighbours;
use app::caller::Caller;
use axum::http::Uri;
use domain::alert::AlertId;
use engine::alert::index::Neighbours;

use super::filter::Filter;

/// The queue from which an alert was opened, if the address names one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin(Option<Filter>);

impl Origin {
    /// Reads what stands behind the question mark of an alert's address. A queue that cannot be read is none: the alert
    /// is shown all the same.
    pub(crate) fn of(uri: &Uri, caller: &Caller) -> Self {
        let query = uri.query().filter(|query| !query.is_empty());
        Self(query.and_then(|query| Filter::read(query, caller).ok()))
    }

    /// The address of the queue.
    pub(crate) fn queue(&self) -> String {
        self.address("/alerts")
    }

    /// The address of an alert, or of one of its forms, that names the queue, too.
    pub(crate) fn address(&self, path: &str) -> String {
        match &self.0 {
            Some(filter) => format!("{path}?{}", filter.query()),
            None => path.to_owned(),
        }
    }

    /// The alerts beside one in the queue; none if there is no queue, or it cannot be searched now.
    pub(crate) async fn neighbours(
        &self,
        app: &Arc<App>,
        caller: &Caller,
        alert: AlertId,
    ) -> Neighbours {
        let Some(filter) = &self.0 else {
            return Neighbours::default();
        };
        let (filters, sort) = (filter.filters(), filter.sort());
        let found = neighbours::neighbours(app, caller, &filters, sort, alert).await;
        found.unwrap_or_default()
    }
}
