//! Deliveries of runs, and the secrets of webhooks: `/v1/exports/{export}/deliveries`.

mod body;
mod define;
mod secret;

use std::collections::HashMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

pub(super) use body::{DeliveryBody, NewDelivery, RunDeliveryBody};
pub(super) use define::{define, forget_secrets};

use secret::rotate_secret;

use super::blocking::blocking;
use super::caller::UserCaller;
use super::exports::{ExportPath, find_export};
use crate::http::{List, Page, Params, Problem, ProblemKind, WireName, problems};
use app::App;
use export::{DeliveryRecord, RetryError};
use store::StoreError;
use store::key::TenantId;
use tenant::Permission;

/// Runs that are read at once where deliveries are listed.
const RUNS_AT_ONCE: usize = 100;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Pending,
    Delivered,
    Failed,
    Superseded,
    Stopped,
}

impl StateName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Stopped => "stopped",
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

/// The deliveries of runs, by run.
///
/// # Errors
/// Where the store cannot be read.
pub(super) async fn deliveries_of(
    app: &Arc<App>,
    tenant: TenantId,
    runs: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<RunDeliveryBody>>, Problem> {
    let deliveries = app.deliveries.clone();
    let read = move || {
        let mut found = HashMap::new();
        for run in runs {
            let of_run = deliveries.of_run(tenant, run)?;
            found.insert(run, of_run.iter().map(RunDeliveryBody::of).collect());
        }
        Ok::<_, StoreError>(found)
    };
    Ok(blocking(read).await??)
}

async fn list_deliveries(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    List { filters, page }: List<DeliveryFilter>,
) -> Result<Json<Page<RunDeliveryBody>>, Problem> {
    caller.require(Permission::ExportRead)?;
    find_export(&caller.definitions(), path.name())?;
    let state = filters.state.map(StateName::as_str);
    let tenant = caller.tenant;
    let list = [
        &*tenant.0.to_string(),
        "deliveries",
        path.name(),
        state.unwrap_or_default(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|position| position_of(&position));
    let (reading, export, limit) = (app.clone(), path.name().to_owned(), page.limit() + 1);
    let read = move || newest_first(&reading, tenant, &export, state, after, limit);
    let found = blocking(read).await??;
    let page = Page::of(found, &page, &app.cursors, &list, |delivery| {
        [&delivery.run.as_bytes()[..], &delivery.number.to_be_bytes()].concat()
    });
    Ok(Json(page.map(|delivery| RunDeliveryBody::of(&delivery))))
}

fn position_of(bytes: &[u8]) -> Option<(Uuid, u32)> {
    let (run, number) = bytes.split_at_checked(16)?;
    Some((
        Uuid::from_slice(run).ok()?,
        u32::from_be_bytes(number.try_into().ok()?),
    ))
}

/// Deliveries of an export behind a position: newer runs first, those of a run by number.
fn newest_first(
    app: &App,
    tenant: TenantId,
    export: &str,
    state: Option<&str>,
    after: Option<(Uuid, u32)>,
    limit: usize,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let mut found = Vec::new();
    let runs = |before| {
        app.runs
            .list(&app.services, tenant, export, before, RUNS_AT_ONCE)
    };
    // The run that the page before ended in may have more.
    let mut next = after.map(|(last, _)| Uuid::from_u128(last.as_u128().saturating_add(1)));
    loop {
        let page = runs(next)?;
        let Some(last_of_page) = page.last().map(|run| run.id) else {
            return Ok(found);
        };
        for run in page {
            let is_behind = |delivery: &DeliveryRecord| {
                after.is_none_or(|(last, number)| delivery.run < last || delivery.number > number)
            };
            let is_wanted = |delivery: &DeliveryRecord| {
                state.is_none_or(|state| delivery.state.as_str() == state)
            };
            let of_run = app.deliveries.of_run(tenant, run.id)?;
            found.extend(
                of_run
                    .into_iter()
                    .filter(|delivery| is_behind(delivery) && is_wanted(delivery)),
            );
            if found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
        next = Some(last_of_page);
    }
}

async fn retry_delivery(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DeliveryPath>,
) -> Result<Json<RunDeliveryBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    let export = path.export.0.as_str();
    find_export(&caller.definitions(), export)?;
    let (lane, tenant) = (&caller.lane, caller.tenant);
    let by = (caller.actor(), caller.authority());
    let retried = app
        .deliveries
        .retry(lane, tenant, export, path.run, path.number, by);
    Ok(Json(RunDeliveryBody::of(&retried.await?)))
}
