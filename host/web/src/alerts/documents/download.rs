//! Looking at a document, and taking it.

use app::alerts::documents::{self, DocumentView};
use app::document::disposition;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use maud::{Markup, html};

use super::super::answer::{OfPart, OnAlert};
use super::{PLACE, Preview};
use crate::browser::Named;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::{EN, bytes};

/// Whatever a document is, it can run nothing where it is opened.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// So much of a text is shown, in bytes.
const SHOWN_BYTES: u64 = 64 << 10;

/// The document as a download, which no browser shows as a page of the host; pictures of a page may be it.
pub(crate) async fn content(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
) -> Result<Response, Failure> {
    let document = documents::read(&on.app, on.caller(), on.alert, part).await?;
    let media_type = match document.media_type.as_str() {
        "text/plain" => "text/plain; charset=utf-8",
        other => other,
    };
    let headers = [
        (header::CONTENT_TYPE, text(media_type)?),
        (header::CONTENT_LENGTH, document.bytes.into()),
        (
            header::CONTENT_DISPOSITION,
            text(&disposition(&document.name))?,
        ),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    let bytes = documents::open(&on.app, on.caller(), &document, 0..document.bytes).await?;
    Ok((headers, Body::from_stream(bytes)).into_response())
}

fn text(value: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::try_from(value).map_err(|error| {
        tracing::error!(%error, "a document has a name or a type that is no header");
        Failure::from(app::blocking::Panicked)
    })
}

/// A picture, or the beginning of a text.
pub(crate) async fn preview(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
) -> Result<Markup, Failure> {
    let document = documents::read(&on.app, on.caller(), on.alert, part).await?;
    let kind = Preview::of(&document);
    let kind = kind.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, EN.documents.no_preview))?;
    let content = on
        .origin
        .address(&format!("/alerts/{}/documents/{part}", on.alert));
    let shown = match kind {
        Preview::Image => html! {
            img.preview src=(content) alt=(document.description.as_deref().unwrap_or(&document.name));
        },
        Preview::Text => {
            let beginning = beginning(&on, &document).await?;
            html! {
                pre tabindex="0" { (beginning) }
                @if document.bytes > SHOWN_BYTES { p.note { (EN.documents.beginning) } }
            }
        }
    };
    let body = html! {
        nav.crumbs { a href={ (on.page()) (PLACE) } { (EN.documents.back) } }
        div.headed {
            h1 { (document.name) }
            a.button href=(content) { (EN.documents.download) }
        }
        p.note { (EN.documents.kind(&document.media_type)) " · " (bytes(document.bytes)) }
        @if let Some(description) = &document.description { p { (description) } }
        (shown)
    };
    Ok(frame::page(
        on.caller(),
        Part::Alerts,
        &document.name,
        &body,
    ))
}

/// The beginning of a text, up to a whole letter.
async fn beginning(on: &OnAlert, document: &DocumentView) -> Result<String, Failure> {
    let range = 0..document.bytes.min(SHOWN_BYTES);
    let bytes = documents::open(&on.app, on.caller(), document, range).await?;
    let pieces: Vec<_> = bytes.try_collect().await.map_err(|error| {
        tracing::error!(%error, "a document breaks off");
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, EN.documents.unreadable)
    })?;
    let bytes = pieces.concat();
    let whole = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let (whole, _) = bytes.split_at(error.valid_up_to());
            std::str::from_utf8(whole).unwrap_or_default()
        }
    };
    Ok(whole.to_owned())
}
