//! Who is calling, as far as the request itself says.
//!
//! Whether the credential is known, and what it permits, is asked elsewhere.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::documented;
use super::problem::{Problem, ProblemKind};
use tenant::credential::{Credential, CredentialKind};

/// The header for tools that can set only that.
pub const X_API_KEY: &str = "x-api-key";

/// The names of the two ways in the OpenAPI document.
pub(super) const BEARER_SCHEME: &str = "bearer";
pub(super) const API_KEY_SCHEME: &str = "api_key";

/// The credential that a request presents, of the right form.
#[derive(Clone, Debug)]
pub struct Presented(pub Credential);

/// Why a request presents none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Neither header is there.
    #[error("the request has no credential")]
    Missing,
    /// The credential has not the right form, or its header another scheme.
    #[error("the request's credential has not the right form")]
    Malformed,
    /// There are two, and it is not clear who is calling.
    #[error("the request has two different credentials")]
    Ambiguous,
}

impl From<AuthorizationError> for Problem {
    fn from(_: AuthorizationError) -> Self {
        Self::unauthorized()
    }
}

/// Reads `Authorization: Bearer …` or `X-API-Key: …`.
pub fn presented(headers: &HeaderMap) -> Result<Credential, AuthorizationError> {
    let bearers = headers.get_all(header::AUTHORIZATION).iter().map(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    let keys = headers
        .get_all(X_API_KEY)
        .iter()
        .map(|value| value.to_str().ok().map(str::trim));
    let mut texts = bearers.chain(keys);
    let first = texts.next().ok_or(AuthorizationError::Missing)?;
    if texts.any(|text| text != first) {
        return Err(AuthorizationError::Ambiguous);
    }
    let text = first.ok_or(AuthorizationError::Malformed)?;
    let credential = Credential::parse(text).map_err(|_| AuthorizationError::Malformed)?;
    match credential.kind() {
        // Pages take these, and no program is to have them.
        CredentialKind::SignIn | CredentialKind::PasswordCode => Err(AuthorizationError::Malformed),
        CredentialKind::TeamKey | CredentialKind::AccessToken | CredentialKind::HostToken => {
            Ok(credential)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Presented {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(presented(&parts.headers)?))
    }
}

impl OperationInput for Presented {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        for scheme in [BEARER_SCHEME, API_KEY_SCHEME] {
            operation
                .security
                .push([(scheme.to_owned(), Vec::new())].into_iter().collect());
        }
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        let kinds = [
            ProblemKind::Unauthorized,
            ProblemKind::Forbidden,
            ProblemKind::TooManyRequests,
        ];
        documented::responses(context, &kinds)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn one_credential_in_either_header() {
        let key = Credential::generate(CredentialKind::TeamKey)
            .expose()
            .to_owned();
        let other = Credential::generate(CredentialKind::TeamKey)
            .expose()
            .to_owned();
        let check = |headers: &[(&'static str, &str)], expect: Result<&str, AuthorizationError>| {
            let header = |(name, value): &(&'static str, &str)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).expect("a value"),
                )
            };
            let read = presented(&headers.iter().map(header).collect());
            let read = read
                .as_ref()
                .map(Credential::expose)
                .map_err(|error| *error);
            assert_eq!(read, expect, "{headers:?}");
        };
        let bearer = format!("Bearer {key}");
        check(&[], Err(AuthorizationError::Missing));
        check(&[("authorization", &bearer)], Ok(&key));
        check(&[("authorization", &format!("bEARER  {key}"))], Ok(&key));
        check(&[("x-api-key", &key)], Ok(&key));
        check(&[("x-api-key", &key), ("authorization", &bearer)], Ok(&key));
        check(
            &[("x-api-key", &other), ("authorization", &bearer)],
            Err(AuthorizationError::Ambiguous),
        );
        check(
            &[("authorization", &format!("Basic {key}"))],
            Err(AuthorizationError::Malformed),
        );
        check(
            &[("authorization", &key)],
            Err(AuthorizationError::Malformed),
        );
        let of_browser = Credential::generate(CredentialKind::SignIn);
        let of_browser = of_browser.expose();
        check(
            &[("x-api-key", of_browser)],
            Err(AuthorizationError::Malformed),
        );
        check(
            &[("x-api-key", &key[1..])],
            Err(AuthorizationError::Malformed),
        );
    }
}
