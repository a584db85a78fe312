//! The inputs of rules, computed from what a team ingested before.
//!
//! A [`BoundPlan`] is a rule's plan that was checked against the team's payload
//! schema; [`Inputs`] computes the inputs of all bound plans of a team,
//! transaction by transaction.
//!
//! # What a window holds
//! Transactions of lower sequence whose `date_time` lies in `(t - delay -
//! length, t - delay]`, whose `by` field equals this transaction's, and which
//! meet all conditions. So what comes late sees what was known when it came,
//! and changes nothing that was said before.
//!
//! # Unknown values
//! - A field that a transaction's schema **lacks**, or has in another type,
//!   meets no condition (not even `not-equal`), is no `by` value, equals no
//!   field of the current transaction, and is counted by no statistic but
//!   `count`. As a field input or in a `recent` row it shows as what payloads
//!   write for "unknown": `0`, `0`, none, `""`, `false`.
//! - `0`, `""` and `false` of a field that is **there** are ordinary values to
//!   conditions and to the numeric statistics, and equal themselves. `""` and
//!   `0` are no `by` value: such a window is empty. `distinct` counts known
//!   values only, so neither `""` nor `0`.
//! - A `date_time` field without a moment meets no condition with a literal,
//!   but equals another without a moment.
//!
//! # Exactness
//! Sums are exact and rounded once, and so are mean and deviation: each is the
//! f64 nearest to the true value. Nothing depends on the order in which things
//! came, on what is in memory and what is read back, or on what came between.
//! Minimum and maximum of integers are rounded to f64; of zeros the answer is
//! the positive one. A sum beyond f64 is infinite.
//!
//! # Cost
//! An input costs the same whatever the size of history, and grows with the
//! logarithm of the rows in its window: the two chunks at the window's ends are
//! looked at row by row, what is between by its summaries. `distinct` follows
//! the window as it slides, so a late transaction costs the rows that lie
//! between it and the one before; `recent` costs the rows that it answers.
//!
//! # Memory
//! Most values of a field have few rows. Up to sixteen lie in one piece of memory, once for all windows by the field, and each
//! window looks at those that it is made of (`key_field.rs`). Values that had more are long: each group of windows has the rows
//! of its own keys, in chunks.
//!
//! What is in memory is a copy of [`History`], where rows are found by the value of the field that parts them. Rows of a
//! value are read when it is first used, and kept for as long as transactions that come in time look at them: the
//! longest of the windows that share them, and a horizon of lateness, behind the team's clock, which is the median
//! `date_time` of its newest transactions. Wrong clocks of a few senders move nothing. What comes later has the older
//! rows of its own key read. Above the budget, keys that were not used lately are forgotten.

mod batch;
mod bind;
mod bound;
mod cells;
mod chunk;
mod clock;
mod exact;
mod fault;
mod few;
mod frame;
mod group;
mod history;
mod inputs;
mod key_field;
mod keys;
mod layout;
mod many;
mod met;
mod moments;
mod packed;
mod past;
mod price;
mod rows;
mod series;
mod shared_rows;
mod slots;
mod table;
mod tally;
mod tree;
mod value;

pub use batch::InputBatch;
pub use bound::{BoundInput, BoundPlan, InputType};
pub use fault::PlanFault;
pub use history::{EmptyHistory, History, HistoryError, Lists};
pub use inputs::{InputLimits, Inputs, Lookups};
pub use price::{InputPrice, PlanPrice, PlanTooExpensive};
pub use rows::{ByField, PastRow, RowLayout, RowWriter};
pub use table::TableHistory;

#[cfg(test)]
mod tests;
