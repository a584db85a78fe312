//! JSON bodies.

use std::error::Error;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, RequestBody, Response, StatusCode as Code};
use aide::transform::TransformOperation;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use tower_http::timeout::TimeoutError;

use super::content_encoding::InvalidGzip;
use super::documented;
use super::objects::Objects;
use super::problem::{Problem, ProblemError, ProblemKind};
use super::reply::described;
use super::shape;
use app::request::{FieldFault, Invalid};
use json::{self, JsonFault, JsonFaultKind, JsonValue};

/// A body of JSON, of `T`'s shape.
///
/// Refused with 413 (over the limit), 408 (stood still for too long), 415 (another media type), 400 (malformed,
/// with line and column) and 422 (another shape, or members that `T` has not).
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &["application/json"])?;
        let bytes = read_bytes(request, state).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: JsonSchema> OperationInput for JsonBody<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<Code>, Response)> {
        documented::responses(context, &PROBLEMS)
    }
}

/// Documents a body that a handler reads itself: its media types, each with a schema.
pub fn takes(
    bodies: Vec<(&'static str, schemars::Schema)>,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |mut operation| {
        let mut body = RequestBody {
            required: true,
            ..RequestBody::default()
        };
        for (media_type, schema) in bodies {
            let content = &mut body.content;
            content.insert(media_type.to_owned(), described(schema));
        }
        operation.inner_mut().request_body = Some(ReferenceOr::Item(body));
        operation
    }
}

/// What a JSON body may be refused with.
pub(super) const PROBLEMS: [ProblemKind; 5] = [
    ProblemKind::BadRequest,
    ProblemKind::Timeout,
    ProblemKind::TooLarge,
    ProblemKind::UnsupportedMediaType,
    ProblemKind::Unprocessable,
];

/// Reads a JSON text of `T`'s shape that a client sent.
///
/// # Errors
/// As [`parse_shape`]; 422 where it is JSON that the host does not keep, such as an object with a name twice.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let value = parse_shape(text);
    if value
        .as_ref()
        .is_err_and(|problem| problem.kind() != ProblemKind::Unprocessable)
    {
        return value;
    }
    let text = std::str::from_utf8(text)
        .map_err(|_| Problem::bad_request("the body is no JSON: it is not UTF-8"))?;
    let is_malformed = |fault: &JsonFault| matches!(fault.kind, JsonFaultKind::Malformed(_));
    match (value, json::check(text)) {
        (value, Ok(())) => value,
        // Reading the shape ended before that.
        (Err(problem), Err(fault)) if is_malformed(&fault) => Err(problem),
        // It says more than the shape does.
        (_, Err(fault)) => Err(refused("", &fault)),
    }
}

/// 422 of JSON that the host does not keep; `within` is the member that holds it, or empty.
pub fn refused(within: &str, fault: &JsonFault) -> Problem {
    let field = match (within, fault.path()) {
        ("", path) => path,
        (within, path) if path.is_empty() || path.starts_with('[') => format!("{within}{path}"),
        (within, path) => format!("{within}.{path}"),
    };
    let detail = match field.as_str() {
        "" => format!("the body {}", fault.kind),
        field => format!("'{field}' {}", fault.kind),
    };
    let error = ProblemError {
        field,
        reason: fault.kind.reason().to_owned(),
        detail: fault.kind.to_string(),
    };
    Problem::unprocessable(detail, vec![error])
}

/// Reads a JSON text of `T`'s shape, whatever stands where `T` takes any JSON.
///
/// # Errors
/// 400 where it is malformed, with line and column; 422 where its shape is another, with every member at fault that is known.
pub fn parse_shape<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = shape::read(Objects(&mut json)).map_err(|misshapen| match misshapen.cause {
        Some(error) if !error.is_data() => malformed(&error),
        _ => of_another_shape(misshapen.faults).into(),
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Reads a document of `T`'s shape.
///
/// # Errors
/// Where its shape is another, with every member at fault that is known.
pub fn fit<T: DeserializeOwned>(document: &JsonValue) -> Result<T, Invalid> {
    let text = document.to_string();
    let mut json = serde_json::Deserializer::from_str(&text);
    shape::read(Objects(&mut json)).map_err(|misshapen| of_another_shape(misshapen.faults))
}

fn of_another_shape(faults: Vec<FieldFault>) -> Invalid {
    Invalid {
        detail: "the body is JSON, but not of the right shape".to_owned(),
        faults,
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("the body is no JSON: {error}"))
}

/// Checks that the body has one of the media types, whatever its parameters.
///
/// # Errors
/// 415, naming those that are accepted.
pub fn require_media_type(headers: &HeaderMap, accepted: &[&str]) -> Result<(), Problem> {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    if accepted
        .iter()
        .any(|media_type| media_type.eq_ignore_ascii_case(essence))
    {
        return Ok(());
    }
    let detail = format!("the body must be {}", accepted.join(" or "));
    Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
}

/// Reads the whole body, as far as the limit that is laid around the route.
///
/// # Errors
/// As [`unread`] says.
pub async fn read_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let bytes = Bytes::from_request(request, state).await;
    bytes.map_err(|rejection| unread(&rejection))
}

/// Why a body was not read: 413 over the limit, 408 where it stood still for too long, 400 where
/// the connection broke.
pub fn unread(rejection: &BytesRejection) -> Problem {
    unread_because(
        rejection.status(),
        rejection,
        "the body did not arrive whole",
    )
}

/// Why a body was not read, by the status and the error of its reader; `otherwise` where neither says more.
pub(super) fn unread_because(status: StatusCode, error: &dyn Error, otherwise: &str) -> Problem {
    let causes = || std::iter::successors(error.source(), |&cause| cause.source());
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(ProblemKind::TooLarge, "the body is over the limit");
    }
    if causes().any(|cause| cause.is::<TimeoutError>()) {
        return Problem::new(ProblemKind::Timeout, "the body stood still for too long");
    }
    let gzip = causes().find_map(|cause| cause.downcast_ref::<InvalidGzip>());
    Problem::bad_request(match gzip {
        Some(error) => error.to_string(),
        None => otherwise.to_owned(),
    })
}
