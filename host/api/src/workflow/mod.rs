//! The workflow of alerts: `/v1/workflow`.

mod body;
mod moves;
mod trial;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use domain::alert::Workflow;

use super::alert_index::whole_index;
use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::{ETag, JsonBody, Preconditions, Problem, ProblemKind, Tagged, problems};
use app::App;
use body::{NewWorkflow, WorkflowBody};
use engine::lane::Change;
use tenant::{Permission, WorkflowRecord};

/// As the audit names the one workflow that there is.
const SUBJECT: &str = "workflow";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/workflow",
            get_with(read_workflow, |op| {
                op.summary("Read the workflow of alerts").tag("Workflow")
            })
            .put_with(put_workflow, |op| {
                op.summary("Replace the workflow of alerts")
                    .description("A condition is a Python expression over `alert` and `security`; members are reached with dots, and a missing one is `None`. Refused with 409 while alerts are in a state that would vanish, unless `moves` says where they go; they are moved in the same change.")
                    .tag("Workflow")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/workflow/try",
            post_with(trial::try_condition, |op| {
                op.summary("Try a condition")
                    .description("Evaluates it over what stands in for `alert` and `security`. A fault is an answer, too; what is no condition at all is 422.")
                    .tag("Workflow")
            }),
        )
}

async fn read_workflow(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<WorkflowBody>, Problem> {
    caller.require(Permission::WorkflowRead)?;
    let (workflow, version) = caller.definitions().workflow_version();
    let etag = ETag::of_version(version);
    Ok(Tagged::get(
        etag,
        WorkflowBody::of(&workflow),
        &preconditions,
    ))
}

async fn put_workflow(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewWorkflow>,
) -> Result<Tagged<WorkflowBody>, Problem> {
    caller.require(Permission::WorkflowConfigure)?;
    // Hundreds of conditions are compiled here.
    let (workflow, moves) = blocking(move || new.checked()).await??;
    let whole = whole_index(&caller).await?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let (old, version) = change.definitions().workflow_version();
        preconditions.check(Some(&ETag::of_version(version)))?;
        moves.check(&old, &workflow)?;
        if old == workflow {
            return Ok((old, version));
        }
        let going = moves::going(change, &whole, &old, &workflow, &moves)?;
        let version = version + 1;
        let at = change.at().as_micros();
        change.audit(&actor, "workflow.put", SUBJECT);
        change.put(WorkflowRecord::of(workflow.clone(), at, version));
        moves::go(change, going, &workflow, &actor);
        Ok((workflow, version))
    };
    let (workflow, version): (Arc<Workflow>, u64) = caller.change(put).await?;
    let etag = ETag::of_version(version);
    Ok(Tagged::changed(etag, WorkflowBody::of(&workflow)))
}
