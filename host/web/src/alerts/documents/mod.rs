//! Files that people put to an alert: the list with its forms; [`upload`] takes them, [`download`] shows and gives them.

mod download;
mod upload;

use app::alerts::documents::{self, DocumentView, FetchError, UploadError};
use app::caller::Caller;
use app::request::Expected;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use tenant::Permission;

use super::answer::{Notice, OfPart, OnAlert};
use super::shown::Shown;
use super::tasks::TypedVersion;
use crate::browser::{Named, Typed};
use crate::elements::{asking, denied};
use crate::failure::Failure;
use crate::text::{EN, bytes};
use crate::when::Zone;

pub(crate) use download::{content, preview};
pub(crate) use upload::upload;

/// Where the section stands on the page.
const PLACE: &str = "#documents";

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let detail = error.to_string();
        let status = match error {
            UploadError::Part(error) => return error.into(),
            UploadError::Forbidden(_) => StatusCode::FORBIDDEN,
            UploadError::Full => StatusCode::CONFLICT,
            UploadError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::Refused(_) | UploadError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            UploadError::Files | UploadError::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
            UploadError::Lost => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, detail)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Part(error) => error.into(),
            FetchError::Files => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    }
}

/// How a document can be looked at without taking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preview {
    Image,
    Text,
}

impl Preview {
    /// Nothing but pictures that every browser knows, and text, which nothing is made of.
    fn of(document: &DocumentView) -> Option<Self> {
        match document.media_type.as_str() {
            "image/png" | "image/jpeg" | "image/gif" | "image/webp" => Some(Self::Image),
            "text/plain" => Some(Self::Text),
            _ => None,
        }
    }
}

pub(crate) async fn delete(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedVersion>,
) -> Response {
    let expected = Expected::version(typed.version);
    let done = documents::delete(&on.app, on.caller(), on.alert, part, expected).await;
    let done = done.map_err(Failure::from);
    on.answer_of(done, PLACE, part, typed.version).await
}

/// The documents, and the form that puts another one to the alert.
pub(super) fn section(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.documents;
    let Some(documents) = &shown.documents else {
        return html! {};
    };
    let description = notice.map_or("", |notice| notice.kept.description);
    html! {
        section.card aria-labelledby="documents" {
            h2 #documents { (text.title) }
            @if documents.items.is_empty() { p.empty { (text.empty) } }
            @else {
                ul.documents {
                    @for document in &documents.items { li { (one_document(shown, caller, zone, document)) } }
                }
            }
            @if documents.has_more() { p.note { (EN.alert.more) } }
            @if !shown.is_whole() {
            } @else if caller.may(Permission::DocumentWrite) {
                details open[!description.is_empty()] {
                    summary { (text.new) }
                    form.stack action=(shown.action("documents")) method="post" enctype="multipart/form-data" {
                        label for="description" { (text.description) }
                        input #description name="description" maxlength=(documents::MAX_DESCRIPTION) value=(description);
                        label for="file" { (text.file) }
                        input #file type="file" name="file" required aria-describedby="file-hint";
                        p.note #file-hint { (text.file_hint) }
                        button type="submit" { (text.upload) }
                    }
                }
            } @else {
                (denied(text.new, &(EN.elements.needs)(Permission::DocumentWrite.as_str())))
            }
        }
    }
}

fn one_document(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    document: &DocumentView,
) -> Markup {
    let text = &EN.documents;
    let id = document.id;
    let content = shown.address(&format!("documents/{id}"));
    html! {
        p {
            @if Preview::of(document).is_some() {
                a href=(shown.address(&format!("documents/{id}/preview"))) { (document.name) }
                " " a.note href=(content) { (text.download) }
            } @else {
                a href=(content) { (document.name) }
            }
        }
        @if let Some(description) = &document.description { p { (description) } }
        p.note {
            (text.kind(&document.media_type)) " · " (bytes(document.bytes)) " · "
            (document.author.login) " · " (zone.time(document.created_at))
        }
        @if caller.may(Permission::DocumentWrite) && shown.is_whole() {
            (asking(text.delete, &(text.delete_question)(&document.name), &html! {
                form action=(shown.action(&format!("documents/{id}/delete"))) method="post" {
                    input type="hidden" name="version" value=(document.version);
                    button.danger type="submit" { (text.delete) }
                }
            }))
        }
    }
}
