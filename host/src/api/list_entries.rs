//! The entries of a list, as they are sent.

use std::collections::BTreeSet;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject, StatusCode,
};
use axum::extract::{FromRequest, Request};

use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Problem, ProblemKind, documented};

/// The most entries of a list.
const MAX_ENTRIES: usize = 1_000_000;
/// The most characters of an entry.
const MAX_CHARACTERS: usize = 500;

/// A body of entries: `text/plain`, one a line, or a JSON array.
pub(super) struct Entries(pub(super) BTreeSet<String>);

/// Trims entries and drops empty ones.
///
/// # Errors
/// 422 where there are too many, or one is too long.
pub(super) fn checked(
    entries: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<BTreeSet<String>, Problem> {
    let mut checked = BTreeSet::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let entry = entry.as_ref().trim();
        if entry.chars().count() > MAX_CHARACTERS {
            let detail = format!(
                "entry {} is too long; an entry has at most {MAX_CHARACTERS} characters",
                index + 1
            );
            return Err(Problem::unprocessable(detail, Vec::new()));
        }
        if entry.contains(['\n', '\r', '\0']) {
            let detail = format!("entry {} has a line break or NUL in it", index + 1);
            return Err(Problem::unprocessable(detail, Vec::new()));
        }
        if !entry.is_empty() {
            checked.insert(entry.to_owned());
        }
    }
    check_count(checked.len())?;
    Ok(checked)
}

/// Checks how many entries there are.
///
/// # Errors
/// 422.
pub(super) fn check_count(count: usize) -> Result<(), Problem> {
    if count <= MAX_ENTRIES {
        return Ok(());
    }
    let detail = format!("a list has at most {MAX_ENTRIES} entries");
    Err(Problem::unprocessable(detail, Vec::new()))
}

impl<S: Send + Sync> FromRequest<S> for Entries {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &["text/plain", "application/json"])?;
        let is_json = require_media_type(request.headers(), &["application/json"]).is_ok();
        let bytes = read_bytes(request, state).await?;
        if is_json {
            return checked(parse::<Vec<String>>(&bytes)?).map(Self);
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Problem::bad_request("the body is no UTF-8"))?;
        // Programs that export lists like to begin them with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        checked(text.lines()).map(Self)
    }
}

impl OperationInput for Entries {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let array = context.schema.subschema_for::<Vec<String>>();
        let text = schemars::json_schema!({ "type": "string" });
        let media_type = |json_schema| MediaType {
            schema: Some(SchemaObject {
                json_schema,
                example: None,
                external_docs: None,
            }),
            ..MediaType::default()
        };
        let mut body = RequestBody {
            required: true,
            ..RequestBody::default()
        };
        for (name, schema) in [("text/plain", text), ("application/json", array)] {
            body.content.insert(name.to_owned(), media_type(schema));
        }
        operation.request_body = Some(ReferenceOr::Item(body));
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(
            context,
            &[
                ProblemKind::BadRequest,
                ProblemKind::TooLarge,
                ProblemKind::UnsupportedMediaType,
                ProblemKind::Unprocessable,
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_trimmed_and_none_is_empty() {
        let check = |entries: &[&str], expect: Option<&[&str]>| {
            let found = checked(entries).ok();
            let expect = expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(found, expect, "{entries:?}");
        };
        check(&[" IR\t", "", "KP", "IR", "  "], Some(&["IR", "KP"]));
        check(&[], Some(&[]));
        check(&["two\nlines"], None);
        check(&[&"ü".repeat(500)], Some(&[&"ü".repeat(500)]));
        check(&[&"x".repeat(501)], None);
    }
}
