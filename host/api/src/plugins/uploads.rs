//! Uploads that take long to compile: `/v1/plugin-uploads`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PublishedBody;
use crate::caller::UserCaller;
use crate::http::problem::ProblemBody;
use crate::http::{Params, Problem, WireTime};
use crate::problem_from::{problem_from, problem_kind};
use app::App;
use app::plugins::uploads::{self, NoSuchUpload, ReadUploadError, Upload};

/// An upload that is compiled, or was within the last hour.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginUpload")]
pub(super) struct UploadBody<'a> {
    id: Uuid,
    /// How many bytes were uploaded.
    bytes: u64,
    uploaded_at: WireTime,
    #[serde(flatten)]
    state: StateBody<'a>,
}

/// How far it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginUploadState")]
#[serde(tag = "state", rename_all = "snake_case")]
enum StateBody<'a> {
    /// It is being compiled, or waits for its turn.
    Compiling,
    /// It is a plugin.
    Published {
        finished_at: WireTime,
        /// Whether it was not published before, with the same bytes.
        fresh: bool,
        /// The plugin, and what the checks found.
        plugin: Box<PublishedBody>,
    },
    /// It is none.
    Refused {
        finished_at: WireTime,
        /// What would have been answered, had it not taken so long.
        problem: ProblemBody<'a>,
    },
}

impl<'a> UploadBody<'a> {
    /// `refusal` is what it would have been answered, where it became no plugin.
    fn of(id: Uuid, upload: &Upload, refusal: &'a Option<Problem>) -> Self {
        let ended = upload.ended.as_deref();
        let finished_at = ended.map(|ended| WireTime(ended.at));
        let outcome = ended.map(|ended| &ended.outcome);
        let state = match (finished_at, outcome, refusal) {
            (Some(finished_at), Some(Ok(uploaded)), _) => StateBody::Published {
                finished_at,
                fresh: uploaded.fresh,
                plugin: Box::new(PublishedBody::of(uploaded)),
            },
            (Some(finished_at), _, Some(problem)) => StateBody::Refused {
                finished_at,
                problem: problem.body(),
            },
            _ => StateBody::Compiling,
        };
        Self {
            id,
            bytes: upload.bytes,
            uploaded_at: WireTime(upload.begun_at),
            state,
        }
    }
}

/// The path of an upload.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct UploadPath {
    /// Its id.
    #[schemars(with = "String")]
    upload: Uuid,
}

problem_kind!(NoSuchUpload: NotFound);
problem_from!(ReadUploadError {
    Forbidden,
    NoSuchUpload
});

/// The answer for an upload that takes long: 202, with where to look how far it is.
pub(super) fn accepted(id: Uuid, upload: &Upload) -> Result<Response, Problem> {
    let location = HeaderValue::try_from(format!("/v1/plugin-uploads/{id}"));
    let location = location.map_err(|_| Problem::internal())?;
    let refusal = refusal(upload);
    let body = Json(UploadBody::of(id, upload, &refusal));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

pub(super) async fn read_upload(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UploadPath>,
) -> Result<Response, Problem> {
    let upload = uploads::read(&app.uploads, &caller, path.upload)?;
    let refusal = refusal(&upload);
    Ok(Json(UploadBody::of(path.upload, &upload, &refusal)).into_response())
}

/// What an upload would have been answered, where it became no plugin.
fn refusal(upload: &Upload) -> Option<Problem> {
    let ended = upload.ended.as_deref()?;
    ended.outcome.as_ref().err().map(Problem::from)
}
