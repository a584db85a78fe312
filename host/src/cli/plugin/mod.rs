//! `vervet plugin`: what plugin authors call.
//!
//! - [`new`] writes a small crate that needs nothing but this program and Rust;
//! - [`build`] makes a component of a crate, with the [`toolchain`] for guests.

pub mod build;
mod debian;
pub mod new;
pub mod toolchain;
mod vendor;

pub use debian::DebianError;
