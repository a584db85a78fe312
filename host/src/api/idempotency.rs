//! `Idempotency-Key`: a request that creates something can be sent again.
//!
//! The key is the caller's own. The same key with the same request answers
//! what was answered first, without its secrets, which are shown once; with
//! another request it is 422, and while the first is under way 409.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::app::App;
use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Created, JsonBody, Problem, ProblemKind};
use crate::lane::Change;
use crate::repeats::{IsUnderWay, Known};

/// The header.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A JSON body of a request that may come again. The body must hold no secret,
/// because its SHA-256 is kept.
pub(super) struct Repeatable<T> {
    pub(super) body: T,
    pub(super) once: Once,
}

/// Makes sure that what a request asks for is done once.
pub(super) struct Once(Option<Asked>);

struct Asked {
    key: String,
    request: [u8; 32],
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
        app: &Arc<App>,
        caller: &UserCaller,
        make: F,
    ) -> Result<Created<T>, Problem>
    where
        T: Answer,
        F: FnOnce(&mut Change<'_>) -> Result<T, Problem> + Send + 'static,
    {
        let Some(Asked { key, request }) = self.0 else {
            return Ok(Created(caller.change(make).await?));
        };
        let key = format!("{}/{key}", caller.id);
        let begun = app.repeats.begin(caller.tenant, key, request);
        let begun = begun.map_err(|IsUnderWay| {
            Problem::conflict(
                "a request with this Idempotency-Key is under way; wait for its answer",
            )
        })?;
        let (store, now) = (app.services.store.clone(), app.services.clock.now());
        let known = blocking(move || begun.look_up(&store, now.as_micros())).await??;
        let under_way = match known {
            Known::New(under_way) => under_way,
            Known::Answered(answer) => {
                caller.check_again()?;
                return again(answer).map(Created);
            }
            Known::Other => {
                let detail = "this Idempotency-Key was used for another request; use a new one";
                return Err(Problem::unprocessable(detail, Vec::new()));
            }
        };
        let change = move |change: &mut Change<'_>| {
            let made = make(change)?;
            let answer = serde_json::to_value(made.without_secrets()).map_err(|error| {
                tracing::error!(%error, "an answer could not be written as JSON");
                Problem::internal()
            })?;
            under_way.keep(change, answer);
            // The key is held until the change is durable.
            Ok((made, under_way))
        };
        let (made, _) = caller.change(change).await?;
        Ok(Created(made))
    }
}

fn again<T: Answer>(answer: serde_json::Value) -> Result<T, Problem> {
    serde_json::from_value(answer).map_err(|error| {
        tracing::error!(%error, "a stored answer cannot be read");
        Problem::internal()
    })
}

/// Reads the key: a text in quotes, as the IETF's draft has it; the quotes may be left out.
fn key(value: &str) -> Option<&str> {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let fits = (1..=200).contains(&inner.len()) && inner.bytes().all(is_plain);
    fits.then_some(inner)
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Repeatable<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &["application/json"])?;
        let header = request.headers().get(IDEMPOTENCY_KEY);
        let key = header.map(|value| value.to_str().ok().and_then(key));
        let key = match key {
            Some(None) => {
                return Err(Problem::bad_request(
                    "Idempotency-Key has 1 to 200 visible ASCII characters, in quotes",
                ));
            }
            Some(Some(key)) => Some(key.to_owned()),
            None => None,
        };
        let mut hash = Sha256::new();
        hash.update(format!("{} {}\n", request.method(), request.uri()));
        let bytes = read_bytes(request, state).await?;
        hash.update(&bytes);
        let request = hash.finalize().into();
        Ok(Self {
            body: parse(&bytes)?,
            once: Once(key.map(|key| Asked { key, request })),
        })
    }
}

impl<T: JsonSchema> OperationInput for Repeatable<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        JsonBody::<T>::operation_input(context, operation);
        let schema = schemars::json_schema!({
            "type": "object",
            "properties": { "Idempotency-Key": {
                "type": "string",
                "description": "The same key with the same request within a day answers what was answered first, without secrets."
            } }
        });
        let header = aide::operation::ParamLocation::Header;
        let parameters = aide::operation::parameters_from_schema(context, schema, header);
        aide::operation::add_parameters(context, operation, parameters);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        let mut responses = JsonBody::<T>::inferred_early_responses(context, operation);
        responses.extend(crate::http::documented::responses(
            context,
            &[ProblemKind::Conflict],
        ));
        responses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_plain_text_in_quotes_or_without() {
        let check = |value: &str, expect: Option<&str>| assert_eq!(key(value), expect, "{value}");
        check("\"8e03978e\"", Some("8e03978e"));
        check("8e03978e", Some("8e03978e"));
        check("\"\"", None);
        check("", None);
        check("\"open", None);
        check("two words", None);
        check(&"k".repeat(201), None);
    }
}
