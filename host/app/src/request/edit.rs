//! A change of a resource's fields.

use std::fmt;
use std::sync::Arc;

use super::Invalid;

/// Makes the new fields of a resource of what they are at the turn of the change. It may be asked more than once.
#[derive(Clone)]
pub struct Edit<T>(Arc<dyn Fn(T) -> Result<T, Invalid> + Send + Sync>);

impl<T> Edit<T> {
    /// An edit that depends on what the fields are, such as a merge patch.
    pub fn new(edit: impl Fn(T) -> Result<T, Invalid> + Send + Sync + 'static) -> Self {
        Self(Arc::new(edit))
    }

    /// The new fields.
    ///
    /// # Errors
    /// Where the edit does not fit them.
    pub fn apply(&self, current: T) -> Result<T, Invalid> {
        (self.0)(current)
    }
}

impl<T> fmt::Debug for Edit<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Edit")
    }
}
