//! Alert types whose schema asks for more than a new one may.

use super::{Grandfathered, Stored};

pub(super) async fn find(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let types = stored.definitions.all_alert_types();
    let refused = move || {
        let refused = types.iter().filter_map(|own| {
            let refusal = own.schema_refused_today()?;
            Some(Grandfathered {
                kind: "alert_type",
                name: own.name.clone(),
                reason: format!("its info_schema {refusal}"),
            })
        });
        refused.collect()
    };
    tokio::task::spawn_blocking(refused)
        .await
        .unwrap_or_default()
}
