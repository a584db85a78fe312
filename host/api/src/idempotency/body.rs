//! The SHA-256 of a request, made while its body is read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use memchr::memmem;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// The hash of a request, which is whole once its body was read. Clones are the same.
#[derive(Clone)]
pub(super) struct RequestHash(Arc<Mutex<Hashing>>);

struct Hashing {
    hash: Sha256,
    /// Of a form: every sending has another one, so it is left out.
    boundary: Vec<u8>,
    /// What may be the beginning of a boundary.
    tail: Vec<u8>,
    /// What the handler did not read.
    rest: Option<Body>,
}

impl RequestHash {
    /// Goes on with a hash; the boundary of a form is left out of it.
    pub(super) fn new(begun: Sha256, boundary: Option<&str>) -> Self {
        Self(Arc::new(Mutex::new(Hashing {
            hash: begun,
            boundary: boundary.unwrap_or_default().as_bytes().to_vec(),
            tail: Vec::new(),
            rest: None,
        })))
    }

    /// The body, hashed as it is read.
    pub(super) fn of(&self, body: Body) -> Body {
        Body::new(HashedBody {
            body,
            hash: self.clone(),
        })
    }

    /// Reads what was not read of the body, and ends the hash; none if the body is longer than so many bytes, or
    /// breaks off.
    pub(super) async fn finish(&self, max_bytes: u64) -> Option<[u8; 32]> {
        let rest = self.0.lock().rest.take();
        let mut rest = rest.unwrap_or_default().into_data_stream();
        let mut read = 0;
        while let Some(piece) = rest.next().await {
            let piece = piece.ok()?;
            read += piece.len() as u64;
            if read > max_bytes {
                return None;
            }
            self.0.lock().update(&piece);
        }
        let mut hashing = self.0.lock();
        let tail = std::mem::take(&mut hashing.tail);
        hashing.hash.update(tail);
        Some(hashing.hash.clone().finalize().into())
    }
}

impl Hashing {
    fn update(&mut self, bytes: &[u8]) {
        if self.boundary.is_empty() {
            self.hash.update(bytes);
            return;
        }
        self.tail.extend_from_slice(bytes);
        let mut hashed = 0;
        for at in memmem::find_iter(&self.tail, &self.boundary) {
            self.hash.update(&self.tail[hashed..at]);
            hashed = at + self.boundary.len();
        }
        let kept = (self.tail.len() - hashed).min(self.boundary.len() - 1);
        let end = self.tail.len() - kept;
        self.hash.update(&self.tail[hashed..end]);
        self.tail.drain(..end);
    }
}

struct HashedBody {
    body: Body,
    hash: RequestHash,
}

impl HttpBody for HashedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(bytes) = frame.data_ref()
        {
            self.hash.0.lock().update(bytes);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for HashedBody {
    fn drop(&mut self) {
        self.hash.0.lock().rest = Some(std::mem::take(&mut self.body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of a form that comes in pieces of so many bytes, of which the handler reads the first ones.
    async fn hash(form: &str, boundary: &str, piece: usize, read: usize) -> [u8; 32] {
        let hash = RequestHash::new(Sha256::new(), Some(boundary));
        let pieces: Vec<_> = form
            .as_bytes()
            .chunks(piece)
            .map(Bytes::copy_from_slice)
            .collect();
        let pieces = futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        let mut body = hash.of(Body::from_stream(pieces)).into_data_stream();
        for _ in 0..read {
            body.next().await;
        }
        drop(body);
        hash.finish(1 << 20).await.expect("it is whole")
    }

    #[tokio::test]
    async fn a_form_is_the_same_with_another_boundary() {
        let form = |boundary: &str, text: &str| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{text}\r\n--{boundary}--\r\n"
            )
        };
        let expect = hash(&form("aXaXb", "aXaXaX"), "aXaXb", 7, 2).await;
        for (boundary, piece, read) in [("----1234", 1, 0), ("edge", 3, 100), ("aXaXb", 1000, 1)] {
            let again = hash(&form(boundary, "aXaXaX"), boundary, piece, read).await;
            assert_eq!(again, expect, "{boundary}");
        }
        assert_ne!(hash(&form("edge", "other"), "edge", 3, 0).await, expect);
    }

    #[tokio::test]
    async fn a_body_without_end_has_no_hash() {
        let hash = RequestHash::new(Sha256::new(), None);
        drop(hash.of(Body::from(vec![0; 2000])));
        assert_eq!(hash.finish(1000).await, None);
    }
}
