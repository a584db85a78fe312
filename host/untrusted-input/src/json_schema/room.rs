//! Where requests validate: few at a time, of all tenants in turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Threads that validate, for all requests. A tenant has one of them at a time: whoever asks for much waits for itself.
pub struct Room {
    places: Arc<Semaphore>,
    /// One place for each tenant.
    tenants: Mutex<HashMap<u64, Arc<Semaphore>>>,
}

/// Why nothing was validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// Its turn did not come.
    #[error("too much JSON is being validated at the moment; try again later")]
    Busy,
    /// The work panicked.
    #[error("validating failed")]
    Panicked,
}

impl Room {
    /// Room for so many at a time.
    pub fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            tenants: Mutex::default(),
        }
    }

    /// Does the work of a tenant on a thread that may be busy, when its turn comes.
    ///
    /// # Errors
    /// If its turn does not come in time.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, RoomError> {
        let of_tenant = {
            let mut tenants = self.tenants.lock();
            let own = tenants.entry(tenant);
            own.or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        let places = self.places.clone();
        let turn = async move {
            let own = of_tenant.acquire_owned().await.ok()?;
            Some((own, places.acquire_owned().await.ok()?))
        };
        let turn = tokio::time::timeout(MAX_WAIT, turn).await;
        let turn = turn.ok().flatten().ok_or(RoomError::Busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            let worked = work();
            // Held until the work has ended, even if whoever asked has gone.
            drop(turn);
            worked
        });
        worked.await.map_err(|error| {
            tracing::error!(%error, "validating did not end");
            RoomError::Panicked
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_tenant_has_one_place_and_leaves_the_others() {
        let room = Arc::new(Room::new(2));
        let (release, wait) = mpsc::channel::<()>();
        let (began, begun) = mpsc::channel();
        let first = room.clone();
        let first = tokio::spawn(async move {
            let work = move || {
                began.send(()).expect("somebody waits");
                wait.recv().expect("it is released");
            };
            first.run(1, work).await
        });
        tokio::task::spawn_blocking(move || begun.recv().expect("it begins"))
            .await
            .expect("it waits");
        let second = room.clone();
        let mut second = Box::pin(async move { second.run(1, || ()).await });
        assert!(futures::poll!(&mut second).is_pending());
        // Another tenant does not wait for it.
        assert_eq!(room.run(2, || 5).await, Ok(5));
        assert!(futures::poll!(&mut second).is_pending());
        release.send(()).expect("it waits");
        assert_eq!(first.await.expect("it ends"), Ok(()));
        assert_eq!(second.await, Ok(()));
    }
}
