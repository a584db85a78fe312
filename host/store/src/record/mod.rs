//! The compact records: what there are millions of.

pub mod block;
mod bytes;
