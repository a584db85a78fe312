//! Lists without filters.

use schemars::JsonSchema;
use serde::Deserialize;

/// A list without filters.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Nothing {}
