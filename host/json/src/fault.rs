//! What is wrong with a JSON text, and where.

use std::fmt::Write;

/// The longest name that a place repeats, in bytes.
const MAX_NAME_BYTES: usize = 100;
/// The most steps of a place that are told; further ones are left out.
const MAX_STEPS: usize = 20;

/// Why a JSON text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFaultKind {
    /// It is no JSON.
    #[error("is no JSON: {0}")]
    Malformed(&'static str),
    /// It has more levels than are read.
    #[error("is nested deeper than {0} levels")]
    TooDeep(usize),
    /// An object has a name twice.
    #[error("must be there once only")]
    DuplicateName,
    /// A `\u` escape of half a surrogate pair, which no character has.
    #[error("has half a surrogate pair")]
    HalfSurrogate,
    /// The character U+0000, which ends texts in what many programs are made of.
    #[error("has the character U+0000; leave it out")]
    Nul,
    /// A number that 64 bits of floating point cannot hold even roughly.
    #[error(
        "must be a number that 64 bits of floating point can hold, with at most 18 digits of exponent"
    )]
    OutOfRange,
    /// It is JSON, but no object.
    #[error("must be a JSON object")]
    NoObject,
}

impl JsonFaultKind {
    /// As answers name it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooDeep(_) => "too_deep",
            Self::DuplicateName => "duplicate_field",
            Self::HalfSurrogate | Self::Nul => "invalid_character",
            Self::OutOfRange => "out_of_range",
            Self::NoObject => "wrong_type",
        }
    }
}

/// A step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Item(usize),
}

/// What is wrong with a JSON text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    /// What is wrong.
    pub kind: JsonFaultKind,
    /// Where in the text it was seen, in bytes.
    pub offset: usize,
    /// From the innermost to the outermost.
    steps: Vec<Step>,
}

impl JsonFault {
    pub(super) fn new(kind: JsonFaultKind, offset: usize) -> Self {
        Self {
            kind,
            offset,
            steps: Vec::new(),
        }
    }

    /// Says that it is within a member or an item of another value.
    pub(super) fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The place as answers write it, such as `limits[2].EUR`; empty for the whole value.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.told() {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Member(name) if path.is_empty() => write!(path, "{}", shortened(name)),
                Step::Member(name) => write!(path, ".{}", shortened(name)),
                Step::Item(index) => write!(path, "[{index}]"),
            };
        }
        self.ended(path)
    }

    /// The place as a JSON Pointer (RFC 6901), such as `/limits/2/EUR`.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in self.told() {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Member(name) => {
                    let name = shortened(name).replace('~', "~0").replace('/', "~1");
                    write!(pointer, "/{name}")
                }
                Step::Item(index) => write!(pointer, "/{index}"),
            };
        }
        self.ended(pointer)
    }

    fn told(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().rev().take(MAX_STEPS)
    }

    fn ended(&self, mut place: String) -> String {
        if self.steps.len() > MAX_STEPS {
            place.push('…');
        }
        place
    }
}

impl std::fmt::Display for JsonFault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path() {
            whole if whole.is_empty() => write!(out, "it {}", self.kind),
            path => write!(out, "'{path}' {}", self.kind),
        }
    }
}

impl std::error::Error for JsonFault {}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        name.to_owned()
    } else {
        format!("{}…", &name[..name.floor_char_boundary(MAX_NAME_BYTES)])
    }
}
