//! `vervet plugin push`: publishes a component at a host.

use std::path::PathBuf;

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use reqwest::StatusCode;
use serde_json::Value;

use super::check::read;
use super::print;
use crate::cli::client::Client;

/// Publish a component at a host
#[derive(Args)]
pub(super) struct Push {
    /// The component, or a core module that carries its component type
    file: PathBuf,
    /// The host
    #[arg(long, env = "VERVET_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The access token of a user who may publish plugins
    #[arg(long, env = "VERVET_TOKEN", hide_env_values = true)]
    token: String,
}

impl Push {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let upload = read(&self.file)?;
        let client = Client::new(&self.url, &self.token)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let pushed = runtime.block_on(push(&client, upload));
        let pushed = pushed.with_context(|| format!("{} is not published", self.file.display()))?;
        let text = |key: &str| pushed.manifest[key].as_str().unwrap_or("?").to_owned();
        let done = if pushed.fresh {
            "published"
        } else {
            "was published already, with the same bytes"
        };
        print::line(format_args!(
            "{} {} {} {done}",
            text("kind"),
            text("name"),
            text("version")
        ))?;
        print::line(format_args!("  digest  {}", text("digest")))?;
        Ok(())
    }
}

/// What a host says of a published plugin.
pub(in crate::cli) struct Pushed {
    pub(in crate::cli) manifest: Value,
    /// Whether it was not there before.
    pub(in crate::cli) fresh: bool,
}

/// Publishes a component.
///
/// # Errors
/// Where the host refuses it, or has other bytes under its name and version.
pub(in crate::cli) async fn push(client: &Client, upload: Bytes) -> anyhow::Result<Pushed> {
    let answer = client
        .upload("/v1/plugins", "application/wasm", upload)
        .await?;
    Ok(Pushed {
        manifest: answer.json()?,
        fresh: answer.status == StatusCode::CREATED,
    })
}
