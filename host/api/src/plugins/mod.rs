//! Published plugins: `/v1/plugins`.
//!
//! - [`publish`]: what becomes of an upload;
//! - [`uploads`]: where to look how far one is that takes long.

mod publish;
mod uploads;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::{IntoResponse, NoContent, Response};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::publish::publish_plugin;
use self::uploads::{UploadBody, read_upload};
use super::caller::UserCaller;
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    ETag, List, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireName, WireTime,
    answers_file, problems, takes,
};
use app::App;
use app::plugins::delete::{self, DeletePluginError};
use app::plugins::read::{self, FetchComponentError, ListPluginsError, ReadPluginError};
use app::plugins::uploads::Uploaded;
use app::plugins::{self, NoSuchPlugin};
use config::Config;
use json::JsonValue;
use runtime::StandIns;
use runtime::publish::PluginKind;
use tenant::PublishedPlugin;

const WASM: &str = "application/wasm";

pub(super) fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    let publish = post_with(publish_plugin, |op| {
        op.summary("Publish a plugin")
            .description("The bytes of a component, or of a core module that carries its component type, as `application/wasm`. A published name and version never change: the same bytes again are 200, other bytes 409. Bytes whose compiled code the host has, whichever tenant uploaded them, are neither compiled nor checked again, and are answered at once. A tenant may have `plugins.max_plugins` (500) published, each version counted; one more is 409.")
            .tag("Plugins")
            .with(takes(vec![(WASM, schemars::json_schema!({}))]))
            .response_with::<201, axum::Json<PublishedBody>, _>(|response| {
                response.description("Published")
            })
            .response_with::<200, axum::Json<PublishedBody>, _>(|response| {
                response.description("Published before")
            })
            .response_with::<202, axum::Json<UploadBody<'static>>, _>(|response| {
                response.description("It is still being compiled; `Location` says where to look how far it is")
            })
            .with(problems(&[
                ProblemKind::Timeout,
                ProblemKind::Conflict,
                ProblemKind::TooLarge,
                ProblemKind::UnsupportedMediaType,
                ProblemKind::Unprocessable,
                ProblemKind::TooManyRequests,
            ]))
    });
    ApiRouter::new()
        .api_route(
            "/v1/plugin-uploads/{upload}",
            get_with(read_upload, |op| {
                op.summary("Read how far an upload is that takes long to compile")
                    .description("An upload is known while it is compiled and for an hour afterwards, until the host stops.")
                    .tag("Plugins")
                    .response::<200, axum::Json<UploadBody<'static>>>()
            }),
        )
        .api_route(
            "/v1/plugins",
            publish
                // One byte more than the limit comes through, so that the refusal can name the limit.
                .layer(DefaultBodyLimit::max(config.plugins.upload_bytes + 1))
                .get_with(list_plugins, |op| {
                    op.summary("List the published plugins").tag("Plugins")
                }),
        )
        .api_route(
            "/v1/plugins/{name}/{version}",
            get_with(read_plugin, |op| {
                op.summary("Read what a plugin says of itself")
                    .tag("Plugins")
            })
            .delete_with(delete_plugin, |op| {
                op.summary("Delete a plugin that was never used")
                    .description("A plugin that a rule install, an export, a run of an export or a backtest uses, or has used, cannot be deleted: 409 names them. The name and version are free afterwards, for the same bytes or for others, since nothing was ever judged or written by the deleted plugin.")
                    .tag("Plugins")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/plugins/{name}/{version}/component",
            get_with(read_component, |op| {
                op.summary("Fetch a plugin's component")
                    .tag("Plugins")
                    .response::<200, Vec<u8>>()
                    .with(answers_file(&[WASM]))
            }),
        )
}

/// A published plugin.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Plugin")]
struct PluginBody {
    name: String,
    /// Semantic version.
    version: String,
    kind: PluginKind,
    /// SHA-256 of the component, in hex.
    digest: String,
    /// Length of the component.
    bytes: u64,
    /// What it imports.
    imports: Vec<String>,
    /// Which stand-ins meet its imports of WASI, where it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    stand_ins: Option<StandIns>,
    /// What it says of itself.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    manifest: JsonValue,
    published_at: WireTime,
    /// The login of whoever published it.
    published_by: String,
}

/// A plugin that was published just now.
#[derive(Debug, Serialize, JsonSchema)]
struct PublishedBody {
    #[serde(flatten)]
    plugin: PluginBody,
    /// What the checks found, one sentence each.
    checks: Vec<String>,
}

impl PublishedBody {
    fn of(uploaded: &Uploaded) -> Self {
        Self {
            plugin: PluginBody::of(&uploaded.plugin),
            checks: uploaded.checks.clone(),
        }
    }
}

impl PluginBody {
    fn of(plugin: &PublishedPlugin) -> Self {
        Self {
            name: plugin.name.clone(),
            version: plugin.version.clone(),
            kind: plugin.kind,
            digest: plugin.digest.clone(),
            bytes: plugin.bytes,
            imports: plugin.imports.clone(),
            stand_ins: plugin.stand_ins,
            manifest: plugin.manifest.clone(),
            published_at: WireTime(Timestamp::from_micros(plugin.published_at)),
            published_by: plugin.published_by.clone(),
        }
    }
}

/// The path of a plugin.
#[derive(Debug, Deserialize, JsonSchema)]
struct PluginPath {
    /// The plugin's name.
    name: WireName,
    /// Its version.
    version: String,
}

problem_kind!(NoSuchPlugin: NotFound);
problem_from!(ListPluginsError {
    Forbidden,
    ForeignCursor
});
problem_from!(ReadPluginError {
    Forbidden,
    NoSuchPlugin
});
problem_from!(DeletePluginError {
    Forbidden, NoSuchPlugin, Stale, Read, Lane;
    Conflict: Used
});

impl From<FetchComponentError> for Problem {
    fn from(error: FetchComponentError) -> Self {
        match error {
            FetchComponentError::Plugin(error) => error.into(),
            FetchComponentError::Missing => Self::internal(),
            FetchComponentError::Read(error) => error.into(),
        }
    }
}

async fn list_plugins(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<PluginBody>>, Problem> {
    let page = read::list(&app.cursors, &caller, &page)?;
    Ok(axum::Json(
        page.map(|plugin| PluginBody::of(&plugin)).into(),
    ))
}

async fn read_plugin(
    caller: UserCaller,
    Params(path): Params<PluginPath>,
    preconditions: Preconditions,
) -> Result<Tagged<PluginBody>, Problem> {
    let plugin = read::read(&caller, path.name.0.as_str(), &path.version)?;
    let etag = ETag::of(plugins::version(&plugin));
    Ok(Tagged::get(etag, PluginBody::of(&plugin), &preconditions))
}

async fn read_component(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<PluginPath>,
) -> Result<Response, Problem> {
    let (name, version) = (path.name.0.as_str(), &*path.version);
    let component = read::component(&app, &caller, name, version).await?;
    Ok(([(header::CONTENT_TYPE, WASM)], component).into_response())
}

async fn delete_plugin(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<PluginPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    let (name, expected) = (path.name.0, preconditions.expected());
    delete::delete(&app, &caller, name, path.version, expected).await?;
    Ok(NoContent)
}
