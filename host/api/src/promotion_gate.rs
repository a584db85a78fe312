//! What a shadow rule must have shown before it is promoted: `/v1/promotion-gate`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use super::caller::UserCaller;
use crate::http::{ETag, JsonBody, Preconditions, Problem, Tagged};
use app::App;
use engine::lane::Change;
use tenant::{ActiveGate, Definitions, Permission, PromotionGate};

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

fn current(definitions: &Definitions) -> (ETag, Option<ActiveGate>) {
    let gate = definitions.promotion_gates.iter().next();
    let version = gate.map_or(0, |gate| gate.version);
    (ETag::of_version(version), gate.and_then(|gate| gate.active))
}

async fn read_gate(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<Option<ActiveGate>>, Problem> {
    caller.require(Permission::RuleRead)?;
    let (etag, active) = current(&caller.definitions());
    Ok(Tagged::get(etag, active, &preconditions))
}

async fn put_gate(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(active): JsonBody<Option<ActiveGate>>,
) -> Result<Tagged<Option<ActiveGate>>, Problem> {
    caller.require(Permission::RuleConfigure)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let (etag, before) = current(change.definitions());
        preconditions.check(Some(&etag))?;
        if before == active {
            return Ok::<_, Problem>(Tagged::changed(etag, active));
        }
        let gate = change.definitions().promotion_gates.iter().next();
        let version = gate.map_or(0, |gate| gate.version) + 1;
        change.audit(&actor, "promotion_gate.put", "");
        change.put(PromotionGate { active, version });
        Ok(Tagged::changed(ETag::of_version(version), active))
    };
    Ok(caller.change(put).await?)
}
