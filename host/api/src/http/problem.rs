//! Every error that the API answers, as RFC 9457 has it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::payload::Fault;
use schemars::JsonSchema;
use serde::Serialize;

use super::accept::Accept;
use app::request::{FieldFault, Invalid};

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The literal that the API of transactions promises for a payload that it refuses.
pub const FAILED_TO_REGISTER: &str = "FAILED_TO_REGISTER_TRANSACTION";

/// What kind of error: its status, its title and its `type`. No kind is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// 400: malformed JSON, or parameters that are not known.
    BadRequest,
    /// 401: no credential, or one that is not known.
    Unauthorized,
    /// 403: a good credential without the permission.
    Forbidden,
    /// 404: there is no such thing in this tenant.
    NotFound,
    /// 405: the resource has no such method.
    MethodNotAllowed,
    /// 406: none of the media types that the client accepts.
    NotAcceptable,
    /// 408: the request did not come in time.
    Timeout,
    /// 409: it contradicts what is there.
    Conflict,
    /// 412: the resource has changed since its `ETag` was read.
    PreconditionFailed,
    /// 413: the body is over the limit.
    TooLarge,
    /// 414: the address is longer than what is read.
    AddressTooLong,
    /// 415: the body has another media type.
    UnsupportedMediaType,
    /// 416: the file has no such part.
    RangeNotSatisfiable,
    /// 422: a known shape with wrong content.
    Unprocessable,
    /// 422: a payload that the team's schema refuses.
    FailedToRegister,
    /// 429: too many requests.
    TooManyRequests,
    /// 500: a fault of the host.
    Internal,
    /// 503: a full queue, or a host that is starting or stopping.
    Unavailable,
}

impl ProblemKind {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unprocessable | Self::FailedToRegister => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `title`: the same for every problem of the kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::FailedToRegister => FAILED_TO_REGISTER,
            other => other.status().canonical_reason().unwrap_or("Error"),
        }
    }

    /// The `type`: with `about:blank` the title says what the status says.
    fn type_uri(self) -> &'static str {
        match self {
            Self::FailedToRegister => "urn:vervet:problem:failed-to-register-transaction",
            _ => "about:blank",
        }
    }
}

/// An error to answer. What it says is for the outside: it names the thing and
/// the way out, and never another tenant's data, a secret or a cause within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    errors: Vec<ProblemError>,
    retry_after_seconds: Option<u64>,
}

/// One of several faults of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemError {
    /// Which member, parameter or field; empty for the whole.
    pub field: String,
    /// What kind of fault, such as `missing`.
    pub reason: String,
    /// A sentence for the person who mends it.
    pub detail: String,
}

impl From<Fault> for ProblemError {
    fn from(
        Fault {
            field,
            reason,
            detail,
        }: Fault,
    ) -> Self {
        Self {
            field,
            reason: reason.as_str().to_owned(),
            detail,
        }
    }
}

impl From<FieldFault> for ProblemError {
    fn from(fault: FieldFault) -> Self {
        Self {
            field: fault.field,
            reason: fault.reason,
            detail: fault.detail,
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let errors = invalid.faults.into_iter().map(ProblemError::from);
        Self::unprocessable(invalid.detail, errors.collect())
    }
}

/// An error, as RFC 9457 has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemBody<'a> {
    /// A URI for the kind of problem; `about:blank` where the status says it.
    r#type: &'a str,
    /// The kind of problem in words that do not change.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do.
    detail: &'a str,
    /// Every fault, where there may be several.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(default)]
    errors: &'a [ProblemError],
}

impl Problem {
    /// A problem of this kind; `detail` names the thing and the way out.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::BadRequest, detail)
    }

    /// 401: the credential is missing, wrong or revoked; it is not said which.
    pub fn unauthorized() -> Self {
        Self::new(
            ProblemKind::Unauthorized,
            "a valid key or token is needed, as `Authorization: Bearer …` or `X-API-Key: …`",
        )
    }

    /// 403: the credential is good, but lacks this permission.
    pub fn forbidden(permission: &str) -> Self {
        Self::new(
            ProblemKind::Forbidden,
            format!("this needs the permission {permission}"),
        )
    }

    /// 404: `thing` says what was looked for, such as `rule "large"`.
    pub fn not_found(thing: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("there is no {thing}"))
    }

    /// 409.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Conflict, detail)
    }

    /// 416.
    pub fn range_not_satisfiable(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::RangeNotSatisfiable, detail)
    }

    /// The same with every fault, or whatever else a client can act on.
    pub fn with_errors(mut self, errors: Vec<ProblemError>) -> Self {
        self.errors = errors;
        self
    }

    /// 422 with every fault.
    pub fn unprocessable(detail: impl Into<String>, errors: Vec<ProblemError>) -> Self {
        Self {
            errors,
            ..Self::new(ProblemKind::Unprocessable, detail)
        }
    }

    /// 422 for a payload that the team's schema refuses.
    pub fn failed_to_register(faults: Vec<Fault>) -> Self {
        let detail = "the payload does not fit the team's payload schema; nothing was registered";
        let errors = faults.into_iter().map(ProblemError::from).collect();
        Self {
            errors,
            ..Self::new(ProblemKind::FailedToRegister, detail)
        }
    }

    /// 500: the cause belongs into the log, not here.
    pub fn internal() -> Self {
        Self::new(
            ProblemKind::Internal,
            "the host failed; the request id finds the cause in its log",
        )
    }

    /// 503, with the time after which to try again.
    pub fn unavailable(detail: impl Into<String>, retry_after_seconds: u64) -> Self {
        Self::new(ProblemKind::Unavailable, detail).retry_after(retry_after_seconds)
    }

    /// Says when to try again, in seconds from now.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// What is wrong here, and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// The faults, where there may be several.
    pub fn errors(&self) -> &[ProblemError] {
        &self.errors
    }

    /// As it is written.
    pub fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            r#type: self.kind.type_uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        }
    }

    /// The answer for a client that may want the bare literal of
    /// [`FAILED_TO_REGISTER`], as plain text.
    pub fn into_response_as(self, accept: &Accept) -> Response {
        let plain = self.kind == ProblemKind::FailedToRegister
            && accept.best(&[PROBLEM_JSON, "application/json", "text/plain"]) == Some("text/plain");
        if plain {
            (self.kind.status(), FAILED_TO_REGISTER).into_response()
        } else {
            self.into_response()
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind == ProblemKind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
