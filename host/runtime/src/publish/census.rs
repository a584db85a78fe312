//! Which plugins there are, of all tenants together.

use std::collections::HashSet;

use crate::Digest;

/// The plugins of all tenants, by the digest of their component.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// Those that a rule or an export uses.
    pub installed: HashSet<Digest>,
    /// All that are published.
    pub published: HashSet<Digest>,
}

/// Answers which plugins there are now; nothing once the host has stopped.
pub type TakeCensus = Box<dyn Fn() -> Option<Census> + Send + Sync>;
