//! Long work that is not at work, though it is kept: a stop of the host cut it off, or the commit that asked for it.

use std::sync::Arc;
use std::time::Duration;

use crate::App;
use crate::blocking::blocking;
use engine::lane::Lane;
use jobs::retry::until_done;
use store::StoreError;
use store::key::TenantId;

/// How often it is looked whether writes failed.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// Starts what is kept and not at work, now and after each time that the store failed: what it did not confirm may be
/// kept all the same. Returns when the host stops.
pub(crate) async fn resume(app: Arc<App>) {
    let (store, stopping) = (app.services.store.clone(), app.bulks.stopping().clone());
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
    let mut failed = None;
    for (tenant, lane) in app.tenants() {
        let runs = app.runs.resume(&app.services, &lane, tenant).await;
        let app = app.clone();
        let jobs = blocking(move || take_up_jobs(&app, tenant, &lane)).await;
        // A panic is in the log, and would come again.
        for taken_up in [runs, jobs.unwrap_or(Ok(()))] {
            match taken_up {
                Ok(()) => {}
                Err(error) if error.is_transient() => failed = Some(error),
                Err(error) => {
                    tracing::error!(tenant = tenant.0, %error, "long work is not taken up");
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

fn take_up_jobs(app: &App, tenant: TenantId, lane: &Arc<Lane>) -> Result<(), StoreError> {
    let services = &app.services;
    // Jobs are tasks of the runtime.
    let _within = services.runtime.enter();
    app.bulks.resume(services, lane, tenant)?;
    app.replays.resume(services, lane, tenant)?;
    app.backtests.resume(services, lane, tenant)?;
    app.catch_ups.resume(services, lane, tenant)
}
