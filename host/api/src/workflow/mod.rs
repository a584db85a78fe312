//! The workflow of alerts: `/v1/workflow`.

mod body;
mod trial;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use super::caller::UserCaller;
use super::problem_from::problem_from;
use crate::http::{ETag, JsonBody, Preconditions, Problem, ProblemKind, Tagged, problems};
use app::App;
use app::workflow::{self, PutWorkflowError, TryConditionError};
use body::{NewWorkflowBody, WorkflowBody};

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

problem_from!(PutWorkflowError {
    Forbidden, Invalid, Stale, NotWhole, Panicked, Lane;
    Conflict: Stranded, TooManyMoved
});
problem_from!(TryConditionError {
    Forbidden,
    Invalid,
    Panicked
});

async fn read_workflow(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<WorkflowBody>, Problem> {
    let current = workflow::read(&caller)?;
    let body = WorkflowBody::of(&current.workflow);
    let etag = ETag::of_version(current.version);
    Ok(Tagged::get(etag, body, &preconditions))
}

async fn put_workflow(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewWorkflowBody>,
) -> Result<Tagged<WorkflowBody>, Problem> {
    let current = workflow::put(&caller, preconditions.expected(), new.into()).await?;
    let body = WorkflowBody::of(&current.workflow);
    Ok(Tagged::changed(ETag::of_version(current.version), body))
}
