//! Publishing: from the bytes of an upload to a plugin of the tenant.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::uploads::accepted;
use super::{PublishedBody, WASM};
use crate::caller::UserCaller;
use crate::http::body::{read_bytes, require_media_type};
use crate::http::{Problem, ProblemKind};
use app::App;
use app::publishing::{PublishPluginError, Publishing};
use app::uploads::{BeginError, Uploaded};
use runtime::publish::{CompileError, PublishError};
use tenant::Permission;

/// Answers what the upload came to, or, where that takes long, where to look.
pub(super) async fn publish_plugin(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(Permission::PluginWrite)?;
    require_media_type(request.headers(), &[WASM])?;
    let upload = read_bytes(request, &app).await?;
    let bytes = upload.len() as u64;
    let publishing = Publishing {
        services: app.services.clone(),
        lane: caller.lane.clone(),
        actor: caller.actor(),
        by: caller.authority(),
        login: caller.login.clone(),
    };
    if let Some(published) = app.services.plugins.published_before(&upload).await {
        return Ok(answer(&publishing.store(published).await?));
    }
    let publish = publishing.compile_and_store(caller.tenant, upload);
    let mut begun = app.uploads.begin(caller.tenant, bytes, publish)?;
    let within = Duration::from_millis(app.config.plugins.publish_wait_milliseconds);
    let Some(ended) = begun.ended(within).await else {
        return accepted(&app, caller.tenant, begun.id());
    };
    Ok(answer(ended.outcome.as_ref()?))
}

fn answer(uploaded: &Uploaded) -> Response {
    let status = if uploaded.fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, axum::Json(PublishedBody::of(uploaded))).into_response()
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        let problem = match error {
            BeginError::TooManyOfTenant => {
                Self::new(ProblemKind::TooManyRequests, error.to_string())
            }
            BeginError::TooMany => Self::new(ProblemKind::Unavailable, error.to_string()),
        };
        problem.retry_after(10)
    }
}

impl From<PublishPluginError> for Problem {
    fn from(error: PublishPluginError) -> Self {
        Self::from(&error)
    }
}

impl From<&PublishPluginError> for Problem {
    fn from(error: &PublishPluginError) -> Self {
        match error {
            PublishPluginError::Publish(error) => refused(error),
            PublishPluginError::OtherBytes { .. }
            | PublishPluginError::TooMany(_)
            | PublishPluginError::SchemasTooLarge(_) => Self::conflict(error.to_string()),
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
