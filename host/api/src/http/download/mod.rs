//! Files as answers: whole, in part, compressed on the way, or not at all where the client has them.
//!
//! A file is answered as it is, or compressed where the client accepts gzip and the file is not
//! compressed already. Both have tags of their own. A part is always of the file as it is, which is
//! why a request for a part is answered so, whatever else it accepts.

mod gzip;
mod range;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented, StatusCode as Code};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::time::Timestamp;
use futures::Stream;

use super::documented;
use super::etag::{ETag, Preconditions};
use super::problem::{Problem, ProblemKind};
use base::hex::encode;
use gzip::Gzip;
use range::{Asking, asked_range};

/// SHA-256 of the file, in hex, also where it is compressed on the way.
pub const SHA256: HeaderName = HeaderName::from_static("vervet-sha256");

/// A file that can be answered.
#[derive(Clone, Debug)]
pub struct Download {
    /// What it is called where it is taken.
    pub name: String,
    /// As it is.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// Of the file.
    pub sha256: [u8; 32],
    /// Since when it is so.
    pub modified: Timestamp,
    /// Whether it may be compressed on the way: not where it is compressed already.
    pub compressible: bool,
}

/// What a request says of how it wants a file.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    preconditions: Preconditions,
    if_modified_since: Option<SystemTime>,
    range: Option<String>,
    if_range: Option<String>,
    accepts_gzip: bool,
}

/// What is to be sent of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing: the client has it.
    NotModified,
    /// All of it, as it is.
    Whole,
    /// All of it, compressed on the way.
    Gzip,
    /// Part of it, as it is.
    Part(Range<u64>),
    /// Nothing: the file has no such part.
    NoSuchPart,
}

impl Download {
    /// The tag of the file as it is.
    pub fn etag(&self) -> ETag {
        ETag::of_content(&self.sha256)
    }

    /// What a request gets of the file.
    pub fn sent(&self, asked: &Asked) -> Sent {
        let range = asked.range.as_deref().filter(|_| self.is_of_this(asked));
        let part = match range.map(|range| asked_range(range, self.bytes)) {
            None | Some(Asking::All) => None,
            Some(Asking::Part(part)) => Some(Sent::Part(part)),
            Some(Asking::Nothing) => Some(Sent::NoSuchPart),
        };
        let sent = part.unwrap_or(match self.compressible && asked.accepts_gzip {
            true => Sent::Gzip,
            false => Sent::Whole,
        });
        let has_it = match asked.preconditions.names_versions() {
            true => asked.preconditions.is_fresh(&self.etag_of(&sent)),
            // A date says whole seconds.
            false => asked
                .if_modified_since
                .is_some_and(|since| self.modified() <= since),
        };
        if has_it { Sent::NotModified } else { sent }
    }

    /// The bytes of the file that are to be read.
    pub fn to_read(&self, sent: &Sent) -> Range<u64> {
        match sent {
            Sent::Whole | Sent::Gzip => 0..self.bytes,
            Sent::Part(part) => part.clone(),
            Sent::NotModified | Sent::NoSuchPart => 0..0,
        }
    }

    /// The answer, with the bytes that are [to be read](Self::to_read).
    ///
    /// # Errors
    /// 416 where the file has no such part, and 500 where its name or media type is no header.
    pub fn answer(
        &self,
        sent: &Sent,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Response, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, self.etag_of(sent).header());
        let modified = text(httpdate::fmt_http_date(self.modified()))?;
        headers.insert(header::LAST_MODIFIED, modified);
        if self.compressible {
            let vary = HeaderValue::from_static("accept-encoding");
            headers.insert(header::VARY, vary);
        }
        if *sent == Sent::NotModified {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        if *sent == Sent::NoSuchPart {
            let detail = format!("the file has {} bytes, none of them asked for", self.bytes);
            let problem = Problem::range_not_satisfiable(detail);
            let range = text(format!("bytes */{}", self.bytes))?;
            return Ok(([(header::CONTENT_RANGE, range)], problem).into_response());
        }
        headers.insert(header::CONTENT_TYPE, text(self.media_type.clone())?);
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        headers.insert(header::CONTENT_DISPOSITION, text(disposition)?);
        headers.insert(SHA256, text(encode(&self.sha256))?);
        if *sent == Sent::Gzip {
            let gzip = HeaderValue::from_static("gzip");
            headers.insert(header::CONTENT_ENCODING, gzip);
            let none = HeaderValue::from_static("none");
            headers.insert(header::ACCEPT_RANGES, none);
            return Ok((headers, Body::from_stream(Gzip::new(bytes))).into_response());
        }
        // Both are of the whole file, also where only a part is sent.
        let digest = STANDARD.encode(self.sha256);
        headers.insert("digest", text(format!("sha-256={digest}"))?);
        headers.insert("repr-digest", text(format!("sha-256=:{digest}:"))?);
        let ranges = HeaderValue::from_static("bytes");
        headers.insert(header::ACCEPT_RANGES, ranges);
        let read = self.to_read(sent);
        let length = HeaderValue::from(read.end - read.start);
        headers.insert(header::CONTENT_LENGTH, length);
        let status = match sent {
            Sent::Part(part) => {
                let of = format!("bytes {}-{}/{}", part.start, part.end - 1, self.bytes);
                headers.insert(header::CONTENT_RANGE, text(of)?);
                StatusCode::PARTIAL_CONTENT
            }
            _ => StatusCode::OK,
        };
        Ok((status, headers, Body::from_stream(bytes)).into_response())
    }

    fn etag_of(&self, sent: &Sent) -> ETag {
        match sent {
            Sent::Gzip => self.etag().coded("gzip"),
            _ => self.etag(),
        }
    }

    fn modified(&self) -> SystemTime {
        let seconds = self.modified.as_micros().div_euclid(1_000_000);
        let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        SystemTime::UNIX_EPOCH + since
    }

    /// Whether the client has a part of this very file, where it says which one it has.
    fn is_of_this(&self, asked: &Asked) -> bool {
        let Some(known) = asked.if_range.as_deref().map(str::trim) else {
            return true;
        };
        if known.starts_with('"') || known.starts_with("W/") {
            return known == self.etag().to_string();
        }
        httpdate::parse_http_date(known).is_ok_and(|known| known == self.modified())
    }
}

impl Asked {
    fn read(headers: &HeaderMap, preconditions: Preconditions) -> Self {
        let text = |name| {
            let mut values = headers.get_all(name).iter();
            let value = values.next().and_then(|value| value.to_str().ok());
            value.filter(|_| values.next().is_none())
        };
        let since = text(header::IF_MODIFIED_SINCE);
        let encodings = headers.get_all(header::ACCEPT_ENCODING).iter();
        let encodings: Vec<&str> = encodings.filter_map(|value| value.to_str().ok()).collect();
        Self {
            preconditions,
            if_modified_since: since.and_then(|since| httpdate::parse_http_date(since).ok()),
            range: text(header::RANGE).map(str::to_owned),
            if_range: text(header::IF_RANGE).map(str::to_owned),
            accepts_gzip: gzip::is_accepted(&encodings.join(",")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let preconditions = Preconditions::from_request_parts(parts, state).await?;
        Ok(Self::read(&parts.headers, preconditions))
    }
}

impl OperationInput for Asked {
    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        let described = |status, description: &str| {
            let response = Documented {
                description: description.to_owned(),
                ..Documented::default()
            };
            (Some(Code::Code(status)), response)
        };
        let mut responses = vec![
            described(206, "The part of the file that `Range` asks for"),
            described(304, "The client has the file already"),
        ];
        responses.extend(documented::responses(
            context,
            &[ProblemKind::RangeNotSatisfiable],
        ));
        responses
    }
}

fn text(text: String) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(text).map_err(|_| Problem::internal())
}
