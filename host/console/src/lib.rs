//! What all commands of `vervet` have in common: [`mod@print`] tells people, and [`client`] calls a host's API.
//!
//! Nothing here knows a command, or the host otherwise than by its API.

pub mod client;
pub mod print;
