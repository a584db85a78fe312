//! What handlers answer when all is well.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented, StatusCode as Code};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::etag::{ETag, Preconditions};

/// 201 with the thing that was made.
#[derive(Clone, Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;

    fn operation_response(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Option<Documented> {
        Json::<T>::operation_response(context, operation)
    }

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        let response = Self::operation_response(context, operation);
        response
            .into_iter()
            .map(|response| (Some(Code::Code(201)), response))
            .collect()
    }
}

/// A single resource with its `ETag`: 200, or 304 where the client has it already.
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    etag: ETag,
    /// `None` for 304.
    resource: Option<T>,
}

impl<T> Tagged<T> {
    /// The answer to a GET.
    pub fn get(etag: ETag, resource: T, preconditions: &Preconditions) -> Self {
        let resource = (!preconditions.is_fresh(&etag)).then_some(resource);
        Self { etag, resource }
    }

    /// The answer to a change: the resource as it is now.
    pub fn changed(etag: ETag, resource: T) -> Self {
        Self {
            etag,
            resource: Some(resource),
        }
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let etag = [(header::ETAG, self.etag.header())];
        match self.resource {
            Some(resource) => (etag, Json(resource)).into_response(),
            None => (StatusCode::NOT_MODIFIED, etag).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Tagged<T> {
    type Inner = T;

    fn operation_response(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Option<Documented> {
        Json::<T>::operation_response(context, operation)
    }

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        Json::<T>::inferred_responses(context, operation)
    }
}
