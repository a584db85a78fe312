//! What an evaluation may still take.

use super::fault::Raised;
use super::limits::{MAX_BYTES, MAX_STEPS, STEP_BYTES};
use super::value::Value;

/// Steps and bytes that are left.
pub(super) struct Budget {
    steps: u64,
    bytes: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            steps: MAX_STEPS,
            bytes: MAX_BYTES,
        }
    }

    /// Takes steps, before they are done.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Raised> {
        let left = self.steps.checked_sub(count as u64);
        self.steps = left.ok_or_else(|| {
            Raised::budget(format!("the condition takes more than {MAX_STEPS} steps"))
        })?;
        Ok(())
    }

    /// Takes the steps of looking through so many bytes of text.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), Raised> {
        self.steps(1 + bytes / STEP_BYTES)
    }

    /// Takes bytes, before they are made.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), Raised> {
        let left = self.bytes.checked_sub(count as u64);
        self.bytes = left.ok_or_else(|| {
            Raised::budget(format!(
                "the condition makes more than {MAX_BYTES} bytes of values"
            ))
        })?;
        Ok(())
    }

    /// Takes what a list of so many elements needs.
    pub(super) fn elements(&mut self, count: usize) -> Result<(), Raised> {
        self.steps(count)?;
        self.bytes(count.saturating_mul(size_of::<Value>()))
    }

    /// Takes what a text that is made from one of so many bytes, and has at most so many, needs.
    pub(super) fn make_text(&mut self, bytes: usize) -> Result<(), Raised> {
        self.text(bytes)?;
        self.bytes(bytes)
    }
}
