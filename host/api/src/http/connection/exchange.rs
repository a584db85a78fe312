//! One request and its answer, as their connection sees them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use super::activity::{Activity, LongAnswer};

/// Bytes that an answer is sent at once. Longer pieces are cut, so that it is seen whether they are read.
const PIECE_BYTES: usize = 64 << 10;

/// A request that is under way until this is dropped.
pub(super) struct Exchange {
    activity: Arc<Activity>,
    read_at: Arc<AtomicU64>,
}

impl Exchange {
    pub(super) fn begin(activity: Arc<Activity>) -> Self {
        activity.begin_request();
        Self {
            activity,
            read_at: Arc::default(),
        }
    }

    /// The body of the request.
    pub(super) fn request(&self, body: Incoming) -> RequestBody {
        RequestBody {
            body,
            activity: self.activity.clone(),
            read_at: self.read_at.clone(),
        }
    }

    /// The body of the answer. A short one is watched by its connection alone.
    pub(super) fn answer(self, body: Body) -> Body {
        let exact = body.size_hint().exact();
        if exact.is_some_and(|bytes| bytes <= PIECE_BYTES as u64) {
            return body;
        }
        let (id, answer) = self.activity.begin_answer(self.read_at.clone());
        Body::new(AnswerBody {
            body,
            rest: Bytes::new(),
            exchange: self,
            id,
            answer,
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.activity.end_request();
    }
}

/// The body of a request, which notes when something of it comes.
pub(super) struct RequestBody {
    body: Incoming,
    activity: Arc<Activity>,
    read_at: Arc<AtomicU64>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.activity.has_read();
        self.read_at.store(self.activity.now(), Ordering::Relaxed);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a long answer, which notes whether it waits for the client or the client for it.
struct AnswerBody {
    body: Body,
    /// What is left of a piece that was cut.
    rest: Bytes,
    exchange: Exchange,
    id: u64,
    answer: Arc<LongAnswer>,
}

impl AnswerBody {
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE_BYTES));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let piece = self.poll_piece(context);
        match &piece {
            Poll::Ready(_) => self.answer.is_offered(self.exchange.activity.now()),
            Poll::Pending => self.answer.is_awaited(),
        }
        piece
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.exchange.activity.end_answer(self.id);
    }
}
