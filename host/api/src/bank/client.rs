//! Under which `api-clientId` a call is.

use std::convert::Infallible;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::caller::UserCaller;
use crate::http::{Problem, ProblemKind, documented};

/// The header.
const API_CLIENT_ID: &str = "api-clientid";

/// The header `api-clientId` of a call that writes, as it was sent.
pub(super) struct ClientHeader(Option<String>);

/// The header `api-clientId` of a call that reads: whoever belongs to a client may leave it out.
pub(super) struct ReadClientHeader(Option<String>);

impl ClientHeader {
    /// The caller's own client id, which the header must name: a caller cannot claim another's.
    ///
    /// # Errors
    /// 400 without the header, 403 where it is not the caller's.
    pub(super) fn own(self, caller: &UserCaller) -> Result<String, Problem> {
        let named = self.0.ok_or_else(missing)?;
        match caller.client_id.as_deref() {
            Some(own) if own == named => Ok(named),
            Some(_) => Err(not_own()),
            None => Err(Problem::new(
                ProblemKind::Forbidden,
                "the credential's user has no client id; an Administrator sets client_id with PATCH /v1/users/{user}",
            )),
        }
    }
}

impl ReadClientHeader {
    /// Whose users are read: the caller's own client, or, for those who see all of the tenant's sessions, the one that the
    /// header names.
    ///
    /// # Errors
    /// 400 where the header is needed, 403 where it is not the caller's.
    pub(super) fn read(self, caller: &UserCaller) -> Result<String, Problem> {
        match (caller.client_id.as_deref(), self.0) {
            (Some(own), None) => Ok(own.to_owned()),
            (Some(own), Some(named)) if own == named => Ok(named),
            (Some(_), Some(_)) => Err(not_own()),
            (None, Some(named)) => Ok(named),
            (None, None) => Err(missing()),
        }
    }
}

fn missing() -> Problem {
    Problem::bad_request("the header api-clientId is needed; it names the client")
}

fn not_own() -> Problem {
    Problem::new(
        ProblemKind::Forbidden,
        "the header api-clientId names a client that the credential does not belong to",
    )
}

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
