//! Patterns that strangers wrote, matched in steps that are counted.
//!
//! A pattern becomes a small program over characters, which runs all its alternatives side by side: the steps are at
//! most its size times the length of the text, and each is charged. A class such as `\p{L}` is one table, however
//! often it is repeated.

mod compile;
mod run;

use crate::budget::{Exhausted, Meter};
use compile::Program;

/// The longest pattern of a new schema, in bytes.
pub(crate) const MAX_BYTES: usize = 4 << 10;
/// The largest program of a pattern that is kept: its instructions and the ranges of its classes.
pub(crate) const MAX_SIZE: usize = 10_000;
/// The largest program at all, of a pattern that was stored before there was a limit.
const MAX_SIZE_AT_USE: usize = 500_000;
/// What reading the patterns of a new schema may take, in steps.
pub(crate) const MAX_READING: u64 = 10_000_000;

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// In the parser's words.
    Syntax(String),
    /// Its program is larger than the limit.
    Large,
}

/// A pattern, and the program that it became where that is small enough to be kept.
pub(crate) struct Pattern {
    source: Box<str>,
    program: Option<Program>,
}

impl Pattern {
    /// A pattern whose program is kept.
    pub(crate) fn kept(source: &str, max_size: usize) -> Result<Self, PatternError> {
        Ok(Self {
            source: source.into(),
            program: Some(Program::of(source, max_size)?),
        })
    }

    /// A pattern that is compiled each time it is used, at the cost of whoever uses it.
    pub(crate) fn compiled_at_use(source: &str) -> Self {
        Self {
            source: source.into(),
            program: None,
        }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The size of the program that is kept.
    pub(crate) fn size(&self) -> usize {
        self.program.as_ref().map_or(0, Program::size)
    }

    /// What it takes of memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.source.len() + self.size() * Program::BYTES_PER_INSTRUCTION
    }

    /// Whether it is found anywhere in a text.
    pub(crate) fn is_match(&self, text: &str, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
        if let Some(program) = &self.program {
            return program.is_match(text, meter);
        }
        meter.step(reading_cost(&self.source))?;
        // A program that is larger than the limit ends the validation, as one that is larger than what is left does.
        let Ok(program) = Program::of(&self.source, MAX_SIZE_AT_USE) else {
            return meter.hold(usize::MAX).map(|()| false);
        };
        let bytes = program.size() * Program::BYTES_PER_INSTRUCTION;
        meter.hold(bytes)?;
        let is_match = program.is_match(text, meter);
        meter.give_back(bytes);
        is_match
    }
}

/// The steps that reading a pattern takes at most.
///
/// Each escape, class and dot may stand for a table of Unicode, which case folding makes dearer still, and is
/// replaced within the text by what Rust's syntax has for it.
pub(crate) fn reading_cost(source: &str) -> u64 {
    let special = source
        .bytes()
        .filter(|byte| matches!(byte, b'\\' | b'[' | b'.'))
        .count() as u64;
    let has_flags = source.contains("(?");
    let table = if has_flags { 5_000 } else { 200 };
    let length = source.len() as u64;
    length + special * (table + (length + 64 * special) / 64)
}
