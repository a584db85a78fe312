//! Plugins: what is published, one of them with what uses it, and publishing.

mod list;
mod page;
mod publish;

use std::sync::Arc;

use app::App;
use app::plugins::delete::DeletePluginError;
use app::plugins::publish::PublishPluginError;
use app::plugins::read::{ListPluginsError, ReadPluginError};
use app::plugins::uploads::ReadUploadError;
use app::plugins::uses::ReadUsesError;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use config::Config;
use maud::{Markup, html};
use runtime::publish::{CompileError, PluginKind, PublishError};
use tenant::PublishedPlugin;

use crate::failure::{Failure, failures};
use crate::text::EN;

/// What a form adds to the file that it carries, in bytes.
const FORM_OVERHEAD: usize = 64 << 10;

/// The pages of plugins.
pub(crate) fn routes(config: &Config) -> Router<Arc<App>> {
    let largest = config.plugins.upload_bytes + FORM_OVERHEAD;
    Router::new()
        .route(
            "/plugins",
            get(list::show)
                .post(publish::publish)
                .layer(DefaultBodyLimit::max(largest)),
        )
        .route("/plugin-uploads/{upload}", get(publish::show))
        .route("/plugins/{name}/{version}", get(page::show))
        .route(
            "/plugins/{name}/{version}/delete",
            get(page::back).post(page::delete),
        )
}

failures! {
    ListPluginsError {
        FORBIDDEN: Forbidden,
        BAD_REQUEST: ForeignCursor,
    }
    ReadPluginError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchPlugin,
    }
    ReadUploadError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchUpload,
    }
    DeletePluginError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchPlugin,
        PRECONDITION_FAILED: Stale,
        CONFLICT: Used,
        SERVICE_UNAVAILABLE: Read Lane,
    }
}

impl From<ReadUsesError> for Failure {
    fn from(error: ReadUsesError) -> Self {
        match error {
            ReadUsesError::Plugin(error) => error.into(),
            ReadUsesError::Read(error) => error.into(),
        }
    }
}

impl From<&PublishPluginError> for Failure {
    fn from(error: &PublishPluginError) -> Self {
        use PublishPluginError as E;
        let status = match error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Publish(PublishError::TooLarge(..)) => StatusCode::PAYLOAD_TOO_LARGE,
            E::Publish(
                PublishError::Compile(CompileError::Process(_)) | PublishError::Store(_),
            )
            | E::Busy(_)
            | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
            E::Publish(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::OtherBytes { .. } | E::TooMany(_) | E::SchemasTooLarge(_) => StatusCode::CONFLICT,
            E::Lost => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

/// The address of a plugin.
fn address(plugin: &PublishedPlugin) -> String {
    format!("/plugins/{}/{}", plugin.name, plugin.version)
}

/// What a plugin is for.
fn kind(kind: PluginKind) -> Markup {
    let (shape, title) = match kind {
        PluginKind::Rule => ("◆", EN.plugins.rule),
        PluginKind::Formatter => ("▤", EN.plugins.formatter),
    };
    html! { span class="state" { span aria-hidden="true" { (shape) } " " (title) } }
}

/// The contracts that a plugin names in its imports, each once.
fn contract(plugin: &PublishedPlugin) -> String {
    let versions = plugin.imports.iter();
    let versions = versions.filter(|import| import.starts_with("vervet:plugin/"));
    let versions = versions.filter_map(|import| import.split_once('@'));
    let mut versions: Vec<&str> = versions.map(|(_, version)| version).collect();
    versions.dedup();
    match versions.is_empty() {
        true => "–".to_owned(),
        false => format!("vervet:plugin {}", versions.join(", ")),
    }
}
