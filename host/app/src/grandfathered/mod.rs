//! Stored definitions that would be refused if they were put today.
//!
//! A release may refuse what an earlier one accepted. What is stored goes on working; the operator reads of it in the
//! log when the host starts, and `/readyz` counts it by kind. One file for each kind of definition; each function
//! yields what a new write would refuse, and why.
//!
//! What this module does not do: change, switch off or limit anything.

mod exports;
mod info_schemas;
mod labels;
mod lists;
mod names;
mod plan_prices;
mod sensitive_exports;
mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tokio::task::AbortHandle;

use engine::lane::{Lane, Services};
use store::key::TenantId;
use tenant::Definitions;

/// A stored definition that would be refused if it were put today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grandfathered {
    /// What sort of definition it is, such as `alert_type`.
    pub kind: &'static str,
    /// What the tenant calls it.
    pub name: String,
    /// Why a new one like it is refused.
    pub reason: String,
}

/// What one tenant has stored, and what is needed to judge it.
pub struct Stored<'s> {
    /// The store and the loaded plugins.
    pub services: &'s Arc<Services>,
    /// Whose definitions they are.
    pub tenant: TenantId,
    /// The tenant's lane, for what readers see.
    pub lane: &'s Arc<Lane>,
    /// All that the tenant has defined.
    pub definitions: &'s Definitions,
}

/// Everything of one tenant that would be refused today.
async fn find(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let mut all = info_schemas::find(stored).await;
    all.extend(plan_prices::find(stored).await);
    all.extend(names::logins(stored.definitions));
    all.extend(names::scopes(stored.definitions));
    all.extend(tokens::users_with_many(stored));
    all.extend(sensitive_exports::sensitive_exports(stored));
    all.extend(exports::find(stored).await);
    all.extend(lists::lists(stored));
    all.extend(labels::find(stored).await);
    all
}

/// Looks through the definitions of all tenants, once, beside all else.
pub struct Inspection {
    counts: Arc<OnceLock<BTreeMap<&'static str, usize>>>,
    looking: AbortHandle,
}

impl Inspection {
    /// Starts to look, within a tokio runtime.
    pub fn start(services: Arc<Services>, lanes: Vec<(TenantId, Arc<Lane>)>) -> Self {
        let counts = Arc::new(OnceLock::new());
        let found = counts.clone();
        let looking = tokio::spawn(async move {
            let _ = found.set(look(&services, lanes).await);
        })
        .abort_handle();
        Self { counts, looking }
    }

    /// How many there were at the start, by kind; nothing until all tenants were looked through.
    pub fn counts(&self) -> Option<&BTreeMap<&'static str, usize>> {
        self.counts.get()
    }

    /// Ends it, wherever it is.
    pub fn stop(&self) {
        self.looking.abort();
    }
}

async fn look(
    services: &Arc<Services>,
    lanes: Vec<(TenantId, Arc<Lane>)>,
) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for (tenant, lane) in lanes {
        let definitions = lane.definitions();
        let stored = Stored {
            services,
            tenant,
            lane: &lane,
            definitions: &definitions,
        };
        for found in find(&stored).await {
            let Grandfathered { kind, name, reason } = &found;
            tracing::warn!(
                tenant = tenant.0,
                kind,
                name,
                reason,
                "a stored definition would be refused today; it goes on working"
            );
            *counts.entry(*kind).or_default() += 1;
        }
    }
    counts
}
