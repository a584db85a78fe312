//! Requests whose heads are too long to be read: hyper answers them by itself, with a status and without a word.

use std::fmt::Write;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::to_bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::problem::{Problem, ProblemKind};
use super::activity::Activity;

/// How the answers begin that hyper gives by itself: the address is too long, or all of the head.
const BY_ITSELF: [&[u8]; 2] = [b"HTTP/1.1 414 ", b"HTTP/1.1 431 "];

/// What is the API: programs ask for it.
const API: [&[u8]; 2] = [b"/v1/", b"/api/"];

/// So much of a request is looked at to see what it asks for: the longest method and the beginning of the path.
const BEGINNING: usize = 16;

/// The longest page, in bytes.
const MAX_PAGE_BYTES: usize = 64 << 10;

/// What is answered in place of hyper's own answers.
pub(in super::super) struct UnreadAnswers {
    page: Bytes,
    problem: Bytes,
}

impl UnreadAnswers {
    /// Answers browsers with a page, and programs with a problem.
    pub(in super::super) async fn new(page: Response) -> Self {
        let detail = "the address is longer than 65,534 bytes, or the head of the request too long; name fewer things at once";
        let problem = Problem::new(ProblemKind::AddressTooLong, detail);
        Self {
            page: written(page).await,
            problem: written(problem.into_response()).await,
        }
    }
}

/// A whole answer, as it goes over the wire.
async fn written(response: Response) -> Bytes {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_PAGE_BYTES).await.unwrap_or_default();
    let mut head = format!("HTTP/1.1 {}\r\n", StatusCode::URI_TOO_LONG);
    write_headers(&mut head, &parts.headers);
    // Writing to a string cannot fail.
    let _ = write!(
        head,
        "content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat().into()
}

fn write_headers(head: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        if let (Ok(value), false) = (value.to_str(), name == "content-length") {
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
}

/// A stream on which hyper's own answers have a body.
pub(super) struct Spoken<S> {
    stream: S,
    activity: Arc<Activity>,
    answers: Arc<UnreadAnswers>,
    /// How the request begins that is being read.
    begins: Vec<u8>,
    /// Something was written since: what is read now is another request.
    is_answered: bool,
    /// What is left of an answer to write.
    rest: Bytes,
}

impl<S> Spoken<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, answers: Arc<UnreadAnswers>) -> Self {
        Self {
            stream,
            activity,
            answers,
            begins: Vec::with_capacity(BEGINNING),
            is_answered: false,
            rest: Bytes::new(),
        }
    }

    /// The answer to give in place of this one, if hyper gives it by itself: no request is under way then.
    fn instead_of(&self, written: &[u8]) -> Option<Bytes> {
        let is_own = BY_ITSELF.iter().any(|begins| written.starts_with(begins));
        if !is_own || self.activity.is_under_way() {
            return None;
        }
        let path = self.begins.splitn(2, |byte| *byte == b' ').nth(1);
        let is_of_api = path.is_some_and(|path| API.iter().any(|begins| path.starts_with(begins)));
        Some(match is_of_api {
            true => self.answers.problem.clone(),
            false => self.answers.page.clone(),
        })
    }
}

impl<S: AsyncWrite + Unpin> Spoken<S> {
    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Spoken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        let new = &buffer.filled()[before..];
        if std::mem::take(&mut self.is_answered) {
            self.begins.clear();
        }
        let room = BEGINNING - self.begins.len();
        self.begins.extend_from_slice(&new[..new.len().min(room)]);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Spoken<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(context))?;
        if let Some(answer) = self.instead_of(bytes) {
            // It is written when hyper flushes.
            self.rest = answer;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.is_answered = true;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(context))?;
        let first = slices.iter().find(|slice| !slice.is_empty());
        if let Some(answer) = first.and_then(|first| self.instead_of(first)) {
            self.rest = answer;
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        self.is_answered = true;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_rest(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_rest(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
