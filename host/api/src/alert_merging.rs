//! Automatic merging of alerts: `/v1/alert-merging`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use super::caller::UserCaller;
use super::problem_from::problem_from;
use crate::http::{ETag, JsonBody, Preconditions, Problem, Tagged};
use app::App;
use app::settings::{self, PutSettingError};
use tenant::{ActiveMerging, MergingParameters};

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

problem_from!(PutSettingError {
    Forbidden,
    Stale,
    Lane
});

async fn read_merging(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<Option<ActiveMerging>>, Problem> {
    let current = settings::read::<MergingParameters>(&caller)?;
    let etag = ETag::of_version(current.version);
    Ok(Tagged::get(etag, current.active, &preconditions))
}

async fn put_merging(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(active): JsonBody<Option<ActiveMerging>>,
) -> Result<Tagged<Option<ActiveMerging>>, Problem> {
    let current =
        settings::put::<MergingParameters>(&caller, preconditions.expected(), active, None).await?;
    let etag = ETag::of_version(current.version);
    Ok(Tagged::changed(etag, current.active))
}
