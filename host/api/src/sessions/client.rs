//! Under which `api-clientId` a call is.

use std::convert::Infallible;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::http::{ProblemKind, documented};
use crate::problem_from::problem_from;
use app::sessions::client::ClientError;

/// The header.
const API_CLIENT_ID: &str = "api-clientid";

/// The header `api-clientId` of a call that writes, as it was sent.
pub(super) struct ClientHeader(pub(super) Option<String>);

/// The header `api-clientId` of a call that reads: whoever belongs to a client may leave it out.
pub(super) struct ReadClientHeader(pub(super) Option<String>);

problem_from!(ClientError {
    ;
    BadRequest: Missing => "the header api-clientId names it";
    Forbidden: NotOwn => "the header api-clientId names it", NoClient => "PATCH /v1/users/{user} sets 'client_id'"
});

/// The header; what is no text is no client's id.
fn sent(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(API_CLIENT_ID)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl<S: Sync> FromRequestParts<S> for ClientHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(sent(parts)))
    }
}

impl<S: Sync> FromRequestParts<S> for ReadClientHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(sent(parts)))
    }
}

impl OperationInput for ClientHeader {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let description = "The client; it belongs to the credential.";
        document(context, operation, description, &["api-clientId"]);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &[ProblemKind::BadRequest])
    }
}

impl OperationInput for ReadClientHeader {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let description = "The client whose users are read. Left out, it is the credential's own; a credential without one must name one.";
        document(context, operation, description, &[]);
    }
}

fn document(
    context: &mut GenContext,
    operation: &mut Operation,
    description: &str,
    required: &[&str],
) {
    let schema = schemars::json_schema!({
        "type": "object",
        "properties": { "api-clientId": { "type": "string", "description": description } },
        "required": required,
    });
    let header = aide::operation::ParamLocation::Header;
    let parameters = aide::operation::parameters_from_schema(context, schema, header);
    aide::operation::add_parameters(context, operation, parameters);
}
