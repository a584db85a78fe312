//! Entity tags, and the conditions that requests lay on them.

use std::fmt;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::documented;
use super::problem::{Problem, ProblemKind};
use app::request::expected::Versions;
use app::request::{Expected, Stale, Version};
use base::hex;

/// A strong entity tag, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of a version.
    pub fn of(version: Version) -> Self {
        match version {
            Version::Number(number) => Self(number.to_string()),
            Version::Pending(number) => Self(format!("{number}-pending")),
            Version::Content(digest) => Self(hex::encode(&digest)),
        }
    }

    /// The tag of a resource that counts its versions.
    pub fn of_version(version: u64) -> Self {
        Self::of(Version::Number(version))
    }

    /// The tag of such a version while it is not in force yet.
    pub fn of_pending_version(version: u64) -> Self {
        Self::of(Version::Pending(version))
    }

    /// The tag of a representation by its bytes.
    pub fn of_content(bytes: &[u8]) -> Self {
        Self::of(Version::of_content(bytes))
    }

    /// The tag of the same representation in another coding, such as `gzip`.
    pub fn coded(&self, coding: &'static str) -> Self {
        Self(format!("{}-{coding}", self.0))
    }

    /// The value of the header `ETag`.
    pub fn header(&self) -> HeaderValue {
        // Digits and letters alone, so always a good header.
        HeaderValue::try_from(self.to_string()).expect("a tag is ASCII")
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0)
    }
}

/// The headers `If-Match` and `If-None-Match` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    /// Each with its quotes; a weak tag with its `W/`.
    Some(Vec<String>),
}

impl Preconditions {
    /// Checks them before a change; `current` is `None` where the resource is not there yet.
    ///
    /// # Errors
    /// 412 where the resource is not what the client thinks it is.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        // If-Match compares strongly: a weak tag never matches.
        let is_met = |tags: &Tags| tags.contain(current, false);
        if self.if_match.as_ref().is_some_and(|tags| !is_met(tags)) {
            return Err(Stale::Changed.into());
        }
        let is_known = |tags: &Tags| tags.contain(current, true);
        if self.if_none_match.as_ref().is_some_and(is_known) {
            return Err(Stale::Exists.into());
        }
        Ok(())
    }

    /// The versions that they name, for resources that count theirs.
    pub fn expected(&self) -> Expected {
        let versions = |tags: &Option<Tags>, weakly| Some(tags.as_ref()?.versions(weakly));
        Expected {
            one_of: versions(&self.if_match, false),
            none_of: versions(&self.if_none_match, true),
        }
    }

    pub(super) fn read(headers: &HeaderMap) -> Self {
        Self {
            if_match: Tags::read(headers, header::IF_MATCH),
            if_none_match: Tags::read(headers, header::IF_NONE_MATCH),
        }
    }

    /// Whether the client says which versions it has.
    pub(super) fn names_versions(&self) -> bool {
        self.if_none_match.is_some()
    }

    /// The version that the client of a change knows, where it names one that counts.
    pub fn known_version(&self) -> Option<u64> {
        match &self.if_match {
            Some(Tags::Some(tags)) => {
                let mut versions = tags
                    .iter()
                    .filter_map(|tag| tag.trim_matches('"').parse().ok());
                versions.next()
            }
            _ => None,
        }
    }

    /// Whether the client of a GET has this version already, so that 304 is enough.
    pub fn is_fresh(&self, current: &ETag) -> bool {
        self.if_none_match
            .as_ref()
            .is_some_and(|tags| tags.contain(Some(current), true))
    }
}

impl Tags {
    fn read(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        if values.is_empty() {
            return None;
        }
        let texts: Vec<_> = values
            .iter()
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        if texts.iter().any(|text| text.trim() == "*") {
            return Some(Self::Any);
        }
        // Our own tags have no comma, so one that is cut in two here was never ours.
        let tags = texts
            .iter()
            .flat_map(|text| text.split(','))
            .map(|tag| tag.trim().to_owned());
        Some(Self::Some(tags.collect()))
    }

    fn contain(&self, current: Option<&ETag>, weakly: bool) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::Some(tags), Some(current)) => {
                let current = current.to_string();
                tags.iter().any(|tag| strong(tag, weakly) == current)
            }
        }
    }

    fn versions(&self, weakly: bool) -> Versions {
        match self {
            Self::Any => Versions::Any,
            Self::Some(tags) => {
                let versions = tags.iter().filter_map(|tag| version(strong(tag, weakly)));
                Versions::These(versions.collect())
            }
        }
    }
}

/// A tag as it is compared: without its `W/` where that does not count.
fn strong(tag: &str, weakly: bool) -> &str {
    match tag.strip_prefix("W/") {
        Some(strong) if weakly => strong,
        _ => tag,
    }
}

/// The version that is behind a tag of [`ETag::of`].
fn version(tag: &str) -> Option<Version> {
    let text = tag.strip_prefix('"')?.strip_suffix('"')?;
    let version = match (text.strip_suffix("-pending"), text.parse()) {
        (Some(number), _) => Version::Pending(number.parse().ok()?),
        (None, Ok(number)) => Version::Number(number),
        (None, Err(_)) => Version::Content(hex::decode(text)?),
    };
    // A number can be written in more ways than its tag.
    (ETag::of(version).0 == text).then_some(version)
}

impl From<Stale> for Problem {
    fn from(stale: Stale) -> Self {
        Self::new(ProblemKind::PreconditionFailed, stale.to_string())
    }
}

impl<S: Sync> FromRequestParts<S> for Preconditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.headers))
    }
}

impl OperationInput for Preconditions {
    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &[ProblemKind::PreconditionFailed])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preconditions(name: HeaderName, value: &'static str) -> Preconditions {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        Preconditions::read(&headers)
    }

    #[test]
    fn a_change_needs_the_version_that_the_client_knows() {
        let check = |name: HeaderName, value, current: Option<u64>, expect: bool| {
            let current = current.map(ETag::of_version);
            let met = preconditions(name.clone(), value)
                .check(current.as_ref())
                .is_ok();
            assert_eq!(met, expect, "{name} {value} {current:?}");
            let version = current.as_ref().and_then(|tag| version(&tag.to_string()));
            let expected = preconditions(name.clone(), value).expected();
            assert_eq!(expected.check(version).is_ok(), expect, "{expected:?}");
        };
        check(header::IF_MATCH, "\"7\"", Some(7), true);
        check(header::IF_MATCH, "\"6\", \"7\"", Some(7), true);
        check(header::IF_MATCH, "\"6\"", Some(7), false);
        check(header::IF_MATCH, "W/\"7\"", Some(7), false);
        check(header::IF_MATCH, "\"07\"", Some(7), false);
        check(header::IF_MATCH, "7", Some(7), false);
        check(header::IF_MATCH, "*", Some(7), true);
        check(header::IF_MATCH, "*", None, false);
        check(header::IF_NONE_MATCH, "*", Some(7), false);
        check(header::IF_NONE_MATCH, "*", None, true);
        check(header::IF_NONE_MATCH, "\"6\"", Some(7), true);
        check(header::ACCEPT, "*/*", Some(7), true);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let fresh =
            |value| preconditions(header::IF_NONE_MATCH, value).is_fresh(&ETag::of_version(7));
        assert!(fresh("\"7\"") && fresh("W/\"7\"") && fresh("*"));
        assert!(!fresh("\"8\"") && !fresh("7"));
    }
}
