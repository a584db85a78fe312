//! Bodies of several fields, of which some may be files.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, Response, StatusCode};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Request};

use super::body::{require_media_type, unread_because};
use super::documented;
use super::problem::{Problem, ProblemKind};

const FORM_DATA: &str = "multipart/form-data";

/// A body of fields, read one after the other as they come.
///
/// Refused with 413 (over the limit that is laid around the route), 408 (stood still for too long), 415 (another
/// media type) and 400 (malformed, or broken off).
pub struct Multipart(axum::extract::Multipart);

impl Multipart {
    /// The next field; none after the last.
    ///
    /// # Errors
    /// As [`unread`] says.
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, Problem> {
        self.0.next_field().await.map_err(|error| unread(&error))
    }
}

/// Why a field was not read: 413 over the limit, 408 where it stood still for too long, 400 where it
/// broke off or is malformed.
pub fn unread(error: &MultipartError) -> Problem {
    let otherwise =
        "the body did not arrive whole, or is no multipart/form-data; nothing was kept of it";
    unread_because(error.status(), error, otherwise)
}

impl<S: Send + Sync> FromRequest<S> for Multipart {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &[FORM_DATA])?;
        let body = axum::extract::Multipart::from_request(request, state).await;
        body.map(Self).map_err(|_| {
            Problem::bad_request("the media type multipart/form-data needs its 'boundary'")
        })
    }
}

impl OperationInput for Multipart {
    /// That there is such a body; its fields are for the route to document.
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let mut body = RequestBody {
            required: true,
            ..RequestBody::default()
        };
        body.content
            .insert(FORM_DATA.to_owned(), MediaType::default());
        operation.request_body = Some(ReferenceOr::Item(body));
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &PROBLEMS)
    }
}

/// What such a body may be refused with.
const PROBLEMS: [ProblemKind; 5] = [
    ProblemKind::BadRequest,
    ProblemKind::Timeout,
    ProblemKind::TooLarge,
    ProblemKind::UnsupportedMediaType,
    ProblemKind::Unprocessable,
];

/// Documents the fields of the body, by a schema of an object.
pub fn fields(
    schema: schemars::Schema,
) -> impl FnOnce(aide::transform::TransformOperation<'_>) -> aide::transform::TransformOperation<'_>
{
    move |mut operation| {
        if let Some(ReferenceOr::Item(body)) = &mut operation.inner_mut().request_body
            && let Some(form) = body.content.get_mut(FORM_DATA)
        {
            form.schema = Some(aide::openapi::SchemaObject {
                json_schema: schema,
                example: None,
                external_docs: None,
            });
        }
        operation
    }
}
