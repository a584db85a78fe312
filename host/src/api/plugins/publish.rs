//! Publishing: from the bytes of an upload to a plugin of the tenant.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::uploads::accepted;
use super::{PublishedBody, WASM};
use crate::api::caller::UserCaller;
use crate::app::App;
use crate::http::body::{read_bytes, require_media_type};
use crate::http::{Problem, ProblemKind};
use crate::json::{JsonObject, JsonValue};
use crate::lane::{Actor, Change, Lane, Services};
use crate::plugin::manifest::Manifest;
use crate::plugin::publish::{CompileError, PluginKind, PublishError, Published};
use crate::plugin::registry::Plugin;
use crate::store::key::{Record, TenantId};
use crate::tenant::{Authority, Permission, PublishedPlugin};
use crate::uploads::{BeginError, Outcome, Uploaded};

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
    Ok(answer(ended.outcome.as_ref().map_err(Problem::clone)?))
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

/// Publishes for a caller.
struct Publishing {
    services: Arc<Services>,
    lane: Arc<Lane>,
    actor: Actor,
    by: Authority,
    login: Arc<str>,
}

impl Publishing {
    /// Compiles an upload, and stores it as a plugin of the tenant.
    async fn compile_and_store(self, tenant: TenantId, upload: Bytes) -> Outcome {
        let plugins = &self.services.plugins;
        let published = plugins.publish_for(Some(tenant.0), upload).await;
        self.store(published.map_err(refused)?).await
    }

    /// Stores an upload that is compiled as a plugin of the tenant.
    async fn store(self, published: Published) -> Outcome {
        let most = self.services.plugins.limits().max_plugins;
        let checks = published.checks.clone();
        let definition = definition(&published, &self.login);
        let component = published.component.to_vec();
        let actor = self.actor;
        let publish = move |change: &mut Change<'_>| {
            let key = format!("{}/{}", definition.name, definition.version);
            if let Some(earlier) = change.definitions().plugins.get(&key) {
                return if earlier.upload_digest == definition.upload_digest {
                    Ok((earlier.clone(), false))
                } else {
                    Err(Problem::conflict(format!(
                        "plugin {} {} is published with other bytes, and what is published never changes; give it another version",
                        definition.name, definition.version
                    )))
                };
            }
            if change.definitions().plugins.len() >= most {
                return Err(Problem::conflict(format!(
                    "the tenant has {most} plugins published, as many as the limit plugins.max_plugins allows; delete one that was never installed: DELETE /v1/plugins/{{name}}/{{version}}"
                )));
            }
            change
                .definitions()
                .check_room_for_plugin(&definition)
                .map_err(|error| Problem::conflict(error.to_string()))?;
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
            Ok((definition, true))
        };
        let (plugin, fresh) = self.lane.change_as(self.by, publish).await?;
        self.services.plugins.keep(&published).await;
        Ok(Uploaded {
            plugin,
            fresh,
            checks,
        })
    }
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
        prepared_schema_bytes: Some(common.config_schema.memory_bytes() as u64),
        published_at: 0,
        published_by: login.to_owned(),
    }
}

fn manifest(plugin: &Plugin) -> JsonValue {
    let common = |manifest: &Manifest| {
        let schema = JsonValue::read_stored(manifest.config_schema.as_str());
        let mut json = JsonObject::default();
        json.insert("name", manifest.name.as_str());
        json.insert("version", manifest.version.to_string());
        json.insert("title", manifest.title.as_str());
        json.insert("description", manifest.description.as_str());
        json.insert("config_schema", schema.expect("a prepared schema is JSON"));
        json
    };
    match plugin {
        Plugin::Rule(rule) => {
            let manifest = rule.manifest();
            let mut json = common(&manifest.common);
            json.insert("alert_type", manifest.alert_type.as_str());
            json.insert("severity", manifest.severity.as_str());
            json.insert("priority", manifest.priority.as_str());
            json.into()
        }
        Plugin::Formatter(formatter) => {
            let manifest = formatter.manifest();
            let mut json = common(&manifest.common);
            json.insert("media_type", manifest.media_type.as_str());
            json.insert("file_extension", manifest.file_extension.as_str());
            json.into()
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
