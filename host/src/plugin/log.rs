//! The log that the host lends to plugins: lines, up to a budget for each call.

use std::sync::Arc;

use super::contract::v0_1::log::{Host, Severity};

/// The log of one instance.
pub(crate) struct Log {
    plugin: Arc<str>,
    max_lines: u32,
    max_line_bytes: usize,
    written: u32,
}

impl Log {
    pub(crate) fn new(plugin: Arc<str>, max_lines: u32, max_line_bytes: usize) -> Self {
        Self {
            plugin,
            max_lines,
            max_line_bytes,
            written: 0,
        }
    }

    /// Grants the budget of a new call.
    pub(crate) fn next_call(&mut self) {
        self.written = 0;
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

    /// Writes one line, if there is room for it.
    pub(crate) fn line(&mut self, severity: Severity, message: &str) {
        self.written = self.written.saturating_add(1);
        if self.written > self.max_lines {
            if self.written == self.max_lines + 1 {
                let plugin = &*self.plugin;
                tracing::warn!(
                    plugin,
                    "the plugin logged more than {} lines in one call; the rest is cut",
                    self.max_lines
                );
            }
            return;
        }
        let kept = &message[..message.floor_char_boundary(self.max_line_bytes)];
        let cut = message.len() - kept.len();
        let plugin = &*self.plugin;
        match severity {
            Severity::Debug => tracing::debug!(target: "plugin", plugin, cut, "{kept}"),
            Severity::Info => tracing::info!(target: "plugin", plugin, cut, "{kept}"),
            Severity::Warn => tracing::warn!(target: "plugin", plugin, cut, "{kept}"),
            Severity::Error => tracing::error!(target: "plugin", plugin, cut, "{kept}"),
        }
    }
}

impl Host for Log {
    fn write(&mut self, severity: Severity, message: String) {
        self.line(severity, &message);
    }
}
