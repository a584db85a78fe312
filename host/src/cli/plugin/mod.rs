//! `vervet plugin`: what plugin authors call.
//!
//! - [`build`] makes a component of a crate, with the [`toolchain`] for guests.

pub mod build;
mod debian;
pub mod toolchain;

pub use debian::DebianError;
