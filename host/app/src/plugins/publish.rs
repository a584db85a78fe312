//! Publishing a plugin: from the bytes of an upload to a plugin of the tenant.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::uploads::{BeginError, Ended, Outcome, Upload, Uploaded};
use crate::App;
use crate::caller::{Caller, Forbidden};
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use json::{JsonObject, JsonValue};
use runtime::manifest::Manifest;
use runtime::publish::{PluginKind, PublishError, Published};
use runtime::registry::Plugin;
use store::key::{Record, TenantId};
use tenant::{Authority, Permission, PublishedPlugin, SchemasTooLarge};

/// Why an upload did not become a plugin of the tenant.
#[derive(Debug, thiserror::Error)]
pub enum PublishPluginError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Too many uploads are being compiled.
    #[error(transparent)]
    Busy(#[from] BeginError),
    /// The bytes are none that this host runs, or could not be compiled now.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is published never changes.
    #[error(
        "plugin {name} {version} is published with other bytes, and what is published never changes; give it another version"
    )]
    OtherBytes {
        /// Of the plugin.
        name: String,
        /// Of the plugin.
        version: String,
    },
    /// The tenant has as many plugins as it may have.
    #[error(
        "the tenant has {0} plugins published, as many as the limit plugins.max_plugins allows; delete one that was never installed"
    )]
    TooMany(usize),
    /// The schemas of the tenant would take too much memory.
    #[error(transparent)]
    SchemasTooLarge(#[from] SchemasTooLarge),
    /// The lane could not store it.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The work ended without saying how, since it panicked.
    #[error("publishing failed in the host")]
    Lost,
}

/// What became of an upload, as far as it is known when the caller is answered.
#[derive(Debug)]
pub enum Publication {
    /// It is a plugin of the tenant.
    Published(Uploaded),
    /// It ended: a plugin, or why it is none.
    Ended(Arc<Ended>),
    /// It is still being compiled; the upload is [read](super::uploads::read) by this id.
    UnderWay(Uuid, Upload),
}

/// Refuses a caller who may not publish, so that nobody uploads in vain.
///
/// # Errors
/// Where the caller may not.
pub fn check_may_publish(caller: &Caller) -> Result<(), Forbidden> {
    caller.require(Permission::PluginWrite)
}

/// Publishes an upload as a plugin of the caller's tenant, and waits a while for what becomes of it. Bytes that were compiled before
/// are published at once. The work goes on, whether or not anybody waits.
///
/// # Errors
/// Where the caller may not, too many uploads are being compiled, or bytes that were compiled before cannot be stored.
pub async fn publish(
    app: &App,
    caller: &Caller,
    upload: Bytes,
) -> Result<Publication, PublishPluginError> {
    check_may_publish(caller)?;
    let bytes = upload.len() as u64;
    let publishing = Publishing {
        services: app.services.clone(),
        lane: caller.lane.clone(),
        actor: caller.actor(),
        by: caller.authority(),
        login: caller.login.clone(),
    };
    if let Some(published) = app.services.plugins.published_before(&upload).await {
        return Ok(Publication::Published(publishing.store(published).await?));
    }
    let work = publishing.compile_and_store(caller.tenant, upload);
    let mut begun = app.uploads.begin(caller.tenant, bytes, work)?;
    let within = Duration::from_millis(app.config.plugins.publish_wait_milliseconds);
    Ok(match begun.ended(within).await {
        Some(ended) => Publication::Ended(ended),
        None => Publication::UnderWay(begun.id(), begun.upload()),
    })
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
        self.store(published?).await
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
                    Err(PublishPluginError::OtherBytes {
                        name: definition.name.clone(),
                        version: definition.version.clone(),
                    })
                };
            }
            if change.definitions().plugins.len() >= most {
                return Err(PublishPluginError::TooMany(most));
            }
            change.definitions().check_room_for_plugin(&definition)?;
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
        let (plugin, fresh) = match self.lane.change_as(self.by, publish).await {
            Ok(stored) => stored,
            Err(ChangeError::Refused(error)) => return Err(error),
            Err(ChangeError::Lane(error)) => return Err(error.into()),
        };
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
