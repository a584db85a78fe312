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

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{JsonBody, Problem};
use app::request::Once;
use app::request::once::{Keyed, RepeatError};

pub(super) use honour::BY_CONTENT;
pub(crate) use honour::honour;

/// A JSON body of a request that may come again. The body must hold no secret,
/// because its SHA-256 is kept.
pub(super) struct Repeatable<T> {
    pub(super) body: T,
    pub(super) once: Once,
}

impl From<RepeatError> for Problem {
    fn from(error: RepeatError) -> Self {
        match error {
            RepeatError::OtherRequest => Self::unprocessable(error.to_string(), Vec::new()),
            RepeatError::OtherRelease => Self::conflict(error.to_string()),
            RepeatError::Damaged => Self::internal(),
        }
    }
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
        let once = match keyed {
            Some(keyed) => {
                hash.update(&bytes);
                Once::keyed(keyed, hash.finalize().into())
            }
            None => Once::unkeyed(),
        };
        let body = parse(&bytes)?;
        Ok(Self { body, once })
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
