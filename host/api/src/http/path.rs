//! Path parameters.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::{FromRequestParts, Path};
use axum::http::Method;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::documented;
use super::problem::{Problem, ProblemKind};

/// The parameters of a path: a struct of [`WireName`](super::WireName)s and ids, named as in the route.
///
/// A name that cannot be one is refused before anything is looked up: 404, as
/// there is no such thing; but 422 for PUT, which would have made it.
#[derive(Clone, Copy, Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(parameters)) => Ok(Self(parameters)),
            Err(rejection) if parts.method == Method::PUT => {
                let detail = format!("the path has no good name: {}", rejection.body_text());
                Err(Problem::new(ProblemKind::Unprocessable, detail))
            }
            Err(_) => Err(Problem::not_found(
                "such thing; its name in the path has not the right form",
            )),
        }
    }
}

impl<T: JsonSchema> OperationInput for Params<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        Path::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &[ProblemKind::NotFound])
    }
}
