//! The log of a host: lines on standard error, as text or JSON.

use std::fmt::{self, Debug, Write};

use anyhow::Context;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use base::printable::PrintableWriter;
use config::{LogConfig, LogFormat};

/// Begins to log.
pub(super) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.level).with_context(|| {
        format!(
            "log.level '{}' is no level, such as info or info,engine::lane=debug",
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
    let started = match config.format {
        LogFormat::Text => builder
            .with_ansi(use_color())
            .fmt_fields(debug_fn(write_field).delimited(" "))
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Writes a field so that no value can end the line or command a terminal: strangers have put some of them there.
fn write_field(out: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let mut out = PrintableWriter(out);
    match field.name() {
        "message" => write!(out, "{value:?}"),
        // Where in its source a library logged.
        name if name.starts_with("log.") => Ok(()),
        name => write!(out, "{name}={value:?}"),
    }
}

fn use_color() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
