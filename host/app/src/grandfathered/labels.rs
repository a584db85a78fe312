//! Labels of stored alerts that people cannot see wholly.

use std::collections::BTreeMap;

use domain::alert::{Alert, AlertId, Viewer};

use super::{Grandfathered, Stored};
use base::background;
use base::naming;
use engine::alert::{AlertRecord, decide};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::Definitions;

/// What stands for labels that a rule computed from masked fields: the log's readers may not see them.
const WITHHELD: &str = "labels computed from masked fields";

/// The labels that nobody could give an alert by hand.
pub(super) async fn find(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let (store, tenant) = (stored.services.store.clone(), stored.tenant);
    let definitions = stored.lane.definitions();
    let look = move || refused_labels(&store, tenant, &definitions);
    let labels = background::run("old-labels", look).await;
    match labels {
        Ok(Ok(labels)) => labels.into_iter().map(grandfathered).collect(),
        // Whoever reads these alerts is told more.
        Ok(Err(error)) => {
            tracing::error!(tenant = tenant.0, %error, "the labels of alerts cannot be read");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// How many alerts have a label, and why it would be refused.
struct Refused {
    alerts: u64,
    reason: String,
}

fn grandfathered((label, refused): (String, Refused)) -> Grandfathered {
    let Refused { alerts, reason } = refused;
    Grandfathered {
        kind: "label",
        name: label,
        reason: format!(
            "{reason}; number of alerts with it: {alerts}. It is found under the label that looks the same"
        ),
    }
}

/// The labels of the newest version of each alert that would be refused.
fn refused_labels(
    store: &Store,
    tenant: TenantId,
    definitions: &Definitions,
) -> Result<BTreeMap<String, Refused>, StoreError> {
    let read = |id: AlertId, value: &[u8]| -> Result<Alert, StoreError> {
        let mut alert = AlertRecord::read(value)
            .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
        decide(&mut alert, definitions);
        Ok(alert)
    };
    let mut refused = BTreeMap::new();
    let mut newest: Option<(AlertId, Vec<u8>)> = None;
    for entry in store.range(KeyRange::alerts(tenant), Direction::Forward) {
        let (key, value) = entry?;
        let Some((_, Record::Alert { alert, .. })) = Key::parse(&key) else {
            continue;
        };
        // Versions come oldest first: the one before another alert's is the newest.
        let id = AlertId::from_bytes(alert);
        match newest.replace((id, value)) {
            Some((before, value)) if before != id => add(&mut refused, &read(before, &value)?),
            _ => {}
        }
    }
    if let Some((id, value)) = newest {
        add(&mut refused, &read(id, &value)?);
    }
    Ok(refused)
}

fn add(refused: &mut BTreeMap<String, Refused>, alert: &Alert) {
    let withheld = alert.withheld();
    for label in &alert.seen_by(Viewer::Full).labels {
        let Err(fault) = naming::check(label.as_str()) else {
            continue;
        };
        let name = match withheld.labels.contains(label) {
            true => WITHHELD,
            false => label.as_str(),
        };
        let counted = refused.entry(name.to_owned()).or_insert_with(|| Refused {
            alerts: 0,
            reason: fault.to_string(),
        });
        counted.alerts += 1;
    }
}
