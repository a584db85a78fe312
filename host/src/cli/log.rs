//! The log of a host: lines on standard error, as text or JSON.

use anyhow::{Context, bail};
use tracing_subscriber::EnvFilter;

use crate::config::LogConfig;

/// Begins to log.
pub(super) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.level).with_context(|| {
        format!(
            "log.level '{}' is no level, such as info or info,host::lane=debug",
            config.level
        )
    })?;
    // What goes wrong between the host and the broker the host says itself, in its own words.
    let quiet = "lapin=off".parse().context("a directive of our own")?;
    let filter = if config.level.contains("lapin") {
        filter
    } else {
        filter.add_directive(quiet)
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match &*config.format {
        "text" => builder.with_ansi(use_color()).try_init(),
        "json" => builder.json().flatten_event(true).try_init(),
        other => bail!("log.format '{other}' is neither 'text' nor 'json'"),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

fn use_color() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
