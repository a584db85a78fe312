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
use crate::api::caller::UserCaller;
use crate::app::App;
use crate::http::problem::ProblemBody;
use crate::http::{Params, Problem, WireTime};
use crate::store::key::TenantId;
use crate::tenant::Permission;
use crate::uploads::Upload;

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
    fn of(id: Uuid, upload: &'a Upload) -> Self {
        let state = match upload.ended.as_deref() {
            None => StateBody::Compiling,
            Some(ended) => {
                let finished_at = WireTime(ended.at);
                match &ended.outcome {
                    Ok(uploaded) => StateBody::Published {
                        finished_at,
                        fresh: uploaded.fresh,
                        plugin: Box::new(PublishedBody::of(uploaded)),
                    },
                    Err(problem) => StateBody::Refused {
                        finished_at,
                        problem: problem.body(),
                    },
                }
            }
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

/// The answer for an upload that takes long: 202, with where to look how far it is.
pub(super) fn accepted(app: &App, tenant: TenantId, id: Uuid) -> Result<Response, Problem> {
    let upload = find(app, tenant, id)?;
    let location = HeaderValue::try_from(format!("/v1/plugin-uploads/{id}"));
    let location = location.map_err(|_| Problem::internal())?;
    let body = Json(UploadBody::of(id, &upload));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

pub(super) async fn read_upload(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UploadPath>,
) -> Result<Response, Problem> {
    caller.require(Permission::PluginWrite)?;
    let upload = find(&app, caller.tenant, path.upload)?;
    Ok(Json(UploadBody::of(path.upload, &upload)).into_response())
}

fn find(app: &App, tenant: TenantId, id: Uuid) -> Result<Upload, Problem> {
    app.uploads.get(tenant, id).ok_or_else(|| {
        Problem::not_found(&format!(
            "upload {id}; uploads are forgotten an hour after their end, and when the host stops: \
             if its plugin is not among /v1/plugins, upload the same bytes again"
        ))
    })
}
