//! What handlers answer when all is well.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{
    Header, HeaderStyle, MediaType, Operation, ParameterSchemaOrContent, ReferenceOr,
    Response as Documented, SchemaObject, StatusCode as Code,
};
use aide::transform::TransformOperation;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;
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

/// The answer to a PUT: the resource as it is now, 201 where it was not there before.
#[derive(Clone, Debug)]
pub enum Put<T> {
    /// 201.
    Created(ETag, T),
    /// 200.
    Replaced(ETag, T),
}

impl<T: Serialize> IntoResponse for Put<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Created(etag, resource) => {
                (StatusCode::CREATED, Tagged::changed(etag, resource)).into_response()
            }
            Self::Replaced(etag, resource) => Tagged::changed(etag, resource).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Put<T> {
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
        let replaced = Tagged::<T>::inferred_responses(context, operation);
        let created = Created::<T>::inferred_responses(context, operation);
        replaced.into_iter().chain(created).collect()
    }
}

/// Answers a GET of a single resource in a form other than JSON.
///
/// A form has a tag of its own, which is that of its bytes.
pub fn tagged_as(
    media_type: &'static str,
    bytes: Vec<u8>,
    preconditions: &Preconditions,
) -> Response {
    let etag = ETag::of_content(&bytes);
    let headers = [(header::ETAG, etag.header()), (header::VARY, ACCEPT)];
    if preconditions.is_fresh(&etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, media_type)];
    (headers, content_type, bytes).into_response()
}

const ACCEPT: axum::http::HeaderValue = axum::http::HeaderValue::from_static("accept");

/// Documents that 200 can be had as another media type, too.
pub fn also_as(
    media_type: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    answers_as(200, media_type, schemars::json_schema!({}))
}

/// Documents that an answer has this media type, beside others that it has.
pub fn answers_as(
    status: u16,
    media_type: &'static str,
    schema: schemars::Schema,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |mut operation| {
        let responses = operation.inner_mut().responses.get_or_insert_default();
        let answered = responses.responses.get_mut(&Code::Code(status));
        if let Some(ReferenceOr::Item(response)) = answered {
            let content = &mut response.content;
            content.insert(media_type.to_owned(), described(schema));
        }
        operation
    }
}

/// Documents that 200, and 206 where there is one, are the bytes of a file of these media types.
pub fn answers_file(
    media_types: &'static [&'static str],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |mut operation| {
        let responses = operation.inner_mut().responses.get_or_insert_default();
        for status in [200, 206] {
            let Some(ReferenceOr::Item(response)) =
                responses.responses.get_mut(&Code::Code(status))
            else {
                continue;
            };
            let file = schemars::json_schema!({});
            let types = media_types.iter();
            response.content = types
                .map(|media_type| ((*media_type).to_owned(), described(file.clone())))
                .collect();
        }
        operation
    }
}

/// Documents headers of 200, and of 206 where there is one, by name and what they say.
pub fn answers_headers(
    headers: &'static [(&'static str, &'static str)],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |mut operation| {
        let responses = operation.inner_mut().responses.get_or_insert_default();
        for status in [200, 206] {
            let answered = responses.responses.get_mut(&Code::Code(status));
            let Some(ReferenceOr::Item(response)) = answered else {
                continue;
            };
            for (name, description) in headers {
                let header = Header {
                    description: Some((*description).to_owned()),
                    style: HeaderStyle::Simple,
                    required: false,
                    deprecated: None,
                    format: ParameterSchemaOrContent::Schema(SchemaObject {
                        json_schema: schemars::json_schema!({ "type": "string" }),
                        example: None,
                        external_docs: None,
                    }),
                    example: None,
                    examples: IndexMap::new(),
                    extensions: IndexMap::new(),
                };
                let header = ReferenceOr::Item(header);
                response.headers.insert((*name).to_owned(), header);
            }
        }
        operation
    }
}

/// A schema as a media type has it.
pub(super) fn described(schema: schemars::Schema) -> MediaType {
    MediaType {
        schema: Some(SchemaObject {
            json_schema: schema,
            example: None,
            external_docs: None,
        }),
        ..MediaType::default()
    }
}
