//! Which alerts are meant: rows that were chosen, or all that the filters of a queue let through.

use std::sync::Arc;

use app::App;
use app::alerts::bulk::Which;
use app::alerts::filters::AlertFilters;
use app::alerts::{read, search};
use app::caller::Caller;
use axum::http::StatusCode;
use domain::alert::AlertId;
use domain::time::Timestamp;
use serde::Deserialize;

use crate::alerts::filter::Filter;
use crate::failure::Failure;
use crate::text::EN;
use crate::when::moment;

/// So many of the chosen alerts are named.
const NAMED: usize = 10;

/// What the address says besides the filter.
#[derive(Debug, Deserialize)]
struct Address {
    #[serde(default)]
    which: Kind,
    #[serde(default)]
    alert: Vec<AlertId>,
    /// When the queue was shown: later alerts are not meant.
    #[serde(default)]
    until: String,
}

/// Whether rows are meant, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Chosen,
    All,
}

/// Which alerts are meant.
pub(super) struct Chosen {
    /// The queue in which they were chosen.
    pub(super) filter: Filter,
    /// How many they are.
    pub(super) count: u64,
    /// When the queue was shown, where all of it is meant.
    pub(super) until: Option<Timestamp>,
    /// The titles of the first of them, where rows are meant.
    pub(super) titles: Vec<String>,
    /// The address of the form.
    pub(super) address: String,
    alerts: Vec<AlertId>,
    filters: AlertFilters,
}

impl Chosen {
    /// Reads what stands behind the question mark of the address.
    ///
    /// # Errors
    /// Where the caller may not read the alerts, one is not there, or the address cannot be read.
    pub(super) async fn read(
        app: &Arc<App>,
        caller: &Caller,
        query: &str,
    ) -> Result<Self, Failure> {
        let filter = Filter::read(query, caller)?;
        let address: Address = serde_html_form::from_str(query)
            .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_address))?;
        let mut chosen = Self {
            count: address.alert.len() as u64,
            until: None,
            titles: Vec::new(),
            address: format!("/alerts/bulk?{query}"),
            filters: filter.filters(),
            alerts: address.alert,
            filter,
        };
        match address.which {
            Kind::Chosen => {
                for alert in chosen.alerts.iter().take(NAMED) {
                    let full = read::read(app, caller, *alert).await?;
                    chosen.titles.push(full.alert.content().title.clone());
                }
            }
            Kind::All => {
                let until = moment(&address.until);
                let until = until.unwrap_or_else(|| app.services.clock.now());
                let to = chosen.filters.created_to.map_or(until, |to| to.min(until));
                chosen.filters.created_to = Some(to);
                chosen.until = Some(until);
                chosen.alerts.clear();
                // Says what is wrong with a filter, which counting alone would not.
                let counted = search::count_list(app, caller, &chosen.filters).await?;
                chosen.count = counted;
            }
        }
        Ok(chosen)
    }

    /// What the use case is asked for; `count` is how many alerts somebody was shown.
    pub(super) fn which(&self, count: Option<u64>) -> Which {
        match self.until {
            None => Which::Alerts(self.alerts.clone()),
            Some(_) => Which::Filter {
                filters: Box::new(self.filters.clone()),
                count: Some(count.unwrap_or(self.count)),
            },
        }
    }
}
