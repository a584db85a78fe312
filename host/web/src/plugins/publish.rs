//! Publishing a plugin: the upload, and each check with what it came to.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::plugins::checks::{Check, CheckResult};
use app::plugins::publish::{self as publishing, Publication, PublishPluginError};
use app::plugins::uploads::{self, Uploaded};
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use uuid::Uuid;

use super::{address, list};
use crate::browser::{Named, SignedIn};
use crate::elements::live;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

pub(super) async fn publish(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    request: Request,
) -> Result<Response, Failure> {
    publishing::check_may_publish(&caller)?;
    let upload = match file(request, &app).await {
        Ok(upload) => upload,
        Err(failure) => {
            let page = list::render(&app, &caller, None, Some(&failure))?;
            return Ok((failure.status(), page).into_response());
        }
    };
    Ok(match publishing::publish(&app, &caller, upload).await {
        Ok(Publication::Published(uploaded)) => shown(&caller, Ok(&uploaded)),
        Ok(Publication::Ended(ended)) => shown(&caller, ended.outcome.as_ref()),
        Ok(Publication::UnderWay(id, _)) => {
            Redirect::to(&format!("/plugin-uploads/{id}")).into_response()
        }
        Err(error) => shown(&caller, Err(&error)),
    })
}

/// An upload that takes long to compile.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<Uuid>,
) -> Result<Response, Failure> {
    let upload = uploads::read(&app.uploads, &caller, id)?;
    let address = format!("/plugin-uploads/{id}");
    Ok(match &upload.ended {
        None => {
            let content = html! { p role="status" { (EN.plugins.compiling) } };
            page(&caller, &live("upload-now", &address, true, &content)).into_response()
        }
        // The page was asked for, and is there.
        Some(ended) => {
            let content = live(
                "upload-now",
                &address,
                false,
                &outcome(ended.outcome.as_ref()),
            );
            page(&caller, &content).into_response()
        }
    })
}

/// The bytes of the file of a form.
async fn file(request: Request, app: &Arc<App>) -> Result<Bytes, Failure> {
    let unread = |status: StatusCode| {
        let detail = match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                (EN.plugins.limit)(app.config.plugins.upload_bytes as u64)
            }
            _ => EN.plugins.unread.to_owned(),
        };
        Failure::new(status, detail)
    };
    let mut form = Multipart::from_request(request, app)
        .await
        .map_err(|rejection| unread(rejection.status()))?;
    let mut upload = Bytes::new();
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| unread(error.status()))?
    {
        if field.name() == Some("file") {
            let bytes = field.bytes().await;
            upload = bytes.map_err(|error| unread(error.status()))?;
        }
    }
    if !upload.is_empty() {
        return Ok(upload);
    }
    let detail = EN.plugins.no_file;
    Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
}

/// The page of an upload that has ended.
fn shown(caller: &Caller, ended: Result<&Uploaded, &PublishPluginError>) -> Response {
    let status = match ended {
        Ok(_) => StatusCode::OK,
        Err(error) => Failure::from(error).status(),
    };
    (status, page(caller, &outcome(ended))).into_response()
}

fn page(caller: &Caller, content: &Markup) -> Markup {
    let text = &EN.plugins;
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) { a href="/plugins" data-key="u" { (text.title) } }
        h1 { (text.result) }
        (content)
    };
    frame::page(caller, Part::Plugins, text.result, &content)
}

/// What an upload came to, check by check.
fn outcome(ended: Result<&Uploaded, &PublishPluginError>) -> Markup {
    let text = &EN.plugins;
    let failed = ended.err().and_then(Check::failed);
    html! {
        @match ended {
            Ok(uploaded) => {
                p.done role="status" { (if uploaded.fresh { text.is_published } else { text.was_published }) }
                p { a href=(address(&uploaded.plugin)) { (text.open) ": " (uploaded.plugin.name) " " (uploaded.plugin.version) } }
            }
            Err(error) if failed.is_none() => (frame::alarm(&error.to_string())),
            Err(_) => (frame::alarm(text.refused)),
        }
        @if ended.is_ok() || failed.is_some() {
            section.card aria-labelledby="checks" {
                h2 #checks { (text.checks) }
                ul.checks {
                    @for check in Check::ALL {
                        (one_check(check, check.result(failed), ended.err()))
                    }
                }
            }
        }
        @if let Ok(uploaded) = ended {
            section.card aria-labelledby="found" {
                h2 #found { (text.found) }
                ul { @for found in &uploaded.checks { li { (found) } } }
            }
        }
    }
}

fn one_check(check: Check, result: CheckResult, error: Option<&PublishPluginError>) -> Markup {
    let text = &EN.plugins;
    let (class, shape, word) = match result {
        CheckResult::Passed => ("met", "✓", text.passed),
        CheckResult::Failed => ("unmet", "✗", text.failed),
        CheckResult::NotReached => ("", "–", text.not_reached),
    };
    html! {
        li class=(class) {
            strong { span aria-hidden="true" { (shape) } " " (title(check)) ": " (word) }
            @if let Some(error) = error.filter(|_| result == CheckResult::Failed) { div.note { (error) } }
        }
    }
}

fn title(check: Check) -> &'static str {
    let text = &EN.plugins;
    match check {
        Check::Size => text.size_check,
        Check::Compile => text.compile_check,
        Check::Contract => text.contract_check,
        Check::Describe => text.describe_check,
        Check::Manifest => text.manifest_check,
        Check::Version => text.version_check,
        Check::Room => text.room_check,
    }
}
