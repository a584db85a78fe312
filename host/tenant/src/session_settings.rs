//! What becomes of the transactions that sessions fetch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A tenant's settings of account-aggregation sessions. A tenant has one, or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionSettings {
    /// The team that fetched transactions go to; none: they are not monitored.
    pub team: Option<String>,
    /// For a field of the team's payload schema, what of a fetched transaction it takes.
    pub fields: BTreeMap<String, String>,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl SessionSettings {
    /// The key of the only one.
    pub const KEY: &str = "settings";

    pub(super) fn definition_key(&self) -> String {
        Self::KEY.to_owned()
    }
}
