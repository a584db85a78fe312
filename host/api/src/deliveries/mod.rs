//! Deliveries of runs, and the secrets of webhooks: `/v1/exports/{export}/deliveries`.

mod body;
mod secret;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

pub(super) use body::{DeliveryBody, NewDeliveryBody, RunDeliveryBody};

use secret::rotate_secret;

use super::caller::UserCaller;
use super::exports::ExportPath;
use super::problem_from::problem_from;
use crate::http::{List, Page, Params, Problem, ProblemKind, WireName, problems};
use app::App;
use app::exports::deliveries::{self, DeliveryStateFilter, RetryDeliveryError};
use export::RetryError;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/exports/{export}/deliveries",
            get_with(list_deliveries, |op| {
                op.summary("List the deliveries of an export, those of the newest run first")
                    .description("With `state=failed` those that are not tried any more, each with the reason.")
                    .tag("Exports")
            }),
        )
        .api_route(
            "/v1/exports/{export}/runs/{run}/deliveries/{number}/retry",
            post_with(retry_delivery, |op| {
                op.summary("Deliver a run once more")
                    .description("At once, and then as often as a new one. It keeps its message id, so that the receiver can drop what it already has. Only the newest run that is ready is delivered: an old snapshot never follows a newer one.")
                    .tag("Exports")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/exports/{export}/webhook-secret",
            post_with(rotate_secret, |op| {
                op.summary("Make a new secret for a webhook")
                    .description("Each URL of an export has a secret of its own. Until the overlap ends all is signed with the former one, too, as a second signature. Secrets that were replaced earlier sign until the end that was promised for each; at most four former ones sign at a time.")
                    .tag("Exports")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// Which deliveries.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeliveryFilter {
    /// How far they are.
    #[serde(default)]
    state: Option<StateName>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Pending,
    Delivered,
    Failed,
    Superseded,
    Stopped,
}

impl From<StateName> for DeliveryStateFilter {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Pending => Self::Pending,
            StateName::Delivered => Self::Delivered,
            StateName::Failed => Self::Failed,
            StateName::Superseded => Self::Superseded,
            StateName::Stopped => Self::Stopped,
        }
    }
}

/// The path of a delivery.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeliveryPath {
    /// The export's name.
    export: WireName,
    /// The run's id.
    #[schemars(with = "String")]
    run: Uuid,
    /// The delivery's place among those of the run, from 0.
    number: u32,
}

problem_from!(RetryDeliveryError {
    Forbidden,
    NoSuchExport,
    Retry
});

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::NoSuchDelivery { run, number } => {
                Self::not_found(&format!("delivery {number} of run {run} of this export"))
            }
            RetryError::Delivered | RetryError::Superseded { .. } | RetryError::NoFile => {
                Self::conflict(error.to_string())
            }
            RetryError::Store(error) => error.into(),
            RetryError::Lane(error) => error.into(),
        }
    }
}

async fn list_deliveries(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    List { filters, page }: List<DeliveryFilter>,
) -> Result<Json<Page<RunDeliveryBody>>, Problem> {
    let state = filters.state.map(DeliveryStateFilter::from);
    let page = deliveries::list(&app, &caller, path.name(), state, &page).await?;
    let page = page.map(|delivery| RunDeliveryBody::of(&delivery));
    Ok(Json(page.into()))
}

async fn retry_delivery(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DeliveryPath>,
) -> Result<Json<RunDeliveryBody>, Problem> {
    let export = path.export.0.as_str();
    let retried = deliveries::retry(&app, &caller, export, path.run, path.number).await?;
    Ok(Json(RunDeliveryBody::of(&retried)))
}
