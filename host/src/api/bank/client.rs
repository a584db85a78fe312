//! Under which `api-clientId` a call is.

use std::convert::Infallible;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::api::caller::UserCaller;
use crate::http::{Problem, ProblemKind};

/// The header.
const API_CLIENT_ID: &str = "api-clientid";

/// The header `api-clientId`, as it was sent.
pub(super) struct ClientHeader(Option<String>);

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

impl<S: Sync> FromRequestParts<S> for ClientHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let value = parts.headers.get(API_CLIENT_ID);
        // What is no text is no client's id.
        let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Ok(Self(text))
    }
}

impl OperationInput for ClientHeader {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = schemars::json_schema!({
            "type": "object",
            "properties": { "api-clientId": {
                "type": "string",
                "description": "The client; it belongs to the credential."
            } }
        });
        let header = aide::operation::ParamLocation::Header;
        let parameters = aide::operation::parameters_from_schema(context, schema, header);
        aide::operation::add_parameters(context, operation, parameters);
    }
}
