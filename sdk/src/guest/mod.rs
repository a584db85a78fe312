//! Where plugins meet the host: the contract's bindings, and what calls the author's code.
//!
//! The only part of the SDK that knows the contract's own types.

pub mod formatter;
pub mod rule;
