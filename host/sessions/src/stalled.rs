//! Counts the sessions that have not ended, and those in which nothing happens.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::courier::LanesOf;
use super::names::OPEN;
use engine::lane::Services;
use store::StoreError;
use store::backend::{Direction, KeyRange};

/// How often sessions are counted, at most and at least.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Counts until `stop`: `vervet_sessions_open`, `vervet_sessions_stalled`.
pub async fn watch(
    services: Arc<Services>,
    lanes: LanesOf,
    stalled_after: Duration,
    stop: CancellationToken,
) {
    let interval = (stalled_after / 4).clamp(INTERVALS.0, INTERVALS.1);
    loop {
        let tenants: Vec<_> = lanes().into_iter().map(|(tenant, _)| tenant).collect();
        let (services, after) = (services.clone(), stalled_after);
        let counted = tokio::task::spawn_blocking(move || count(&services, &tenants, after)).await;
        match counted {
            Ok(Ok((open, stalled))) => {
                metrics::gauge!("vervet_sessions_open").set(open as f64);
                metrics::gauge!("vervet_sessions_stalled").set(stalled as f64);
            }
            Ok(Err(error)) => tracing::error!(%error, "sessions cannot be counted"),
            Err(error) => tracing::error!(%error, "counting sessions did not end"),
        }
        let pause = tokio::time::sleep(interval);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

/// How many sessions have not ended, and in how many of those nothing happened for so long.
fn count(
    services: &Services,
    tenants: &[store::key::TenantId],
    stalled_after: Duration,
) -> Result<(u64, u64), StoreError> {
    let before = services.clock.now().minus_seconds(stalled_after.as_secs());
    let (mut open, mut stalled) = (0, 0);
    for &tenant in tenants {
        let range = KeyRange::session_index(tenant, OPEN);
        for entry in services.store.range(range, Direction::Forward) {
            let (_, changed_at) = entry?;
            let changed_at = changed_at.as_slice().try_into().map(i64::from_be_bytes);
            open += 1;
            if changed_at.is_ok_and(|changed_at| changed_at <= before.as_micros()) {
                stalled += 1;
            }
        }
    }
    Ok((open, stalled))
}
