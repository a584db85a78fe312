//! One job at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use super::job::{Job, WorkError};
use super::record::JobRecord;
use super::runner::Runner;
use base::background::{self, BackgroundError};
use engine::lane::{Change, ChangeError, Lane, Services};
use store::key::TenantId;
use tenant::Authority;

/// One job at work, as the work and the storing of its end see it.
pub struct Run<J: Job> {
    /// The tenant's lane.
    pub lane: Arc<Lane>,
    /// Which of the tenant's jobs it is.
    pub key: J::Key,
    /// How far it is, as its readers see it.
    pub progress: Arc<J::Progress>,
    pub(crate) runner: Arc<Runner<J>>,
    pub(crate) stop: CancellationToken,
}

impl<J: Job> Run<J> {
    /// What lanes share.
    pub fn services(&self) -> &Arc<Services> {
        &self.runner.services
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.lane.tenant()
    }

    /// Whether the work is to stop: the host stops, or the job was cancelled.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Is cancelled when the work is to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// How far another job of the tenant is, if it is under way.
    pub fn progress_of(&self, key: &J::Key) -> Option<Arc<J::Progress>> {
        self.runner.find(self.tenant(), key)
    }

    /// Does work in the background that may block. The flag says when the work is to stop, and it is waited for all the
    /// same. The thread has so short a name that the system shows it: up to 15 bytes.
    ///
    /// # Errors
    /// If there is no thread, or the work panics.
    pub async fn background<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
    ) -> Result<T, BackgroundError> {
        let stop = Arc::new(AtomicBool::new(self.is_stopped()));
        let told = stop.clone();
        let mut working = std::pin::pin!(background::run(name, move || work(&told)));
        tokio::select! {
            done = &mut working => return done,
            () = self.stop.cancelled() => stop.store(true, Ordering::Relaxed),
        }
        working.await
    }
}

impl<J: Job> Run<J>
where
    J::Record: JobRecord<Key = J::Key>,
{
    /// Changes what is stored of the job, with whatever else is to be in the same commit. Waits for room in the lane, and
    /// returns when it is durable.
    ///
    /// # Errors
    /// [`WorkError::Stopped`] if the job has ended by then. If `keep` refuses, nothing is stored.
    pub async fn keep<T, F>(&self, by: &Authority, keep: F) -> Result<T, WorkError<J::Fault>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Change<'_>, &mut J::Record) -> Result<T, WorkError<J::Fault>>
            + Clone
            + Send
            + 'static,
    {
        let key = self.key.clone();
        let change = move |change: &mut Change<'_>| {
            let stored = J::Record::in_change(change, &key)?;
            let stored = stored.filter(|record| !record.has_ended());
            let mut record = stored.ok_or(WorkError::Stopped)?;
            let kept = keep(change, &mut record)?;
            record.put(change, &key);
            Ok(kept)
        };
        self.lane
            .change_when_room(by, change)
            .await
            .map_err(|error| match error {
                ChangeError::Refused(error) => error,
                ChangeError::Lane(error) => error.into(),
            })
    }
}
