//! Long work that is not at work, though it is kept: a stop of the host cut it off, or the commit that asked for it.

use std::sync::Arc;
use std::time::Duration;

use crate::App;
use crate::blocking::blocking;
use jobs::retry::until_done;
use store::StoreError;

/// How often it is looked whether writes failed.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// Starts what is kept and not at work, now and after each time that the store failed: what it did not confirm may be
/// kept all the same. Returns when the host stops.
pub(crate) async fn resume(app: Arc<App>) {
    let (store, stopping) = (app.services.store.clone(), app.jobs.stopping().clone());
    loop {
        let failures = store.failures();
        let what = "long work cannot be taken up";
        until_done(&store, &stopping, what, || take_up_all(&app)).await;
        let failed_and_works_again = async {
            while store.failures() == failures || store.trouble().is_some() {
                tokio::time::sleep(INTERVAL).await;
            }
        };
        let failed = stopping.run_until_cancelled(failed_and_works_again);
        if failed.await.is_none() {
            return;
        }
    }
}

/// Goes on with it, tenant by tenant. What is at work already is left alone.
///
/// # Errors
/// Where the store cannot be read for now.
async fn take_up_all(app: &Arc<App>) -> Result<(), StoreError> {
    let mut failed = Ok(());
    for (_, lane) in app.tenants() {
        let app = app.clone();
        let taken_up = blocking(move || app.jobs.resume(&lane)).await;
        // A panic is in the log, and would come again.
        failed = failed.and(taken_up.unwrap_or(Ok(())));
    }
    failed
}
