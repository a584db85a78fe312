//! Settings → Workflow: the states of alerts, the moves between them, and a place to try conditions.

mod form;
mod trial;
mod typed;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::Expected;
use app::workflow::{self, CurrentWorkflow, PutWorkflowError, TryConditionError};
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use tenant::Permission;

use self::trial::{Tried, TypedTrial};
use self::typed::TypedWorkflow;
use crate::browser::{SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::settings::tabs;
use crate::text::EN;

/// The page of the workflow.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings/workflow", get(show).post(put))
        .route("/settings/workflow/try", get(back).post(try_condition))
}

impl From<PutWorkflowError> for Failure {
    fn from(error: PutWorkflowError) -> Self {
        use PutWorkflowError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Invalid(invalid) => {
                return Self::new(StatusCode::UNPROCESSABLE_ENTITY, invalid.in_full());
            }
            E::Stale(_) => return Self::new(StatusCode::PRECONDITION_FAILED, EN.elements.changed),
            E::Stranded(_) | E::TooManyMoved(_) => StatusCode::CONFLICT,
            E::Panicked(_) => StatusCode::INTERNAL_SERVER_ERROR,
            E::NotWhole(_) | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<TryConditionError> for Failure {
    fn from(error: TryConditionError) -> Self {
        let status = match &error {
            TryConditionError::Forbidden(_) => StatusCode::FORBIDDEN,
            TryConditionError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            TryConditionError::Panicked(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    let current = workflow::read(&caller)?;
    let typed = TypedWorkflow::of(&current.workflow, current.version);
    let was_saved = uri.query() == Some("saved");
    let content = html! {
        @if was_saved { p.done role="status" { (EN.workflow.saved) } }
        (body(&caller, &typed, &TypedTrial::example(), None))
    };
    Ok(page(&caller, &content))
}

async fn put(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedWorkflow>,
) -> Result<Response, Failure> {
    caller.require(Permission::WorkflowConfigure)?;
    let expected = Expected::version(typed.version);
    let done = match typed.read() {
        Ok(new) => workflow::put(&caller, expected, new)
            .await
            .map_err(Failure::from),
        Err(refused) => Err(refused),
    };
    let Err(refused) = done else {
        return Ok(Redirect::to("/settings/workflow?saved").into_response());
    };
    let CurrentWorkflow { version, .. } = workflow::read(&caller)?;
    let typed = typed.meant_for(version);
    let content = html! {
        (frame::alarm(refused.detail()))
        (body(&caller, &typed, &TypedTrial::example(), None))
    };
    Ok((refused.status(), page(&caller, &content)).into_response())
}

/// Answers the page with what a condition says of an alert.
async fn try_condition(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedTrial>,
) -> Result<Response, Failure> {
    caller.require(Permission::WorkflowConfigure)?;
    let current = workflow::read(&caller)?;
    let written = TypedWorkflow::of(&current.workflow, current.version);
    let (status, tried) = match typed.run(&caller).await {
        Ok(tried) => (StatusCode::OK, tried),
        Err(refused) => (
            refused.status(),
            Tried::Refused(refused.detail().to_owned()),
        ),
    };
    let content = body(&caller, &written, &typed, Some(&tried));
    Ok((status, page(&caller, &content)).into_response())
}

/// Leads from the address of a form to the page.
async fn back() -> Redirect {
    Redirect::to("/settings/workflow")
}

fn page(caller: &Caller, content: &Markup) -> Markup {
    let text = &EN.workflow;
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        p.note { (text.hint) }
        (content)
    };
    frame::page(caller, Part::Settings, text.title, &content)
}

fn body(
    caller: &Caller,
    typed: &TypedWorkflow,
    trial: &TypedTrial,
    tried: Option<&Tried>,
) -> Markup {
    let may_write = caller.may(Permission::WorkflowConfigure);
    html! {
        (form::form(typed, may_write))
        @if may_write { (trial::form(trial, tried)) }
    }
}
