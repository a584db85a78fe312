//! How much a guard may be and do.

/// The longest condition, in bytes.
pub const MAX_SOURCE_BYTES: usize = 4096;

/// How deep expressions may stand in each other: `a.b.c` is three deep.
pub const MAX_DEPTH: usize = 100;

/// How many steps an evaluation may take: about one for each part of the condition that is evaluated,
/// each element that is looked at, and each [`STEP_BYTES`] of text.
pub const MAX_STEPS: u64 = 100_000;

/// How many bytes an evaluation may make, those that it drops again too.
pub const MAX_BYTES: u64 = 4 << 20;

/// How many bytes of text are one step.
pub(super) const STEP_BYTES: usize = 64;

/// The stack on which conditions are read: the parser's tree is as deep as the source is long.
pub(super) const PARSE_STACK_BYTES: usize = 32 << 20;

/// How many characters of a value a fault shows.
pub(super) const SHOWN_CHARS: usize = 60;

/// How many characters of a line stand before and after the caret.
pub(super) const EXCERPT_CHARS: usize = 60;
