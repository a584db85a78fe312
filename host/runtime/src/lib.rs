//! Plugins: components that judge transactions or write files, without any
//! access to the host but the log.
//!
//! In reading order:
//!
//! - [`limits`]: what a plugin may use;
//! - `engine`, `slots`, `setup_room`, `ticker`: where plugins run, how many at a time, how long;
//! - [`release`]: which releases run them, as it is kept with what they said;
//! - `call`, `budget`, `log`: one instance, its memory, and what may go wrong in a call;
//! - `stand_ins`: what meets the imports of other languages' runtimes;
//! - [`manifest`]: what a plugin says of itself, checked;
//! - [`publish`]: from the bytes of an upload to a plugin that can be loaded;
//! - [`registry`]: the plugins that are loaded, by digest;
//! - [`rule`], [`formatter`]: the two kinds, each with one module per version of
//!   the contract, which alone knows the generated bindings in `contract`.

mod budget;
mod call;
mod compiled;
mod contract;
mod digest;
mod engine;
pub mod formatter;
pub mod limits;
mod log;
pub mod manifest;
pub mod publish;
pub mod registry;
pub mod release;
pub mod rule;

mod setup_room;
mod slots;
mod stand_ins;
mod ticker;

pub use call::CallError;
pub use digest::{Digest, DigestError};
pub use engine::compiling_engine;
pub use log::LogReader;
pub use setup_room::SetupShare;
pub use stand_ins::StandIns;
