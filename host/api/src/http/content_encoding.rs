//! Bodies that were compressed on their way: `Content-Encoding: gzip`.
//!
//! They are inflated as they are read, so that every limit holds for what is inflated, and a small body that inflates
//! to a huge one never is in memory as a whole.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use hyper::body::{Body as HttpBody, Frame};

use super::problem::{Problem, ProblemKind};

/// Compressed bytes that are inflated at once: a kibibyte inflates to at most a mebibyte.
const STEP_BYTES: usize = 1 << 10;

/// Inflated bytes after which a piece of the body is passed on.
const PIECE_BYTES: usize = 32 << 10;

/// A body that says it is gzip, and is not, or not to its end.
#[derive(Debug, thiserror::Error)]
#[error("the body is not valid gzip: {0}")]
pub(super) struct InvalidGzip(io::Error);

/// Inflates the body of a request that says it is gzip, and refuses other codings with 415.
pub(super) async fn inflate(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    if !headers.contains_key(header::CONTENT_ENCODING) {
        return next.run(request).await;
    }
    match is_gzip(headers) {
        Ok(is_gzip) => {
            headers.remove(header::CONTENT_ENCODING);
            if is_gzip {
                // It is of the compressed body.
                headers.remove(header::CONTENT_LENGTH);
                request = request.map(|body| Body::new(Inflated::new(body)));
            }
            next.run(request).await
        }
        Err(coding) => {
            let detail = format!("the body may be sent as it is or as gzip, not as '{coding}'");
            let refused = Problem::new(ProblemKind::UnsupportedMediaType, detail);
            let accepted = HeaderValue::from_static("gzip");
            ([(header::ACCEPT_ENCODING, accepted)], refused).into_response()
        }
    }
}

/// Whether the body is gzip, and nothing else besides.
///
/// # Errors
/// What else it is.
fn is_gzip(headers: &HeaderMap) -> Result<bool, String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let codings = values.join(",").to_ascii_lowercase();
    match codings.trim() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(other.to_owned()),
    }
}

/// A body, inflated as it is read.
struct Inflated {
    body: Body,
    /// Read and not yet inflated.
    compressed: Bytes,
    /// None once the body has ended.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    /// Whether anything came: a body of nothing is nothing.
    has_begun: bool,
}

impl Inflated {
    fn new(body: Body) -> Self {
        Self {
            body,
            compressed: Bytes::new(),
            decoder: Some(MultiGzDecoder::new(Vec::new())),
            has_begun: false,
        }
    }

    /// Inflates some of what was read; empty where nothing came of it yet.
    fn step(&mut self) -> io::Result<Vec<u8>> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(Vec::new());
        };
        while !self.compressed.is_empty() && decoder.get_ref().len() < PIECE_BYTES {
            let step = self.compressed.len().min(STEP_BYTES);
            decoder.write_all(&self.compressed.split_to(step))?;
        }
        Ok(std::mem::take(decoder.get_mut()))
    }

    /// Ends the body, which must be whole.
    fn finish(&mut self) -> io::Result<Vec<u8>> {
        match self.decoder.take() {
            Some(mut decoder) if self.has_begun => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The error with which the body ends.
    fn fail(&mut self, error: io::Error) -> axum::Error {
        self.decoder = None;
        self.compressed = Bytes::new();
        axum::Error::new(InvalidGzip(error))
    }
}

impl HttpBody for Inflated {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            if self.decoder.is_none() {
                return Poll::Ready(None);
            }
            let inflated = if self.compressed.is_empty() {
                match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                    Some(Ok(frame)) => {
                        // Trailers say nothing that is read here.
                        self.compressed = frame.into_data().unwrap_or_default();
                        self.has_begun |= !self.compressed.is_empty();
                        continue;
                    }
                    Some(Err(error)) => {
                        self.decoder = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => self.finish(),
                }
            } else {
                self.step()
            };
            match inflated {
                Ok(inflated) if inflated.is_empty() => {}
                Ok(inflated) => return Poll::Ready(Some(Ok(Frame::data(inflated.into())))),
                Err(error) => {
                    let error = self.fail(error);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    /// Inflates a body that comes in pieces of so many bytes.
    async fn inflated(compressed: &[u8], piece: usize) -> Result<Vec<u8>, axum::Error> {
        let pieces: Vec<_> = compressed
            .chunks(piece)
            .map(Bytes::copy_from_slice)
            .collect();
        let pieces = futures::stream::iter(pieces.into_iter().map(Ok::<_, io::Error>));
        let body = Body::new(Inflated::new(Body::from_stream(pieces)));
        Ok(axum::body::to_bytes(body, usize::MAX).await?.to_vec())
    }

    #[tokio::test]
    async fn however_it_comes_it_is_inflated() {
        let text: Vec<u8> = (0..500_000_u32)
            .flat_map(|number| (number / 7).to_le_bytes())
            .collect();
        let whole = gzip(&text);
        for piece in [1, 13, 4096, whole.len()] {
            assert!(
                inflated(&whole, piece).await.expect("gzip") == text,
                "{piece}"
            );
        }
        // Several gzip members, one after the other, are one body.
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(inflated(&two, 5).await.expect("gzip"), b"one two");
        assert_eq!(inflated(b"", 5).await.expect("nothing"), b"");
    }

    #[tokio::test]
    async fn what_is_broken_is_no_body() {
        let whole = gzip(b"a text that is long enough to be cut in the middle of it");
        for broken in [
            &whole[..whole.len() - 1],
            &whole[..12],
            b"plain text",
            &[whole.as_slice(), b"more"].concat(),
        ] {
            assert!(inflated(broken, 7).await.is_err(), "{broken:?}");
        }
    }

    #[test]
    fn codings_are_told_apart() {
        let check = |values: &[&'static str], expect: Result<bool, String>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(is_gzip(&headers), expect, "{values:?}");
        };
        check(&["identity"], Ok(false));
        check(&["GZIP"], Ok(true));
        check(&["x-gzip"], Ok(true));
        check(&["br"], Err("br".to_owned()));
        check(&["gzip", "gzip"], Err("gzip,gzip".to_owned()));
    }
}
