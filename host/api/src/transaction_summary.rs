//! Transactions by day: `/v1/transactions/summary`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::AnyCaller;
use super::problem_from::problem_from;
use super::transaction_body::TransactionBody;
use crate::http::{Filters, Problem, ProblemKind, WireName, WireTime, problems};
use app::App;
use app::transactions::read::read_own;
use app::transactions::summary::{self, DailySummary, Day, Period, SummaryError, SummaryQuery};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/transactions/summary",
        get_with(summarize, |op| {
            op.summary("Count transactions by day, and sum up their fields")
                .description("By the clocks of the tenant's time zone, at most 366 days. Without `customer_id` and `sum` the newest 2,000,000 transactions of each team are counted; with them the newest 10,000 are read: `incomplete_until` says from which day on the answer is complete. Masked fields are summed only for callers with `transaction:sensitive`. With a team's API key, this is the team's transaction of the id `summary`.")
                .tag("Transactions")
                .with(problems(&[ProblemKind::NotFound]))
        }),
    )
}

problem_from!(SummaryError { Forbidden, NoSuchTeam, Read; BadRequest: NoSuchField, Days });

/// Which transactions, and what of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TransactionSummaryFilters")]
struct FiltersBody {
    /// What transactions of one group have in common.
    #[serde(default)]
    by: By,
    /// Of this team alone.
    team: Option<WireName>,
    /// Of this customer alone.
    customer_id: Option<String>,
    /// Those that happened then or later; 30 days up to the last where it is missing.
    from: Option<WireTime>,
    /// Those that happened before; up to the end of today where it is missing.
    to: Option<WireTime>,
    /// A field of type float or integer whose values are summed up; repeated, several.
    #[serde(default)]
    sum: Vec<String>,
}

/// What transactions of one group have in common.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "TransactionSummaryBy")]
#[serde(rename_all = "snake_case")]
enum By {
    /// The day on which they happened.
    #[default]
    Day,
}

/// What the answer is, which depends on who asks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TransactionSummaryOrTransaction")]
#[serde(untagged)]
enum Answer {
    Summary(SummaryBody),
    /// Of the id `summary`, where a team's API key asks.
    Transaction(Box<TransactionBody>),
}

/// Transactions by day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TransactionSummary")]
struct SummaryBody {
    /// All of them.
    count: u64,
    /// Every day, the oldest first, also those without transactions.
    groups: Vec<DayBody>,
    /// Fields that are not summed up, since the caller may not see their values.
    masked: Vec<String>,
    /// Where there are too many transactions: of this day and of earlier ones not all are counted.
    incomplete_until: Option<String>,
}

/// The transactions of a day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TransactionDay")]
struct DayBody {
    /// The day, such as `2026-11-23`.
    day: String,
    count: u64,
    /// The sum of each field that was asked for and that a transaction of the day has; null where it is beyond all numbers.
    sums: BTreeMap<String, Option<f64>>,
}

impl From<FiltersBody> for SummaryQuery {
    fn from(body: FiltersBody) -> Self {
        let By::Day = body.by;
        Self {
            team: body.team.map(|WireName(team)| team.to_string()),
            customer_id: body.customer_id,
            period: Period::Between {
                from: body.from.map(|WireTime(from)| from),
                to: body.to.map(|WireTime(to)| to),
            },
            sums: body.sum.into_iter().collect(),
        }
    }
}

impl From<Day> for DayBody {
    fn from(day: Day) -> Self {
        let sums = day.sums.into_iter();
        Self {
            day: day.date.to_string(),
            count: day.count,
            sums: sums
                .map(|(field, sum)| (field, Some(sum).filter(|sum| sum.is_finite())))
                .collect(),
        }
    }
}

impl From<DailySummary> for SummaryBody {
    fn from(summary: DailySummary) -> Self {
        Self {
            count: summary.days.iter().map(|day| day.count).sum(),
            groups: summary.days.into_iter().map(DayBody::from).collect(),
            masked: summary.masked.into_iter().collect(),
            incomplete_until: summary.incomplete_until.map(|date| date.to_string()),
        }
    }
}

async fn summarize(
    State(app): State<Arc<App>>,
    caller: AnyCaller,
    Filters(filters): Filters<FiltersBody>,
) -> Result<axum::Json<Answer>, Problem> {
    let answer = match caller {
        AnyCaller::User(caller) => {
            let summary = summary::read(&app, &caller, filters.into()).await?;
            Answer::Summary(summary.into())
        }
        AnyCaller::Team(caller) => {
            let seen = read_own(&caller, "summary").await?;
            Answer::Transaction(Box::new(seen.into()))
        }
        AnyCaller::Administrator(_) => {
            return Err(Problem::forbidden(
                "of a user of a tenant; the administrator has no tenant",
            ));
        }
    };
    Ok(axum::Json(answer))
}
