//! What a shadow rule must have shown before it is promoted: `/v1/promotion-gate`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use super::caller::UserCaller;
use crate::http::{ETag, JsonBody, Preconditions, Problem, Tagged};
use app::App;
use app::settings;
use tenant::{ActiveGate, PromotionGate};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/promotion-gate",
        get_with(read_gate, |op| {
            op.summary("Read what a shadow rule must have shown before it is promoted")
                .description("Null where nothing is asked.")
                .tag("Rules")
        })
        .put_with(put_gate, |op| {
            op.summary("Say what a shadow rule must have shown before it is promoted")
                .description("`POST /v1/teams/{team}/rules/{rule}/promote` enforces it, unless it is overridden with a reason, which is audited. There is one gate for all teams; null ends it.")
                .tag("Rules")
        }),
    )
}

async fn read_gate(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<Option<ActiveGate>>, Problem> {
    let current = settings::read::<PromotionGate>(&caller)?;
    let etag = ETag::of_version(current.version);
    Ok(Tagged::get(etag, current.active, &preconditions))
}

async fn put_gate(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(active): JsonBody<Option<ActiveGate>>,
) -> Result<Tagged<Option<ActiveGate>>, Problem> {
    let current =
        settings::put::<PromotionGate>(&caller, preconditions.expected(), active, None).await?;
    let etag = ETag::of_version(current.version);
    Ok(Tagged::changed(etag, current.active))
}
