//! What is true of transactions, rules and alerts, without any input or output.
//!
//! Nothing here reads a file, a clock or the network, and nothing here knows
//! JSON, HTTP, WebAssembly or the store: each edge of the host converts.
//!
//! In reading order:
//!
//! - [`time`], [`name`] and [`text`]: moments, the names that customers give to things, and what nobody sees of texts;
//! - [`payload`]: a team's payload schema, and the transactions that it accepts;
//! - [`rule`]: what a rule asks for ([`rule::Plan`]) and what it says ([`rule::Finding`]);
//! - [`mod@column`]: many values of one input, side by side;
//! - [`window`]: the inputs of rules, computed from what a team ingested before;
//! - [`guard`]: conditions in Python, checked and evaluated within bounds;
//! - [`alert`]: alerts, made from findings, and their workflow;
//! - [`session`]: account-aggregation sessions and the events that they give.
//!
//! *Architecture invariant:* no type here is serializable. What is stored and
//! what is sent have shapes of their own, which may change at another pace.

pub mod alert;
pub mod column;
pub mod guard;
pub mod name;
pub mod payload;
pub mod rule;
pub mod session;
pub mod text;
pub mod time;
pub mod window;
