//! Long work that a stop of the host cut off.

use std::sync::Arc;

use super::alerts::change_one_of_many;
use super::blocking::blocking;
use crate::app::App;

/// Goes on with it, tenant by tenant.
pub async fn resume(app: Arc<App>) {
    for (tenant, lane) in app.tenants() {
        let app = app.clone();
        let resumed = blocking(move || {
            let App { services, .. } = &*app;
            // Jobs are tasks of the runtime.
            let _within = services.runtime.enter();
            let bulks = app
                .bulks
                .resume(services, &lane, tenant, change_one_of_many);
            for (what, resumed) in [
                ("changes of many alerts", bulks),
                ("replays", app.replays.resume(services, &lane, tenant)),
                ("backtests", app.backtests.resume(services, &lane, tenant)),
                (
                    "rules that catch up",
                    app.catch_ups.resume(services, &lane, tenant),
                ),
            ] {
                if let Err(error) = resumed {
                    tracing::error!(%error, "{what} cannot be taken up");
                }
            }
        });
        // A panic is in the log.
        let _ = resumed.await;
    }
}
