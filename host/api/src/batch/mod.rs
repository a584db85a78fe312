//! Transactions in batches: `POST /v1/transactions/batch`.
//!
//! ```text
//! body ─► cut into payloads ─► read by the schema ─► lane, some chunks at a time ─► answers, in order ─► spool ─► response
//! ```
//!
//! The answer goes out while the body comes in. A client that writes everything before it reads is not stuck, as long
//! as its answers fit the spool. When the spool is full no more of the body is read until the client reads; a client
//! that does not is disconnected, and what it was answered until then is durable.
//!
//! The status is decided by the first answers: where the store accepts nothing, the whole batch is 503.

mod answers;
mod spool;

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{FuturesOrdered, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::caller::TeamCaller;
use crate::http::{Accept, Problem, ProblemKind, answers_as, problems, takes};
use answers::{Answers, Form};
use app::App;
use app::transactions::batch::{BatchPosting, PayloadAnswer, PendingAnswers};
use ingest::{BatchFormat, BatchItem, Payload};
use spool::{ReaderGone, Spool, SpoolReader};

/// Payloads that go to the lane at once.
const CHUNK_ROWS: usize = 256;

/// Bytes of payloads after which a chunk is closed.
const CHUNK_BYTES: usize = 1 << 20;

/// How long the status may wait for the first payload: a client may want to see it before it sends any.
const STATUS_WAIT: Duration = Duration::from_secs(1);

/// Bytes of a refused batch that are read and dropped, so that the client gets to read the answer.
const DROPPED_BYTES: usize = 64 << 20;

/// How long that may take.
const DISCARD_WITHIN: Duration = Duration::from_secs(30);

/// Seconds after which a batch that nothing was accepted of is worth another try.
const RETRY_SECONDS: u64 = 10;

/// Chunks of one request that wait for their answers; then no more is read.
const CHUNKS_IN_FLIGHT: usize = 16;

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/transactions/batch",
        post_with(post_batch, |op| {
            op.summary("Post transactions in a batch")
                .description("With a team's API key, as `application/x-ndjson`, `application/json` (an array) or `text/csv` (a header of field names). Read as a stream, of any length, in order; each payload stands or falls alone. The answer is one line for each, while it goes on; or one document where JSON is asked for. At most 10 faults are listed for a payload, and how many more there are. Sending the whole again is safe.\n\nRead the answer while you write: up to `http.batch_spool_mib` MiB of answers (128 unless configured; an accepted payload takes some 100 bytes, a refused one up to some kilobytes) are kept for a client that writes everything first. Beyond that the host reads on only as the client reads, and ends the connection where it reads nothing for `http.stalled_answer_seconds`. What was answered is durable.\n\nWhere the store can accept nothing, the whole answer is 503.")
                .tag("Transactions")
                .with(takes(bodies()))
                .response_with::<200, axum::Json<answers::Document>, _>(|response| {
                    response.description("One result for each payload, in order; as NDJSON each on a line of its own")
                })
                .with(answers_as(200, NDJSON, answers::line_schema()))
                .with(problems(&[
                    ProblemKind::Conflict,
                    ProblemKind::NotAcceptable,
                    ProblemKind::UnsupportedMediaType,
                    ProblemKind::Unavailable,
                ]))
        })
        .layer(DefaultBodyLimit::disable()),
    )
}

/// The bodies of a batch. A JSON schema of a body that is no JSON describes each of its lines.
fn bodies() -> Vec<(&'static str, schemars::Schema)> {
    let payload = || schemars::json_schema!({ "type": "object" });
    let array = schemars::json_schema!({ "type": "array", "items": { "type": "object" } });
    let rows = schemars::json_schema!({ "type": "string" });
    vec![(NDJSON, payload()), (JSON, array), ("text/csv", rows)]
}

async fn post_batch(
    State(app): State<Arc<App>>,
    TeamCaller(caller): TeamCaller,
    accept: Accept,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let format = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(BatchFormat::of_media_type)
        .ok_or_else(|| {
            let detail = "the body must be application/x-ndjson, application/json or text/csv";
            Problem::new(ProblemKind::UnsupportedMediaType, detail)
        })?;
    let (form, media_type) = match accept.best(&[NDJSON, JSON]) {
        Some(JSON) => (Form::Document, JSON),
        Some(_) => (Form::Lines, NDJSON),
        None => {
            let detail = "the answer is application/x-ndjson or application/json";
            return Err(Problem::new(ProblemKind::NotAcceptable, detail));
        }
    };
    let tenant = caller.lane.tenant();
    let posting = BatchPosting::begin(caller)?;
    let (spool, reader) = Spool::new(app.spools.of(tenant));
    let (decide, decided) = oneshot::channel();
    let batch = Batch {
        posting,
        answers: Answers::new(form, spool),
        decide: Some(decide),
        app,
        waiting: FuturesOrdered::new(),
    };
    tokio::spawn(batch.run(pump(body), format));
    if let Ok(Some(refused)) = decided.await {
        return Err(refused);
    }
    let media_type = HeaderValue::from_static(media_type);
    let body = Body::from_stream(SpoolReader::into_stream(reader));
    Ok(([(header::CONTENT_TYPE, media_type)], body).into_response())
}

/// One request, on its way.
struct Batch {
    app: Arc<App>,
    posting: BatchPosting,
    answers: Answers,
    /// Where the status goes; none once it is decided.
    decide: Option<oneshot::Sender<Option<Problem>>>,
    waiting: FuturesOrdered<PendingAnswers>,
}

/// Why a batch is read no further.
enum Ended {
    Whole,
    /// The connection was lost, or nothing came for too long.
    Broken,
    /// Nobody reads the answer any more.
    Unread,
    /// Nothing of it was accepted, which is the answer to all of it.
    Refused,
}

/// What comes of a body, piece by piece; an error where it breaks or stands still for too long.
type Pieces = mpsc::Receiver<Result<Bytes, axum::Error>>;

/// Reads a body in a task of its own: the limit on how long it may stand still holds while it is read, and not while
/// the batch waits for its client to read.
fn pump(body: Body) -> Pieces {
    let (pieces, read) = mpsc::channel(1);
    let mut body = body.into_data_stream();
    tokio::spawn(async move {
        loop {
            let piece = tokio::select! {
                piece = body.next() => piece,
                () = pieces.closed() => return,
            };
            let Some(piece) = piece else { return };
            let is_broken = piece.is_err();
            if pieces.send(piece).await.is_err() || is_broken {
                return;
            }
        }
    });
    read
}

impl Batch {
    /// Reads the body to its end, or to where it breaks.
    async fn run(mut self, mut body: Pieces, format: BatchFormat) {
        match self.read(&mut body, format).await {
            Ok(()) | Err(Ended::Whole | Ended::Broken | Ended::Unread) => {}
            Err(Ended::Refused) => discard(body).await,
        }
    }

    async fn read(&mut self, body: &mut Pieces, format: BatchFormat) -> Result<(), Ended> {
        let mut reader = format.reader(self.app.config.http.max_transaction_bytes);
        let mut items = Items::default();
        let decide_at = Instant::now() + STATUS_WAIT;
        let ended = loop {
            // What came is not held back for what may come later.
            while let Some(chunk) = items.chunk(self.waiting.is_empty()) {
                self.submit(chunk).await?;
            }
            let is_quiet = self.decide.is_some() && self.waiting.is_empty();
            tokio::select! {
                piece = body.recv() => match piece {
                    Some(Ok(bytes)) => reader.feed(bytes, &mut items.0),
                    Some(Err(_)) => break Ended::Broken,
                    None => break Ended::Whole,
                },
                Some(answered) = self.waiting.next(), if !self.waiting.is_empty() => {
                    self.write(answered).await?;
                }
                () = sleep_until(decide_at), if is_quiet => self.accept(),
            }
        };
        match ended {
            Ended::Broken => items.0.push(BatchItem::broken_off(reader.line())),
            _ => reader.finish(&mut items.0),
        }
        while let Some(chunk) = items.chunk(true) {
            self.submit(chunk).await?;
        }
        while let Some(answered) = self.waiting.next().await {
            self.write(answered).await?;
        }
        self.accept();
        self.answers
            .finish()
            .await
            .map_err(|ReaderGone| Ended::Unread)
    }

    async fn submit(&mut self, items: Vec<BatchItem>) -> Result<(), Ended> {
        while self.waiting.len() >= CHUNKS_IN_FLIGHT {
            if let Some(answered) = self.waiting.next().await {
                self.write(answered).await?;
            }
        }
        let received_at = self.app.services.clock.now();
        let waiting = self.posting.submit(items, received_at).await;
        self.waiting.push_back(waiting);
        Ok(())
    }

    /// Writes the answers of a chunk; the first ones decide the status of all.
    async fn write(&mut self, answered: Vec<PayloadAnswer>) -> Result<(), Ended> {
        let mut all = vec![answered];
        if self.decide.is_some() && all[0].iter().any(PayloadAnswer::is_unavailable) {
            // What is under way may be accepted all the same.
            while let Some(answered) = self.waiting.next().await {
                all.push(answered);
            }
            if all.iter().flatten().all(PayloadAnswer::is_refused) {
                let detail = "the store could not make anything of the batch durable; send all of it again later";
                self.answer_with(Some(Problem::unavailable(detail, RETRY_SECONDS)));
                return Err(Ended::Refused);
            }
        }
        self.accept();
        for answered in all {
            let written = self.answers.write(&self.posting, answered).await;
            written.map_err(|ReaderGone| Ended::Unread)?;
        }
        Ok(())
    }

    /// Answers 200, unless the status is decided already.
    fn accept(&mut self) {
        self.answer_with(None);
    }

    fn answer_with(&mut self, refused: Option<Problem>) {
        if let Some(decide) = self.decide.take() {
            // A client that has gone is noticed when its answers are written.
            let _ = decide.send(refused);
        }
    }
}

/// Reads on for a while: a client that still writes would lose the answer if the connection were closed now.
async fn discard(mut body: Pieces) {
    let read = async {
        let mut bytes = 0;
        while let Some(Ok(piece)) = body.recv().await
            && bytes < DROPPED_BYTES
        {
            bytes += piece.len();
        }
    };
    // A client that takes longer sees its connection end, as it does beyond the bytes.
    let _ = timeout(DISCARD_WITHIN, read).await;
}

/// Payloads that are not submitted yet.
#[derive(Default)]
struct Items(Vec<BatchItem>);

impl Items {
    /// The next chunk: a full one, or with `any` what there is.
    fn chunk(&mut self, any: bool) -> Option<Vec<BatchItem>> {
        let (mut rows, mut bytes) = (0, 0);
        for item in self.0.iter().take(CHUNK_ROWS) {
            rows += 1;
            bytes += item.payload.as_ref().map_or(0, Payload::len);
            if bytes >= CHUNK_BYTES {
                break;
            }
        }
        let is_full = rows == CHUNK_ROWS || bytes >= CHUNK_BYTES;
        if rows == 0 || !(is_full || any) {
            return None;
        }
        let rest = self.0.split_off(rows);
        Some(std::mem::replace(&mut self.0, rest))
    }
}
