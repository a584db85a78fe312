//! The hidden subcommand.
