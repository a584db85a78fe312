//! What the address of the list of transactions asks for.

use app::caller::Caller;
use app::transactions::read::TransactionFilters;
use axum::http::StatusCode;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// The filters, as they were typed. An empty one is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) team: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) customer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) txn: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) to: String,
}

impl Filter {
    /// Those of a customer, in a team.
    pub(crate) fn of_customer(team: &str, customer: &str) -> Self {
        Self {
            team: team.to_owned(),
            customer: customer.to_owned(),
            ..Self::default()
        }
    }

    /// The address of the list.
    pub(crate) fn address(&self) -> String {
        let query = serde_html_form::to_string(self).unwrap_or_default();
        match query.is_empty() {
            true => "/transactions".to_owned(),
            false => format!("/transactions?{query}"),
        }
    }

    /// The team that is asked for, else the caller's current one, else the first; none if there is none.
    pub(super) fn team(&self, caller: &Caller) -> Option<String> {
        if !self.team.is_empty() {
            return Some(self.team.clone());
        }
        let definitions = caller.definitions();
        let user = definitions.users.get(&caller.id);
        let current = user.and_then(|user| user.current_team()).map(str::to_owned);
        let mut teams = definitions.teams.iter();
        current.or_else(|| teams.next().map(|team| team.name.clone()))
    }

    /// What is asked of the transactions.
    ///
    /// # Errors
    /// Where a time is none.
    pub(super) fn filters(&self, zone: &Zone) -> Result<TransactionFilters, Failure> {
        let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(TransactionFilters {
            txn_id: some(&self.txn),
            customer_id: some(&self.customer),
            from: time(zone, &self.from)?,
            to: time(zone, &self.to)?,
        })
    }
}

/// A time that was typed; none if nothing was.
pub(crate) fn time(zone: &Zone, text: &str) -> Result<Option<Timestamp>, Failure> {
    match text.trim() {
        "" => Ok(None),
        text => zone.read(text).map(Some).map_err(|fault| {
            let detail = fault.detail(text, EN.transactions.bad_time);
            Failure::new(StatusCode::BAD_REQUEST, detail)
        }),
    }
}
