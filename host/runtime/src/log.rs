//! The log that the host lends to plugins: lines, up to a budget for each call.
//!
//! Whoever wrote the plugin is a stranger, and what it was given belongs to a tenant. A line therefore says whose plugin
//! wrote it, is one printable line whatever the plugin put into it, and is written to the host's log only where the
//! call was given no transactions and no alerts: what a plugin says while it has some is counted.

use std::io::Write;
use std::sync::Arc;

use super::Digest;
use super::contract::v0_1::log::{Host, Severity};
use base::printable::Printable;

/// Whose lines they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writer {
    /// The tenant's number; none on an author's own machine.
    pub(crate) tenant: Option<u64>,
    /// Name and version, or the component's digest until they are known.
    pub(crate) plugin: Arc<str>,
}

impl Writer {
    /// A plugin that has not said yet what it is.
    pub(crate) fn unnamed(component: &Digest, tenant: Option<u64>) -> Self {
        Self {
            tenant,
            plugin: format!("sha256:{component}").into(),
        }
    }

    /// For the log, where a tenant has no number on an author's machine.
    fn tenant(&self) -> u64 {
        self.tenant.unwrap_or_default()
    }
}

/// Who reads the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogReader {
    /// The operator of a host, who may see no transaction and no alert.
    #[default]
    Operator,
    /// The plugin's author, on a machine and with data of their own: all lines go to standard error.
    Author,
}

/// What a call is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing, or a configuration.
    Configuration,
    /// Transactions or alerts.
    Payloads,
}

/// The log of one instance.
pub(crate) struct Log {
    writer: Writer,
    reader: LogReader,
    given: Given,
    max_lines: u32,
    max_line_bytes: usize,
    written: u32,
    withheld: u64,
}

/// Lines of plugins by what became of them.
const LINES: &str = "vervet_plugin_log_lines_total";

impl Log {
    pub(crate) fn new(
        writer: Writer,
        reader: LogReader,
        max_lines: u32,
        max_line_bytes: usize,
    ) -> Self {
        Self {
            writer,
            reader,
            given: Given::Configuration,
            max_lines,
            max_line_bytes,
            written: 0,
            withheld: 0,
        }
    }

    /// Grants the budget of a new call. An instance that was given payloads has them until it is gone.
    pub(crate) fn next_call(&mut self, given: Given) {
        self.written = 0;
        if given == Given::Payloads {
            self.given = given;
        }
    }

    /// How long a line may be, in bytes.
    pub(crate) fn line_bytes(&self) -> usize {
        self.max_line_bytes
    }

    /// Lines that were written in this call, with those that were cut.
    #[cfg(test)]
    pub(crate) fn written(&self) -> u32 {
        self.written
    }

    /// Writes one line, if there is room for it and it may be seen.
    pub(crate) fn line(&mut self, severity: Severity, message: &str) {
        self.written = self.written.saturating_add(1);
        if self.reader == LogReader::Operator && self.given == Given::Payloads {
            self.withheld += 1;
            return;
        }
        if self.written > self.max_lines {
            self.count("cut", 1);
            if self.written == self.max_lines + 1 {
                let (tenant, plugin) = (self.writer.tenant(), &*self.writer.plugin);
                tracing::warn!(
                    target: "plugin",
                    tenant,
                    plugin,
                    "the plugin logged more than {} lines in one call; the rest is cut",
                    self.max_lines
                );
            }
            return;
        }
        let kept = &message[..message.floor_char_boundary(self.max_line_bytes)];
        self.write_line(severity, kept, message.len() - kept.len());
    }

    fn write_line(&self, severity: Severity, text: &str, cut: usize) {
        let text = Printable(text);
        if self.reader == LogReader::Author {
            let severity = match severity {
                Severity::Debug => "debug",
                Severity::Info => "info",
                Severity::Warn => "warn",
                Severity::Error => "error",
            };
            // Nobody listens where standard error is closed.
            let _ = writeln!(std::io::stderr(), "log {severity}: {text}");
            return;
        }
        self.count("written", 1);
        let (tenant, plugin) = (self.writer.tenant(), &*self.writer.plugin);
        match severity {
            Severity::Debug => tracing::debug!(target: "plugin", tenant, plugin, cut, "{text}"),
            Severity::Info => tracing::info!(target: "plugin", tenant, plugin, cut, "{text}"),
            Severity::Warn => tracing::warn!(target: "plugin", tenant, plugin, cut, "{text}"),
            Severity::Error => tracing::error!(target: "plugin", tenant, plugin, cut, "{text}"),
        }
    }

    fn count(&self, outcome: &'static str, lines: u64) {
        let labels = [
            ("tenant", self.writer.tenant().to_string()),
            ("plugin", self.writer.plugin.to_string()),
            ("outcome", outcome.to_owned()),
        ];
        metrics::counter!(LINES, &labels).increment(lines);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.withheld > 0 {
            self.count("withheld", self.withheld);
        }
    }
}

impl Host for Log {
    fn write(&mut self, severity: Severity, message: String) {
        self.line(severity, &message);
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use parking_lot::Mutex;

    use super::*;

    /// What is written to the host's log.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(act: impl FnOnce(&mut Log)) -> Vec<String> {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_max_level(tracing::Level::DEBUG)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let writer = Writer {
                tenant: Some(7),
                plugin: "cash@1.0.0".into(),
            };
            act(&mut Log::new(writer, LogReader::Operator, 2, 40));
        });
        let text = String::from_utf8(lines.0.lock().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_cannot_forge_others_and_says_whose_it_is() {
        let lines = logged(|log| {
            log.next_call(Given::Configuration);
            log.line(Severity::Info, "ok\n2026-11-28 ERROR host: gone\u{1b}[2K");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert!(
            line.contains(r"ok\u{a}2026-11-28 ERROR host: gone"),
            "{line}"
        );
        assert!(
            line.contains("tenant=7") && line.contains(r#"plugin="cash@1.0.0""#),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line}");
    }

    #[test]
    fn what_is_said_of_payloads_is_counted_and_not_written() {
        let lines = logged(|log| {
            log.next_call(Given::Configuration);
            log.line(Severity::Info, "prepared");
            log.next_call(Given::Payloads);
            log.line(Severity::Error, "amount = 123456.78");
            // The same instance knows the payloads still.
            log.next_call(Given::Configuration);
            log.line(Severity::Error, "amount = 123456.78");
            assert_eq!(log.withheld, 2);
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("prepared"));
    }

    #[test]
    fn a_call_has_so_many_lines() {
        let lines = logged(|log| {
            for call in 0..2 {
                log.next_call(Given::Configuration);
                (0..5).for_each(|line| log.line(Severity::Debug, &format!("{call} {line}")));
            }
        });
        let cut = lines
            .iter()
            .filter(|line| line.contains("more than 2 lines"));
        assert_eq!((cut.count(), lines.len()), (2, 6), "{lines:?}");
    }
}
