//! Publishing: from the bytes of an upload to a plugin of the tenant.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::problem_from::with_way_out;
use super::uploads::accepted;
use super::{PublishedBody, WASM};
use crate::caller::UserCaller;
use crate::http::body::{read_bytes, require_media_type};
use crate::http::{Problem, ProblemKind};
use app::App;
use app::plugins::publish::{self, Publication, PublishPluginError};
use app::plugins::uploads::{BeginError, Uploaded};
use runtime::publish::{CompileError, PublishError};

/// Answers what the upload came to, or, where that takes long, where to look.
pub(super) async fn publish_plugin(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    request: Request,
) -> Result<Response, Problem> {
    publish::check_may_publish(&caller)?;
    require_media_type(request.headers(), &[WASM])?;
    let upload = read_bytes(request, &app).await?;
    match publish::publish(&app, &caller, upload).await? {
        Publication::Published(uploaded) => Ok(answer(&uploaded)),
        Publication::Ended(ended) => Ok(answer(ended.outcome.as_ref()?)),
        Publication::UnderWay(id, upload) => accepted(id, &upload),
    }
}

fn answer(uploaded: &Uploaded) -> Response {
    let status = if uploaded.fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, axum::Json(PublishedBody::of(uploaded))).into_response()
}

impl From<PublishPluginError> for Problem {
    fn from(error: PublishPluginError) -> Self {
        Self::from(&error)
    }
}

impl From<&PublishPluginError> for Problem {
    fn from(error: &PublishPluginError) -> Self {
        match error {
            PublishPluginError::Forbidden(forbidden) => (*forbidden).into(),
            PublishPluginError::Busy(busy) => {
                let kind = match busy {
                    BeginError::TooManyOfTenant => ProblemKind::TooManyRequests,
                    BeginError::TooMany => ProblemKind::Unavailable,
                };
                Self::new(kind, busy.to_string()).retry_after(10)
            }
            PublishPluginError::Publish(error) => refused(error),
            PublishPluginError::TooMany(_) => {
                let way_out = "DELETE /v1/plugins/{name}/{version} does";
                Self::conflict(with_way_out(&error.to_string(), way_out))
            }
            PublishPluginError::OtherBytes { .. } | PublishPluginError::SchemasTooLarge(_) => {
                Self::conflict(error.to_string())
            }
            PublishPluginError::Lane(error) => error.clone().into(),
            PublishPluginError::Lost => Self::internal(),
        }
    }
}

fn refused(error: &PublishError) -> Problem {
    match error {
        PublishError::TooLarge(..) => Problem::new(ProblemKind::TooLarge, error.to_string()),
        PublishError::Compile(CompileError::Process(_)) | PublishError::Store(_) => {
            tracing::error!(%error, "a plugin could not be compiled");
            Problem::unavailable("the plugin could not be compiled just now; try again", 10)
        }
        PublishError::Compile(_) | PublishError::Describe(_) => {
            Problem::unprocessable(error.to_string(), Vec::new())
        }
    }
}
