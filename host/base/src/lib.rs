//! Small things that every other crate may use, and that know nothing of transactions, tenants or the store.
//!
//! In reading order:
//!
//! - [`clock`]: what time it is; [`time_zone`]: names of time zones;
//! - [`condition`]: trouble that is logged when it begins and when it ends;
//! - [`shares`]: places that tenants take in turn;
//! - [`background`]: long work, which gets a core only where no live work wants it; [`processor_time`]: what work takes;
//! - [`naming`]: names that people tell apart by eye; [`nearest`]: the known word that an unknown one was meant to be;
//! - [`printable`]: text of strangers as one line; [`grouped`]: numbers as people read them; [`hex`]: bytes as text; [`mac`]: keyed hashes of bytes.

pub mod background;
pub mod clock;
pub mod condition;
pub mod grouped;
pub mod hex;
pub mod mac;
pub mod naming;
pub mod nearest;
pub mod printable;
pub mod processor_time;
pub mod shares;
pub mod time_zone;
