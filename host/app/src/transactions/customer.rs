//! What is known of a customer.

use std::sync::Arc;

use crate::App;
use crate::alerts::filters::AlertFilters;
use crate::alerts::search::{SearchAlertsError, count_lists};
use crate::blocking::{ReadError, blocking};
use crate::caller::{Caller, Forbidden};
use domain::time::Timestamp;
use engine::lane::Extent;
use tenant::Permission;

/// The most transactions of a customer that are counted in a team.
pub const MAX_COUNTED: usize = 100_000;

/// What is known of a customer. What the caller may not read is none.
#[derive(Clone, Debug)]
pub struct CustomerView {
    /// The customer's id.
    pub customer_id: String,
    /// Those in which the customer has transactions, by name.
    pub teams: Vec<CustomerTeam>,
    /// Alerts about the customer.
    pub alerts: Option<CustomerAlerts>,
    /// Watchlists that have the customer's id as an entry, by name.
    pub lists: Option<Vec<String>>,
}

/// A customer's transactions in a team.
#[derive(Clone, Debug)]
pub struct CustomerTeam {
    /// The team's name.
    pub team: String,
    /// How many there are, and when the first and the last of them happened.
    pub extent: Extent,
}

/// How many alerts there are about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomerAlerts {
    /// Those that are not closed.
    pub open: u64,
    /// All of them.
    pub all: u64,
}

/// How far a customer's transactions of all teams reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many there are.
    pub count: u64,
    /// There are more than are counted.
    pub has_more: bool,
    /// When the first of those that are counted happened.
    pub first_at: Option<Timestamp>,
    /// When the last happened.
    pub last_at: Option<Timestamp>,
}

/// Why a customer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadCustomerError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Neither a transaction nor an alert has the customer.
    #[error("nothing is known of a customer '{0}'")]
    NoSuchCustomer(String),
    /// The alerts cannot be counted.
    #[error(transparent)]
    Alerts(#[from] SearchAlertsError),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl CustomerView {
    /// How far the transactions of all teams reach.
    pub fn reach(&self) -> Reach {
        let extents = || self.teams.iter().map(|team| team.extent);
        Reach {
            count: extents().map(|extent| extent.count).sum(),
            has_more: extents().any(|extent| extent.has_more),
            first_at: extents().map(|extent| extent.first_at).min(),
            last_at: extents().map(|extent| extent.last_at).max(),
        }
    }
}

/// Reads what is known of a customer.
///
/// # Errors
/// Where the caller may not read transactions, or nothing is known of the customer.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    customer_id: &str,
) -> Result<CustomerView, ReadCustomerError> {
    caller.require(Permission::TransactionRead)?;
    let definitions = caller.definitions();
    let mut views = Vec::new();
    for team in definitions
        .teams
        .iter()
        .filter(|team| team.schema().is_some())
    {
        let view = caller.lane.team(team.id).await.map_err(ReadError::from)?;
        views.push((team.name.clone(), view));
    }
    let id = customer_id.to_owned();
    let read = blocking(move || {
        let mut teams = Vec::new();
        for (team, view) in views {
            if let Some(extent) = view.extent(&id, MAX_COUNTED)? {
                teams.push(CustomerTeam { team, extent });
            }
        }
        Ok::<_, store::StoreError>(teams)
    });
    let teams = read
        .await
        .map_err(ReadError::from)?
        .map_err(ReadError::from)?;
    let alerts = alerts(app, caller, customer_id).await?;
    if teams.is_empty() && alerts.is_none_or(|alerts| alerts.all == 0) {
        return Err(ReadCustomerError::NoSuchCustomer(customer_id.to_owned()));
    }
    let lists = caller.may(Permission::ListRead).then(|| {
        let lists = definitions.lists.iter();
        let having = lists.filter(|list| list.entries.contains(customer_id));
        having.map(|list| list.name.clone()).collect()
    });
    Ok(CustomerView {
        customer_id: customer_id.to_owned(),
        teams,
        alerts,
        lists,
    })
}

/// How many alerts there are about a customer; none if the caller may not read alerts.
async fn alerts(
    app: &Arc<App>,
    caller: &Caller,
    customer_id: &str,
) -> Result<Option<CustomerAlerts>, SearchAlertsError> {
    if !caller.may(Permission::AlertRead) {
        return Ok(None);
    }
    let all = AlertFilters {
        dprofile_id: vec![customer_id.to_owned()],
        ..AlertFilters::default()
    };
    let definitions = caller.definitions();
    let workflow = definitions.workflow();
    let states = workflow.states().iter().filter(|state| !state.closed);
    let open = AlertFilters {
        state: states.map(|state| state.name.clone()).collect(),
        ..all.clone()
    };
    let counts = count_lists(app, caller, &[open, all]).await?;
    Ok(Some(CustomerAlerts {
        open: counts.first().copied().flatten().unwrap_or_default(),
        all: counts.last().copied().flatten().unwrap_or_default(),
    }))
}
