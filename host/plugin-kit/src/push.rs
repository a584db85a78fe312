//! `vervet plugin push`: publishes a component at a host.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::StatusCode;
use serde_json::Value;

use super::check::read;
use console::client::{Client, refused, status_of};
use console::print;

/// How often the host is asked how far it is.
const PAUSE: Duration = Duration::from_millis(250);

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
pub struct Pushed {
    pub manifest: Value,
    /// Whether it was not there before.
    pub fresh: bool,
}

/// Publishes a component, and waits until it is compiled.
///
/// # Errors
/// Where the host refuses it, or has other bytes under its name and version.
pub async fn push(client: &Client, upload: Bytes) -> anyhow::Result<Pushed> {
    let answer = client
        .upload("/v1/plugins", "application/wasm", upload)
        .await?;
    if answer.status == StatusCode::ACCEPTED {
        let place = answer.location.as_deref();
        return follow(
            client,
            place.context("the host does not say where to look")?,
        )
        .await;
    }
    Ok(Pushed {
        manifest: answer.json()?,
        fresh: answer.status == StatusCode::CREATED,
    })
}

/// Waits for the end of an upload that takes long to compile.
async fn follow(client: &Client, place: &str) -> anyhow::Result<Pushed> {
    let spinner = ProgressBar::new_spinner().with_message("the host compiles it");
    spinner.set_style(ProgressStyle::with_template("{spinner} {msg}, {elapsed}")?);
    spinner.enable_steady_tick(PAUSE);
    loop {
        let mut upload = match client.get(place).await {
            Ok(upload) => upload,
            Err(error) if status_of(&error) == Some(StatusCode::NOT_FOUND) => {
                return Err(error.context("the host forgot the upload; push it again"));
            }
            Err(error) => return Err(error),
        };
        match upload["state"].as_str() {
            Some("compiling") => tokio::time::sleep(PAUSE).await,
            Some("published") => {
                spinner.finish_and_clear();
                let fresh = upload["fresh"] == true;
                let manifest = upload["plugin"].take();
                return Ok(Pushed { manifest, fresh });
            }
            Some("refused") => return Err(refused(upload["problem"].take())),
            _ => bail!("the host does not say how far the upload is: {upload}"),
        }
    }
}
