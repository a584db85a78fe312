//! The commands of `vervet`, one file each.

pub mod compile;
pub mod plugin;
