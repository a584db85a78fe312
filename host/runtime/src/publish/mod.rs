//! Publishing: from the bytes of an upload to a plugin that can be loaded.

pub(crate) mod cache;
pub mod census;
pub mod compile;
mod footprint;
pub mod inspect;
pub(crate) mod receipt;

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use compile::CompileError;
use compile::Compiled;
use receipt::Receipt;

use super::manifest::DescribeError;
use super::registry::Plugin;
use super::{Digest, StandIns};
use base::grouped::grouped;

/// The two kinds of plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginKind {
    /// Judges transactions.
    Rule,
    /// Writes files.
    Formatter,
}

/// An upload that can become a plugin: it is loaded, and neither stored nor kept in the cache of compiled code.
#[derive(Clone)]
pub struct Published {
    /// With its manifest, ready to run.
    pub plugin: Plugin,
    /// Of `component`: what installs and alerts name.
    pub digest: Digest,
    /// Of the bytes as they were uploaded: the same bytes are the same plugin,
    /// even where a later host makes another component of the same module.
    pub upload_digest: Digest,
    /// As the component names them.
    pub imports: Vec<String>,
    /// Which stand-ins meet its imports of WASI, where it has any.
    pub stand_ins: Option<StandIns>,
    /// What is stored, and compiled again by other hosts.
    pub component: Bytes,
    /// What the checks found, one sentence each.
    pub checks: Vec<String>,
    pub(crate) receipt: Receipt,
    /// Its compiled code, which goes with it unless it is [kept](super::registry::Registry::keep). None if it is kept
    /// already.
    pub(crate) code: Option<Arc<Compiled>>,
}

/// Why an upload did not become a plugin.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// In bytes: what it has, and what it may have.
    #[error(
        "the upload has {} bytes, and may have {}",
        grouped(*.0 as u64),
        grouped(*.1 as u64)
    )]
    TooLarge(usize, usize),
    /// It is no plugin, or too large to compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It does not keep its contract.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// The host's trouble.
    #[error("the compiled plugin could not be stored: {0}")]
    Store(#[from] std::io::Error),
}

impl PluginKind {
    /// As it is written: `rule`, `formatter`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Formatter => "formatter",
        }
    }
}
