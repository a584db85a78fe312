//! In which order the host stops.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::App;
use engine::lane::Lane;

impl App {
    /// Stops: waits until the lanes have done what they were asked, for so long
    /// at most, then until what they committed is durable. No request may come any more.
    pub async fn stop(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.jobs.stop().await;
        self.preparations.stopped().await;
        self.uploads.stop();
        let filling = self.services.clone();
        let filling = tokio::task::spawn_blocking(move || filling.alert_indexer.stop_filling());
        if filling.await.is_err() {
            tracing::error!("filling the indexes of alerts ended in disorder");
        }
        self.sweeping.abort();
        self.recalling.abort();
        self.grandfathered.stop();
        self.scheduler.stopped().await;
        self.outbox.stop().await;
        self.stop_watching.cancel();
        let watching = self.watching.lock().take();
        if let Some(watching) = watching
            && watching.await.is_err()
        {
            tracing::error!("counting sessions ended in disorder");
        }
        // What is on its way to the broker is marked before the lanes stop.
        let delivered = tokio::time::timeout(patience, self.events.stop());
        if delivered.await.is_err() {
            tracing::warn!("an event was on its way at the stop; it may be sent again");
        }
        let lanes: Vec<Arc<Lane>> = self.tenants().into_iter().map(|(_, lane)| lane).collect();
        while !lanes.iter().all(|lane| lane.is_idle()) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (lanes, services) = (self.lanes.lock().take(), self.services.clone());
        let closing = tokio::task::spawn_blocking(move || {
            if let Some(lanes) = lanes {
                lanes.stop();
            }
            services.indexer.stop();
            services.alert_indexer.stop();
            services.store.close();
        });
        if closing.await.is_err() {
            tracing::error!("the store was not closed in order; nothing acknowledged is lost");
        }
    }
}
