//! Published plugins: `/v1/plugins`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::blocking::blocking;
use super::caller::UserCaller;
use super::listing::{Nothing, page_of};
use crate::app::App;
use crate::config::Config;
use crate::http::body::{read_bytes, require_media_type};
use crate::http::{
    ETag, List, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireName, WireTime,
    problems,
};
use crate::lane::Change;
use crate::plugin::StandIns;
use crate::plugin::manifest::Manifest;
use crate::plugin::publish::{CompileError, PluginKind, PublishError, Published};
use crate::plugin::registry::Plugin;
use crate::store::key::Record;
use crate::tenant::{Definitions, Permission, PublishedPlugin};

const WASM: &str = "application/wasm";

pub(super) fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    let publish = post_with(publish_plugin, |op| {
        op.summary("Publish a plugin")
            .description("The bytes of a component, or of a core module that carries its component type, as `application/wasm`. A published name and version never change: the same bytes again are 200, other bytes 409.")
            .tag("Plugins")
            .response_with::<201, axum::Json<PublishedBody>, _>(|response| {
                response.description("Published")
            })
            .response_with::<200, axum::Json<PublishedBody>, _>(|response| {
                response.description("Published before")
            })
            .with(problems(&[
                ProblemKind::Timeout,
                ProblemKind::Conflict,
                ProblemKind::TooLarge,
                ProblemKind::UnsupportedMediaType,
                ProblemKind::Unprocessable,
            ]))
    });
    ApiRouter::new()
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
            }),
        )
        .api_route(
            "/v1/plugins/{name}/{version}/component",
            get_with(read_component, |op| {
                op.summary("Fetch a plugin's component")
                    .tag("Plugins")
                    .response::<200, Vec<u8>>()
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
    manifest: serde_json::Value,
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

async fn publish_plugin(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(Permission::PluginWrite)?;
    require_media_type(request.headers(), &[WASM])?;
    let upload = read_bytes(request, &app).await?;
    let published = app
        .services
        .plugins
        .publish(upload)
        .await
        .map_err(refused)?;
    let checks = published.checks.clone();
    let definition = definition(&published, &caller.login);
    let component = published.component.to_vec();
    let actor = caller.actor();
    let publish = move |change: &mut Change<'_>| {
        let key = format!("{}/{}", definition.name, definition.version);
        if let Some(earlier) = change.definitions().plugins.get(&key) {
            return if earlier.upload_digest == definition.upload_digest {
                Ok((StatusCode::OK, earlier.clone()))
            } else {
                Err(Problem::conflict(format!(
                    "plugin {} {} is published with other bytes, and what is published never changes; give it another version",
                    definition.name, definition.version
                )))
            };
        }
        let record = Record::PluginComponent {
            plugin: definition.name.clone(),
            version: definition.version.clone(),
        };
        change.put_record(&record, component);
        change.audit(&actor, "plugin.publish", key);
        let published_at = change.at().as_micros();
        let definition = change.put(PublishedPlugin {
            published_at,
            ..definition
        });
        Ok((StatusCode::CREATED, definition))
    };
    let (status, plugin) = caller.lane.change(publish).await?;
    let body = PublishedBody {
        plugin: PluginBody::of(&plugin),
        checks,
    };
    Ok((status, axum::Json(body)).into_response())
}

fn definition(published: &Published, login: &str) -> PublishedPlugin {
    let manifest = manifest(&published.plugin);
    let (kind, common) = match &published.plugin {
        Plugin::Rule(rule) => (PluginKind::Rule, &rule.manifest().common),
        Plugin::Formatter(formatter) => (PluginKind::Formatter, &formatter.manifest().common),
    };
    PublishedPlugin {
        name: common.name.as_str().to_owned(),
        version: common.version.to_string(),
        kind,
        upload_digest: published.upload_digest.to_string(),
        digest: published.digest.to_string(),
        bytes: published.component.len() as u64,
        imports: published.imports.clone(),
        stand_ins: published.stand_ins,
        manifest,
        published_at: 0,
        published_by: login.to_owned(),
    }
}

fn manifest(plugin: &Plugin) -> serde_json::Value {
    let common = |manifest: &Manifest| {
        let schema: serde_json::Value =
            serde_json::from_str(manifest.config_schema.as_str()).unwrap_or_default();
        json!({
            "name": manifest.name.as_str(),
            "version": manifest.version.to_string(),
            "title": manifest.title,
            "description": manifest.description,
            "config_schema": schema,
        })
    };
    match plugin {
        Plugin::Rule(rule) => {
            let manifest = rule.manifest();
            let mut json = common(&manifest.common);
            json["alert_type"] = manifest.alert_type.as_str().into();
            json["severity"] = manifest.severity.as_str().into();
            json["priority"] = manifest.priority.as_str().into();
            json
        }
        Plugin::Formatter(formatter) => {
            let manifest = formatter.manifest();
            let mut json = common(&manifest.common);
            json["media_type"] = manifest.media_type.as_str().into();
            json["file_extension"] = manifest.file_extension.as_str().into();
            json
        }
    }
}

fn refused(error: PublishError) -> Problem {
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

async fn list_plugins(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<PluginBody>>, Problem> {
    caller.require(Permission::PluginRead)?;
    page_of(
        &app,
        caller.tenant,
        &["plugins"],
        &page,
        &caller.definitions().plugins,
        |_| true,
        PluginBody::of,
    )
}

/// The path of a plugin.
#[derive(Debug, Deserialize, JsonSchema)]
struct PluginPath {
    /// The plugin's name.
    name: WireName,
    /// Its version.
    version: String,
}

/// The published plugin of this name and version.
///
/// # Errors
/// 404.
pub(super) fn find_plugin(
    definitions: &Definitions,
    name: &str,
    version: &str,
) -> Result<Arc<PublishedPlugin>, Problem> {
    let plugin = definitions.plugins.get(&format!("{name}/{version}"));
    plugin
        .cloned()
        .ok_or_else(|| Problem::not_found(&format!("plugin {name} {version}; it is not published")))
}

async fn read_plugin(
    caller: UserCaller,
    Params(path): Params<PluginPath>,
    preconditions: Preconditions,
) -> Result<Tagged<PluginBody>, Problem> {
    caller.require(Permission::PluginRead)?;
    let plugin = find_plugin(&caller.definitions(), path.name.0.as_str(), &path.version)?;
    let etag = ETag::of_content(plugin.digest.as_bytes());
    Ok(Tagged::get(etag, PluginBody::of(&plugin), &preconditions))
}

async fn read_component(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<PluginPath>,
) -> Result<Response, Problem> {
    caller.require(Permission::PluginRead)?;
    let plugin = find_plugin(&caller.definitions(), path.name.0.as_str(), &path.version)?;
    let tenant = caller.tenant;
    let component = blocking(move || app.services.component(tenant, &plugin)).await??;
    let component = component.ok_or_else(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, WASM)], component).into_response())
}
