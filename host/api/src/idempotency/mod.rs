//! `Idempotency-Key`: a POST that creates something or acts can be sent again.
//!
//! The key is the caller's own. The same key with the same request answers what was answered first, without its
//! secrets, which are shown once; with another request it is 422, and while the first is under way 409.
//!
//! [`honour`] stands around all POSTs, so that none can be forgotten, and keeps whole responses. That a request was
//! carried out is in the commit of its first change; its response is kept when it is there. If the host stops between
//! the two, the request is not carried out again, and the client is told so. Where even that would be too little, a
//! handler takes [`Repeatable`]: its answer is in the commit of the change itself.

mod body;
mod honour;
mod secrets;

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::{FromRequest, Request};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::caller::UserCaller;
use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Created, JsonBody, Problem};
use app::repeats::{Answered, KeptResponse};
use engine::lane::{Change, Mark};
use json::{JsonValue, to_json};

pub(super) use honour::BY_CONTENT;
pub(crate) use honour::honour;

/// A JSON body of a request that may come again. The body must hold no secret,
/// because its SHA-256 is kept.
pub(super) struct Repeatable<T> {
    pub(super) body: T,
    pub(super) once: Once,
}

/// Makes sure that what a request asks for is done once.
#[derive(Clone)]
pub(super) struct Once(Option<Asked>);

#[derive(Clone)]
struct Asked {
    keyed: Keyed,
    request: [u8; 32],
}

/// A request with a key, as [`honour`] hands it to handlers.
#[derive(Clone)]
struct Keyed {
    /// What it was answered before, where its handler makes the response of it.
    known: Option<Answered>,
    /// Says in the commit that it was carried out.
    mark: Arc<Mark>,
    /// Whether the mark has the answer, too.
    has_answer: Arc<Mutex<bool>>,
}

/// An answer that can be given again.
pub(super) trait Answer: Serialize + DeserializeOwned + Send + 'static {
    /// The same without what is shown once.
    fn without_secrets(&self) -> Self;
}

impl Once {
    /// Makes the change in the tenant's lane, or answers what was answered before.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the key stands for another request.
    pub(super) async fn create<T, F>(
        self,
        caller: &UserCaller,
        make: F,
    ) -> Result<Created<T>, Problem>
    where
        T: Answer,
        F: FnOnce(&mut Change<'_>) -> Result<T, Problem> + Send + 'static,
    {
        let Some(Asked { keyed, request }) = self.0 else {
            return Ok(Created(caller.change(make).await?));
        };
        if let Some(known) = keyed.known {
            if known.request != request {
                return Err(other_request());
            }
            caller.check_again()?;
            return again(&known.answer).map(Created);
        }
        let change = move |change: &mut Change<'_>| {
            let made = make(change)?;
            let answer = to_json(&made.without_secrets()).map_err(|error| {
                tracing::error!(%error, "an answer could not be written as JSON");
                Problem::internal()
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
        Ok(Created(caller.change(change).await?))
    }
}

fn other_request() -> Problem {
    let detail = "this Idempotency-Key was used for another request; use a new one";
    Problem::unprocessable(detail, Vec::new())
}

fn again<T: Answer>(answer: &JsonValue) -> Result<T, Problem> {
    serde_json::from_str(&answer.to_string()).map_err(|error| {
        tracing::error!(%error, "a stored answer cannot be read");
        Problem::internal()
    })
}

/// Begins the SHA-256 of a request: its body follows.
fn begin_hash(method: &axum::http::Method, uri: &axum::http::Uri) -> Sha256 {
    // HTTP/2 has the scheme and the host in it, too.
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let mut hash = Sha256::new();
    hash.update(format!("{method} {path}\n"));
    hash
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Repeatable<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &["application/json"])?;
        let keyed = request.extensions().get::<Keyed>().cloned();
        let mut hash = begin_hash(request.method(), request.uri());
        let bytes = read_bytes(request, state).await?;
        let asked = keyed.map(|keyed| {
            hash.update(&bytes);
            let request = hash.finalize().into();
            Asked { keyed, request }
        });
        Ok(Self {
            body: parse(&bytes)?,
            once: Once(asked),
        })
    }
}

impl<T: JsonSchema> OperationInput for Repeatable<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        JsonBody::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        JsonBody::<T>::inferred_early_responses(context, operation)
    }
}
