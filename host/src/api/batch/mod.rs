//! Transactions in batches: `POST /v1/transactions/batch`.
//!
//! ```text
//! body ─► cut into payloads ─► read by the schema ─► lane, some chunks at a time ─► answers, in order ─► spool ─► response
//! ```
//!
//! The answer goes out while the body comes in. A client that writes all
//! before it reads is not stuck: what it does not read yet is spooled.

mod answers;
mod chunk;
mod spool;

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::payload::PayloadSchema;
use futures::stream::{FuturesOrdered, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::caller::TeamCaller;
use super::transactions::posting_team;
use crate::app::App;
use crate::http::{Accept, Problem, ProblemKind, answers_as, problems, takes};
use crate::ingest::{BatchFormat, BatchItem, KeyedHash};
use crate::tenant::Team;
use answers::{Answers, Form};
use chunk::{Chunk, Waiting};
use spool::{Spool, SpoolReader};

/// Payloads that go to the lane at once.
const CHUNK_ROWS: usize = 256;

/// Chunks of one request that wait for their answers; then no more is read.
const CHUNKS_IN_FLIGHT: usize = 16;

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/transactions/batch",
        post_with(post_batch, |op| {
            op.summary("Post transactions in a batch")
                .description("With a team's API key, as `application/x-ndjson`, `application/json` (an array) or `text/csv` (a header of field names). Read as a stream, of any length, in order; each payload stands or falls alone. The answer is one line for each, while it goes on; or one document where JSON is asked for. Sending the whole again is safe.")
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
    caller: TeamCaller,
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
    let (team, keyed_hash) = posting_team(&caller.lane.definitions(), &caller)?;
    let (spool, reader) = Spool::new();
    let batch = Batch {
        schema: team.schema().ok_or_else(Problem::internal)?,
        team,
        keyed_hash,
        answers: Answers::new(form, spool),
        idle: Duration::from_secs(app.config.http.idle_body_seconds),
        app,
        caller: Arc::new(caller),
        waiting: FuturesOrdered::new(),
    };
    tokio::spawn(batch.run(body, format));
    let media_type = HeaderValue::from_static(media_type);
    let body = Body::from_stream(SpoolReader::into_stream(reader));
    Ok(([(header::CONTENT_TYPE, media_type)], body).into_response())
}

/// One request, on its way.
struct Batch {
    app: Arc<App>,
    caller: Arc<TeamCaller>,
    team: Arc<Team>,
    schema: Arc<PayloadSchema>,
    keyed_hash: KeyedHash,
    answers: Answers,
    /// How long a body may stand still.
    idle: Duration,
    waiting: FuturesOrdered<Waiting>,
}

/// How a body ended.
enum Ended {
    Whole,
    /// The connection was lost, or nothing came for too long.
    Broken,
}

impl Batch {
    /// Reads the body to its end, or to where it breaks.
    async fn run(mut self, body: Body, format: BatchFormat) {
        let mut reader = format.reader(self.app.config.http.max_transaction_bytes);
        let mut body = body.into_data_stream();
        let mut items = Vec::new();
        let mut deadline = Instant::now() + self.idle;
        let ended = loop {
            // What came is not held back for what may come later.
            while items.len() >= CHUNK_ROWS || (self.waiting.is_empty() && !items.is_empty()) {
                let rest = items.split_off(items.len().min(CHUNK_ROWS));
                let chunk = std::mem::replace(&mut items, rest);
                self.submit(chunk).await;
                deadline = Instant::now() + self.idle;
            }
            tokio::select! {
                bytes = timeout_at(deadline, body.next()) => match bytes {
                    Ok(Some(Ok(bytes))) => {
                        reader.feed(bytes, &mut items);
                        deadline = Instant::now() + self.idle;
                    }
                    Ok(None) => break Ended::Whole,
                    Ok(Some(Err(_))) | Err(_) => break Ended::Broken,
                },
                Some(answered) = self.waiting.next(), if !self.waiting.is_empty() => {
                    self.answers.write(&self.team, answered);
                }
            }
        };
        match ended {
            Ended::Whole => reader.finish(&mut items),
            Ended::Broken => items.push(BatchItem::broken_off(reader.line())),
        }
        for chunk in chunks(items) {
            self.submit(chunk).await;
        }
        while let Some(answered) = self.waiting.next().await {
            self.answers.write(&self.team, answered);
        }
        self.answers.finish();
    }

    async fn submit(&mut self, items: Vec<BatchItem>) {
        while self.waiting.len() >= CHUNKS_IN_FLIGHT {
            if let Some(answered) = self.waiting.next().await {
                self.answers.write(&self.team, answered);
            }
        }
        self.follow_schema();
        let received_at = self.app.services.clock.now();
        let chunk = Chunk::read(items, &self.schema, &self.keyed_hash, received_at);
        let waiting = chunk
            .submit(self.caller.clone(), self.keyed_hash.clone())
            .await;
        self.waiting.push_back(waiting);
    }

    /// A schema that changed meanwhile is read by from now on.
    fn follow_schema(&mut self) {
        let definitions = self.caller.lane.definitions();
        if let Some(team) = definitions.teams.get(&self.team.name)
            && !Arc::ptr_eq(team, &self.team)
            && let Some(schema) = team.schema()
        {
            self.team = team.clone();
            self.schema = schema;
        }
    }
}

fn chunks(mut items: Vec<BatchItem>) -> Vec<Vec<BatchItem>> {
    let mut chunks = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(items.len().min(CHUNK_ROWS));
        chunks.push(std::mem::replace(&mut items, rest));
    }
    chunks
}
