//! Exports whose files do not load as declared, and those whose filters name what does not exist.

use std::sync::Arc;

use super::{Grandfathered, Stored};
use engine::lane::unknown_values;
use export::{query_of, refusal};

pub(super) async fn find(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let mut found = Vec::new();
    let Stored {
        services,
        tenant,
        lane,
        definitions,
    } = stored;
    let mut add = |name: &str, reason: String| {
        found.push(Grandfathered {
            kind: "export",
            name: name.to_owned(),
            reason,
        });
    };
    for export in definitions.exports.iter() {
        let name = &export.name;
        if let Some(reason) = refusal(services, lane, *tenant, &export.formatter).await {
            add(name, format!("its formatter: {reason}"));
        }
        let query = query_of(&export.filter);
        let names_something = [&query.state, &query.team, &query.rule, &query.incident_type];
        if names_something.iter().all(|values| values.is_empty()) || !lane.index_filled().await {
            continue;
        }
        let searched = Arc::clone(lane);
        let defined = lane.definitions();
        let look = move || searched.search_now(|index, _| unknown_values(&query, &defined, index));
        // A host that stops ends the search.
        let unknown = tokio::task::spawn_blocking(look).await.unwrap_or_default();
        for value in unknown {
            add(name, format!("its filter: {value}"));
        }
    }
    found
}
