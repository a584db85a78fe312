//! Customers: `/v1/customers`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::problem_from::problem_from;
use crate::http::{Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::transactions::customer::{
    self, CustomerAlerts, CustomerTeam, CustomerView, ReadCustomerError,
};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/customers/{customer}",
        get_with(read_customer, |op| {
            op.summary("Read what is known of a customer")
                .description("How many transactions the customer has, at most 100,000 of each team are counted, and, as far as the caller may read them, how many alerts are about the customer and which watchlists have the customer's id as an entry.")
                .tag("Transactions")
                .with(problems(&[ProblemKind::NotFound]))
        }),
    )
}

/// The path of a customer.
#[derive(Debug, Deserialize, JsonSchema)]
struct CustomerPath {
    /// The customer's id.
    customer: String,
}

/// What is known of a customer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Customer")]
struct CustomerBody {
    customer_id: String,
    /// Of all teams.
    transactions: ReachBody,
    /// Those in which the customer has transactions, by name.
    teams: Vec<TeamReachBody>,
    /// Null where the caller may not read alerts.
    alerts: Option<CustomerAlertsBody>,
    /// Watchlists that have the customer's id as an entry, by name; null where the caller may not read watchlists.
    lists: Option<Vec<String>>,
}

/// How far transactions reach.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TransactionReach")]
struct ReachBody {
    count: u64,
    /// There are more than were counted.
    has_more: bool,
    /// When the first of those that were counted happened.
    first_at: Option<WireTime>,
    /// When the last happened.
    last_at: Option<WireTime>,
}

/// How far a customer's transactions of a team reach.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TeamReach")]
struct TeamReachBody {
    /// The team's name.
    team: String,
    #[serde(flatten)]
    reach: ReachBody,
}

/// How many alerts there are about a customer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CustomerAlerts")]
struct CustomerAlertsBody {
    /// Those that are not closed.
    open: u64,
    /// All of them.
    all: u64,
}

impl From<CustomerAlerts> for CustomerAlertsBody {
    fn from(CustomerAlerts { open, all }: CustomerAlerts) -> Self {
        Self { open, all }
    }
}

impl From<CustomerTeam> for TeamReachBody {
    fn from(CustomerTeam { team, extent }: CustomerTeam) -> Self {
        Self {
            team,
            reach: ReachBody {
                count: extent.count,
                has_more: extent.has_more,
                first_at: Some(WireTime(extent.first_at)),
                last_at: Some(WireTime(extent.last_at)),
            },
        }
    }
}

impl From<CustomerView> for CustomerBody {
    fn from(view: CustomerView) -> Self {
        let reach = view.reach();
        Self {
            transactions: ReachBody {
                count: reach.count,
                has_more: reach.has_more,
                first_at: reach.first_at.map(WireTime),
                last_at: reach.last_at.map(WireTime),
            },
            customer_id: view.customer_id,
            teams: view.teams.into_iter().map(TeamReachBody::from).collect(),
            alerts: view.alerts.map(CustomerAlertsBody::from),
            lists: view.lists,
        }
    }
}

problem_from!(ReadCustomerError { Forbidden, Alerts, Read; NotFound: NoSuchCustomer });

async fn read_customer(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<CustomerPath>,
) -> Result<Json<CustomerBody>, Problem> {
    let view = customer::read(&app, &caller, &path.customer).await?;
    Ok(Json(view.into()))
}
