//! Host.

pub mod cli;
