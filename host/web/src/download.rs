//! Files as answers, which browsers save under a name.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// A file to save. Its name is one that the host made, of characters of ASCII without quotes.
///
/// # Errors
/// Where the media type, which a formatter names, is none that an answer can have.
pub(crate) fn answer(
    name: &str,
    media_type: &str,
    bytes: u64,
    body: Body,
) -> Result<Response, Failure> {
    let value = |text: &str| {
        HeaderValue::try_from(text).map_err(|_| {
            let detail = "the formatter names a media type that no answer can have";
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })
    };
    let headers = [
        (header::CONTENT_TYPE, value(media_type)?),
        (
            header::CONTENT_DISPOSITION,
            value(&format!("attachment; filename=\"{name}\""))?,
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
    ];
    Ok((headers, body).into_response())
}
