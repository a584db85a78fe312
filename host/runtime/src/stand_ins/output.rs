//! Standard output and standard error: bytes that become lines of the log.

use crate::contract::v0_1::log::Severity;
use crate::log::Log;

/// The line that is being written.
#[derive(Default)]
pub(super) struct Output {
    line: Vec<u8>,
    severity: Option<Severity>,
}

impl Output {
    /// Takes what was written, and logs each line that ends in it. Of a line, no
    /// more is kept than the log would write, and one byte that says that there was more.
    pub(super) fn write(&mut self, bytes: &[u8], severity: Severity, log: &mut Log) {
        self.severity = Some(severity);
        let kept = log.line_bytes() + 1;
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            let room = kept.saturating_sub(self.line.len());
            self.line.extend(&text[..text.len().min(room)]);
            if text.len() < piece.len() {
                self.log_line(severity, log);
            }
        }
    }

    /// Logs what is left of a line without an end.
    pub(super) fn end_line(&mut self, log: &mut Log) {
        if let Some(severity) = self.severity.take()
            && !self.line.is_empty()
        {
            self.log_line(severity, log);
        }
    }

    fn log_line(&mut self, severity: Severity, log: &mut Log) {
        log.line(severity, &String::from_utf8_lossy(&self.line));
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{LogReader, Writer};

    /// What is left of lines of up to 8 bytes, and how many were logged.
    fn check(writes: &[&str], expect: &str, expect_logged: u32) {
        let writer = Writer {
            tenant: None,
            plugin: "test".into(),
        };
        let mut log = Log::new(writer, LogReader::Operator, 100, 8);
        let mut output = Output::default();
        for write in writes {
            output.write(write.as_bytes(), Severity::Info, &mut log);
        }
        assert_eq!(String::from_utf8_lossy(&output.line), expect);
        assert_eq!(log.written(), expect_logged);
        output.end_line(&mut log);
        let left = u32::from(!expect.is_empty());
        assert_eq!(log.written(), expect_logged + left);
    }

    #[test]
    fn lines_are_logged_when_they_end() {
        check(&[], "", 0);
        check(&["a", "b\nc"], "bc"[1..].as_ref(), 1);
        check(&["\n\n"], "", 2);
        check(&["a line that is long"], "a line th", 0);
        check(&["a line that", " is long\n", "é\n"], "", 2);
    }
}
