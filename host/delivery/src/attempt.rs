//! One try of a delivery, from its record to what came of it.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use uuid::Uuid;

use super::client;
use super::meters;
use super::object_store::{self, Shelf};
use super::parcel::Parcel;
use super::places::PlaceRules;
use super::verdict::{Outcome, audited, note};
use super::webhook::Webhooks;
use crate::config::DeliveriesConfig;
use engine::lane::{Actor, Change, ChangeError, Lane, Services};
use export::{Deliveries, DeliveryRecord, RunFile, RunRecord};
use files::Files;
use store::StoreError;
use store::key::TenantId;
use tenant::{Compression, Definitions, Delivery, WebhookSecret};

/// How often the outcome of a try is written where the lane does not take it.
const WRITES: u32 = 5;
/// Between two of them.
const WRITE_PAUSE: Duration = Duration::from_millis(500);
/// When a delivery is looked at again that could not be tried, or whose outcome could not be written, in seconds.
pub(super) const LOOK_AGAIN_SECONDS: u64 = 60;

/// Which delivery of which tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DeliveryId {
    pub(super) tenant: TenantId,
    pub(super) run: Uuid,
    pub(super) number: u32,
}

/// Tries deliveries.
pub struct Courier {
    pub(super) services: Arc<Services>,
    pub(super) deliveries: Deliveries,
    files: Files,
    rules: PlaceRules,
    webhooks: Webhooks,
    /// Where clients find this host.
    url: String,
}

/// Why a delivery could not be tried.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("reading did not end: {0}")]
    Panic(#[from] tokio::task::JoinError),
}

/// What a record leads to.
enum Prepared {
    /// It ended meanwhile.
    Over,
    /// Its tenant is suspended.
    NotNow,
    /// There is nothing to send.
    Settled(Outcome),
    Send(Box<(Delivery, Parcel)>),
}

impl Courier {
    /// A courier for the files of runs.
    ///
    /// # Errors
    /// Where this machine's certificates cannot be read.
    pub fn new(
        services: Arc<Services>,
        deliveries: Deliveries,
        files: Files,
        config: &DeliveriesConfig,
        url: String,
    ) -> reqwest::Result<Self> {
        let rules = PlaceRules::new(config);
        let webhooks = Webhooks {
            client: client::new(config, &rules)?,
            answer: Duration::from_secs(config.answer_seconds),
            max_bytes: config.max_webhook_mib << 20,
        };
        Ok(Self {
            services,
            deliveries,
            files,
            rules,
            webhooks,
            url,
        })
    }

    /// Tries a delivery and writes what came of it. Answers until when it must
    /// not be looked at again, where that is not in its record.
    pub(super) async fn attempt(&self, lane: &Arc<Lane>, id: DeliveryId) -> Option<Timestamp> {
        let again = || Some(self.services.clock.now().plus_seconds(LOOK_AGAIN_SECONDS));
        let prepared = match self.prepare(lane, id).await {
            Ok(prepared) => prepared,
            Err(error) => {
                tracing::error!(run = %id.run, %error, "a delivery cannot be tried");
                return again();
            }
        };
        let (outcome, kind) = match prepared {
            Prepared::Over => return None,
            Prepared::NotNow => return again(),
            Prepared::Settled(outcome) => (outcome, "none"),
            Prepared::Send(sending) => {
                let (to, parcel) = *sending;
                (self.send(lane, &to, &parcel).await, to.kind())
            }
        };
        meters::count_attempt(kind, &outcome);
        if self.settle(lane, id, outcome).await {
            None
        } else {
            again()
        }
    }

    async fn prepare(&self, lane: &Arc<Lane>, id: DeliveryId) -> Result<Prepared, AttemptError> {
        let definitions = lane.definitions();
        if definitions.tenant().is_none_or(|tenant| tenant.suspended) {
            return Ok(Prepared::NotNow);
        }
        let deliveries = self.deliveries.clone();
        let read = move || {
            let Some(delivery) = deliveries.get(id.tenant, id.run, id.number)? else {
                return Ok(None);
            };
            let run = deliveries.run(id.tenant, &delivery.export, id.run)?;
            Ok::<_, StoreError>(Some((delivery, run)))
        };
        let Some((delivery, run)) = tokio::task::spawn_blocking(read).await?? else {
            return Ok(Prepared::Over);
        };
        if !delivery.is_pending() {
            return Ok(Prepared::Over);
        }
        let export = definitions.exports.get(&delivery.export);
        let Some(to) = export.and_then(|export| export.delivery_to(&delivery.place)) else {
            let reason =
                "the export has no such delivery any more; its next run goes where it says now";
            return Ok(Prepared::Settled(Outcome::Unwanted(reason.to_owned())));
        };
        let Some((run, file)) = run.and_then(ready) else {
            let reason = "the file of the run is not kept any more; make another run";
            return Ok(Prepared::Settled(Outcome::Hopeless(reason.to_owned())));
        };
        let at = self.services.clock.now();
        let layout_version = match to {
            Delivery::Webhook { .. } => None,
            Delivery::S3(_) | Delivery::Directory { .. } => {
                self.layout_version(&definitions, id.tenant, &run).await
            }
        };
        let parcel = Parcel {
            message_id: delivery.message_id(),
            run: run.id,
            snapshot_at: Timestamp::from_micros(run.snapshot_at),
            rows: file.rows,
            lines: file.lines,
            bytes: file.bytes,
            sha256: file.sha256,
            media_type: run.kept_as().to_owned(),
            file_extension: match run.compression {
                Compression::None => run.file_extension,
                Compression::Gzip => format!("{}.gz", run.file_extension),
            },
            formatter: run.formatter,
            layout_version,
            url: format!(
                "{}/v1/exports/{}/runs/{}/file",
                self.url, run.export, run.id
            ),
            at,
            tenant: id.tenant,
            keys: keys(&definitions, &run.export, to, at),
            files: self.files.clone(),
            export: run.export,
        };
        Ok(Prepared::Send(Box::new((to.clone(), parcel))))
    }

    /// The version of the layout that wrote the file; none if the formatter cannot say.
    async fn layout_version(
        &self,
        definitions: &Definitions,
        tenant: TenantId,
        run: &RunRecord,
    ) -> Option<u32> {
        let name = format!("{}/{}", run.formatter.plugin, run.formatter.version);
        let published = definitions.plugins.get(&name)?;
        let formatter = self.services.load_formatter(tenant, published).await.ok()?;
        let config = run.formatter.config.to_string();
        let layout = tokio::task::spawn_blocking(move || formatter.layout(&config)).await;
        Some(layout.ok()?.ok()?.version)
    }

    async fn send(&self, lane: &Arc<Lane>, to: &Delivery, parcel: &Parcel) -> Outcome {
        // What the operator allows may have changed since the export was defined.
        if let Err(fault) = self.rules.check(to.clone()) {
            return Outcome::failed(fault.to_string());
        }
        match to {
            Delivery::Webhook { url, send } => match self.rules.check_url("url", url) {
                Ok(url) => self.webhooks.send(url, *send, parcel).await,
                Err(fault) => Outcome::failed(fault.to_string()),
            },
            Delivery::S3(place) => {
                let shelf = Shelf::bucket(place, &self.webhooks.client);
                object_store::send(shelf, parcel, self.webhooks.answer).await
            }
            Delivery::Directory { directory } => {
                let definitions = lane.definitions();
                let tenant = definitions.tenant().map(|tenant| tenant.name.clone());
                match self.rules.directory(&tenant.unwrap_or_default(), directory) {
                    Ok(path) => {
                        let shelf = Shelf::directory(path, &parcel.export).await;
                        object_store::send(shelf, parcel, self.webhooks.answer).await
                    }
                    Err(fault) => Outcome::failed(fault.to_string()),
                }
            }
        }
    }

    /// Writes what came of a try; says whether that was done.
    async fn settle(&self, lane: &Arc<Lane>, id: DeliveryId, outcome: Outcome) -> bool {
        for _ in 0..WRITES {
            match self.write(lane, id, outcome.clone()).await {
                Ok(()) => return true,
                Err(error) => {
                    tracing::warn!(run = %id.run, number = id.number, error, "what came of a delivery cannot be written");
                }
            }
            tokio::time::sleep(WRITE_PAUSE).await;
        }
        false
    }

    async fn write(
        &self,
        lane: &Arc<Lane>,
        id: DeliveryId,
        outcome: Outcome,
    ) -> Result<(), String> {
        let deliveries = self.deliveries.clone();
        let read = move || deliveries.get(id.tenant, id.run, id.number);
        // The export's name does not change: it may be read before the guard is had.
        let Some(found) = blocking(read.clone()).await? else {
            return Ok(());
        };
        let guard = self.deliveries.guard(id.tenant, &found.export).await;
        let Some(mut record) = blocking(read).await? else {
            return Ok(());
        };
        let luck = rand::random_range(-1.0..=1.0);
        let put = move |change: &mut Change<'_>| {
            note(&mut record, &outcome, change.at(), luck);
            if let Some(action) = audited(&record.state) {
                change.audit(&Actor::Host, action, record.subject());
            }
            record.put(change);
            Ok::<_, std::convert::Infallible>(record)
        };
        let record = match lane.change(put).await {
            Ok(record) => record,
            Err(ChangeError::Lane(error)) => return Err(error.to_string()),
            Err(ChangeError::Refused(never)) => match never {},
        };
        drop(guard);
        log(&record);
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, String> {
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

fn log(record: &DeliveryRecord) {
    let state = record.state.as_str();
    let answer = record.last_answer.as_deref().unwrap_or_default();
    let (export, run, number) = (&record.export, record.run, record.number);
    match record.is_pending() || state == "delivered" {
        true => tracing::info!(export, %run, number, state, answer, "a delivery was tried"),
        false => tracing::warn!(export, %run, number, state, answer, "a delivery has ended"),
    }
}

/// A run that has a file, and what is known of it.
fn ready(run: RunRecord) -> Option<(RunRecord, RunFile)> {
    let file = run.state.file()?;
    Some((run, file))
}

fn keys(definitions: &Definitions, export: &str, to: &Delivery, at: Timestamp) -> Vec<Vec<u8>> {
    let Delivery::Webhook { url, .. } = to else {
        return Vec::new();
    };
    let secrets = &definitions.webhook_secrets;
    let secret = secrets.get(&WebhookSecret::key_of(export, url));
    secret.map_or_else(Vec::new, |secret| secret.keys(at.as_micros()))
}
