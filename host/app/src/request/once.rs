//! Makes sure that what a request asks for is done once, even where the request comes again.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::repeats::{Answered, KeptResponse};
use crate::caller::Caller;
use engine::lane::{Change, LaneError, Mark};
use json::to_json;

/// A request that is carried out once, where its client gave it a key; always, where not.
#[derive(Clone, Default)]
pub struct Once(Option<Asked>);

#[derive(Clone)]
struct Asked {
    keyed: Keyed,
    /// SHA-256 of the request.
    request: [u8; 32],
}

/// A key that a client gave its request.
#[derive(Clone)]
pub struct Keyed {
    /// What it was answered before.
    known: Option<Answered>,
    /// Says in the commit that it was carried out.
    mark: Arc<Mark>,
    /// Whether the mark has the answer, too.
    has_answer: Arc<Mutex<bool>>,
}

/// An answer that can be given again.
pub trait Replayable: Serialize + DeserializeOwned + Send + 'static {
    /// The same without what is shown once.
    fn without_secrets(&self) -> Self;
}

/// Why a request that came again cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepeatError {
    /// The key stands for another request.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    OtherRequest,
    /// What another release of the host kept of the answer says too little.
    #[error(
        "a request with this Idempotency-Key was carried out by another release of the host, and its answer cannot be given again; read the resource to see what came of it"
    )]
    OtherRelease,
    /// The answer cannot be kept.
    #[error("the answer to a request cannot be kept")]
    Damaged,
}

impl Keyed {
    /// A key under which this was answered before, if anything was, and with this mark is noted what comes of it now.
    pub fn new(known: Option<Answered>, mark: Arc<Mark>) -> Self {
        Self {
            known,
            mark,
            has_answer: Arc::default(),
        }
    }

    /// Whether the answer is in the commit of what was changed.
    pub fn has_answer(&self) -> bool {
        *self.has_answer.lock()
    }
}

impl Once {
    /// A request without a key.
    pub fn unkeyed() -> Self {
        Self::default()
    }

    /// A request with a key, and its SHA-256.
    pub fn keyed(keyed: Keyed, request: [u8; 32]) -> Self {
        Self(Some(Asked { keyed, request }))
    }

    /// Makes the change in the caller's lane, or answers what was answered before.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the key stands for another request.
    pub async fn make<T, E, F>(self, caller: &Caller, make: F) -> Result<T, E>
    where
        T: Replayable,
        E: From<LaneError> + From<RepeatError> + Send + 'static,
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
    {
        let Some(Asked { keyed, request }) = self.0 else {
            return caller.change(make).await;
        };
        if let Some(known) = keyed.known {
            if known.request != request {
                return Err(RepeatError::OtherRequest.into());
            }
            caller.check_again().map_err(LaneError::Revoked)?;
            return Ok(again(&known)?);
        }
        let change = move |change: &mut Change<'_>| {
            let made = make(change)?;
            let answer = to_json(&made.without_secrets()).map_err(|error| {
                tracing::error!(%error, "an answer could not be written as JSON");
                RepeatError::Damaged
            })?;
            let answered = Answered {
                at: change.at().as_micros(),
                request,
                answer,
                response: KeptResponse::Made,
            };
            keyed.mark.set_value(answered.write());
            *keyed.has_answer.lock() = true;
            Ok(made)
        };
        caller.change(change).await
    }
}

fn again<T: Replayable>(known: &Answered) -> Result<T, RepeatError> {
    serde_json::from_str(&known.answer.to_string()).map_err(|error| {
        tracing::warn!(%error, "what another release kept of an answer cannot be read");
        RepeatError::OtherRelease
    })
}
