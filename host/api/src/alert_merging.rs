//! Automatic merging of alerts: `/v1/alert-merging`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use super::caller::UserCaller;
use crate::http::{ETag, JsonBody, Preconditions, Problem, Tagged};
use app::App;
use engine::lane::Change;
use tenant::{ActiveMerging, Definitions, MergingParameters, Permission};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/alert-merging",
        get_with(read_merging, |op| {
            op.summary("Read by which parameters new alerts join older ones")
                .description("Null where they join none.")
                .tag("Alerts")
        })
        .put_with(put_merging, |op| {
            op.summary("Set by which parameters new alerts join older ones")
                .description("There is one set at any time; null ends it. A new alert joins the oldest alert of the same team and customer that was created within the period before it, is in no closed state, and meets the condition.")
                .tag("Alerts")
        }),
    )
}

fn current(definitions: &Definitions) -> (ETag, Option<ActiveMerging>) {
    let parameters = definitions.alert_merging.iter().next();
    let version = parameters.map_or(0, |parameters| parameters.version);
    let active = parameters.and_then(|parameters| parameters.active);
    (ETag::of_version(version), active)
}

async fn read_merging(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<Option<ActiveMerging>>, Problem> {
    caller.require(Permission::AlertRead)?;
    let (etag, active) = current(&caller.definitions());
    Ok(Tagged::get(etag, active, &preconditions))
}

async fn put_merging(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(active): JsonBody<Option<ActiveMerging>>,
) -> Result<Tagged<Option<ActiveMerging>>, Problem> {
    caller.require(Permission::MergeConfigure)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let (etag, before) = current(change.definitions());
        preconditions.check(Some(&etag))?;
        if before == active {
            return Ok::<_, Problem>(Tagged::changed(etag, active));
        }
        let parameters = change.definitions().alert_merging.iter().next();
        let version = parameters.map_or(0, |parameters| parameters.version) + 1;
        change.audit(&actor, "alert_merging.put", "");
        change.put(MergingParameters { active, version });
        Ok(Tagged::changed(ETag::of_version(version), active))
    };
    Ok(caller.change(put).await?)
}
