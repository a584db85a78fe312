//! The commands of the program `vervet`, one file each.

pub mod plugin;
