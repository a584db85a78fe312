//! Deliveries of runs, and the secrets of webhooks: `/v1/exports/{export}/deliveries`.

mod body;
mod define;

use std::collections::HashMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use body::{DeliveryBody, NewDelivery, RunDeliveryBody};
pub(super) use define::{define, forget_secrets};

use super::blocking::blocking;
use super::caller::UserCaller;
use super::exports::{ExportPath, find_export};
use super::idempotency::{Answer, Repeatable};
use crate::app::App;
use crate::export::{DeliveryRecord, RetryError};
use crate::http::{
    Created, List, Page, Params, Problem, ProblemKind, WireName, WireTime, problems,
};
use crate::lane::Change;
use crate::store::StoreError;
use crate::store::key::TenantId;
use crate::tenant::{Delivery, Export, FormerSecret, Permission, WebhookSecret};

/// Seconds for which a former secret signs, too, unless told: a day.
const DEFAULT_OVERLAP_SECONDS: u64 = 24 * 60 * 60;
/// Runs that are read at once where deliveries are listed.
const RUNS_AT_ONCE: usize = 100;
/// The longest: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

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
                    .description("Each URL of an export has a secret of its own. Until the overlap ends all is signed with the former one, too, as a second signature.")
                    .tag("Exports")
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

/// Which secret, and how long the former one signs.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewSecret {
    /// The webhook's URL; may be left out where the export has one webhook.
    #[serde(default)]
    url: Option<String>,
    /// Seconds for which the former secret signs, too: a day unless told, and 30 days at most.
    #[serde(default = "default_overlap")]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

fn default_overlap() -> u64 {
    DEFAULT_OVERLAP_SECONDS
}

/// A new secret of a webhook.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookSecret")]
struct NewSecretBody {
    url: String,
    /// Shown once: null in the answer to a request that came again.
    secret: Option<String>,
    /// Until then the former one signs, too.
    former_until: Option<WireTime>,
}

impl Answer for NewSecretBody {
    fn without_secrets(&self) -> Self {
        Self {
            url: self.url.clone(),
            secret: None,
            former_until: self.former_until,
        }
    }
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
    let (lane, tenant, actor) = (&caller.lane, caller.tenant, caller.actor());
    let retried = app
        .deliveries
        .retry(lane, tenant, export, path.run, path.number, actor);
    Ok(Json(RunDeliveryBody::of(&retried.await?)))
}

async fn rotate_secret(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    Repeatable { body: new, once }: Repeatable<NewSecret>,
) -> Result<Created<NewSecretBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    if new.overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Problem::unprocessable(detail, Vec::new()));
    }
    let actor = caller.actor();
    let rotate = move |change: &mut Change<'_>| {
        let export = find_export(change.definitions(), path.name())?;
        let url = webhook_of(&export, new.url.as_deref())?;
        let key = WebhookSecret::key_of(path.name(), &url);
        let current = change.definitions().webhook_secrets.get(&key).cloned();
        let mut made = WebhookSecret::generate(path.name(), &url, change.at().as_micros());
        let until = change.at().plus_seconds(new.overlap_seconds).as_micros();
        made.former = current
            .filter(|_| new.overlap_seconds > 0)
            .map(|current| FormerSecret {
                secret: current.secret.clone(),
                until,
            });
        change.audit(&actor, "export.webhook_secret", path.name());
        let made = change.put(made);
        Ok(NewSecretBody {
            url,
            secret: Some(made.secret.expose().to_owned()),
            former_until: made
                .former
                .as_ref()
                .map(|former| WireTime(Timestamp::from_micros(former.until))),
        })
    };
    once.create(&app, &caller, rotate).await
}

/// The URL of the export's webhook that is meant.
fn webhook_of(export: &Export, url: Option<&str>) -> Result<String, Problem> {
    let urls: Vec<&String> = export
        .deliveries
        .iter()
        .filter_map(|delivery| match delivery {
            Delivery::Webhook { url, .. } => Some(url),
            _ => None,
        })
        .collect();
    let refuse = |detail: String| Err(Problem::unprocessable(detail, Vec::new()));
    match (url, &*urls) {
        (None, [only]) => Ok((*only).clone()),
        (None, []) => refuse(format!("export '{}' has no webhook", export.name)),
        (None, _) => refuse(format!(
            "export '{}' has {} webhooks; name one by 'url'",
            export.name,
            urls.len()
        )),
        (Some(url), _) => match urls.iter().find(|known| **known == url) {
            Some(known) => Ok((*known).clone()),
            None => refuse(format!(
                "export '{}' has no webhook with this 'url'; it must be as the export shows it",
                export.name
            )),
        },
    }
}
