//! What the program does, one file for each subcommand.

pub mod compile;
