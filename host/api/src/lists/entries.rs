//! Entries as they are sent.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject, StatusCode,
};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Problem, ProblemKind, documented};
use crate::problem_from::problem_from;
use app::watchlists::csv;
use app::watchlists::entries::{EntriesError, SentEntries};
use engine::list::ListChangeError;

/// The forms in which entries are sent.
const FORMS: [(&str, Form); 3] = [
    ("text/plain", Form::Lines),
    ("application/json", Form::Json),
    ("text/csv", Form::Csv),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Json,
    Csv,
}

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum Delimiter {
    #[default]
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ";")]
    Semicolon,
    #[serde(rename = "tab")]
    Tab,
}

/// How entries are sent, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct SentHow {
    /// Of `text/csv`: the column that has the entries, as the header names it. It need not be said where it
    /// is the only one, or the only one of the name `entry`, `value` or `id`.
    column: Option<String>,
    /// Of `text/csv`: what stands between cells; a comma unless told.
    delimiter: Option<Delimiter>,
    /// Why the list is changed, in at most 1000 characters; kept with the version.
    pub(super) note: Option<String>,
    /// Of `PUT`: `true` empties the list where the body has no entries. Without it such a body is refused, since an
    /// export that failed looks the same; only the JSON array `[]` needs it not.
    pub(super) empty: Option<bool>,
}

/// A body of entries, not yet read: `text/plain`, one a line; a JSON array; or `text/csv`, one a row.
pub(super) struct EntriesBody {
    form: Form,
    bytes: Bytes,
}

impl EntriesBody {
    /// Decodes it. A long one takes a while.
    ///
    /// # Errors
    /// 400 and 422 where it is not JSON of the right shape, 400 for parameters of another form.
    pub(super) fn decode(self, how: SentHow) -> Result<SentEntries, Problem> {
        let is_csv = self.form == Form::Csv;
        for (name, is_given) in [
            ("column", how.column.is_some()),
            ("delimiter", how.delimiter.is_some()),
        ] {
            if is_given && !is_csv {
                let detail = format!("query parameter {name}: goes with a body of text/csv alone");
                return Err(Problem::bad_request(detail));
            }
        }
        Ok(match self.form {
            Form::Json => SentEntries::Items(parse(&self.bytes)?),
            Form::Lines => SentEntries::Lines(self.bytes),
            Form::Csv => SentEntries::Csv {
                file: self.bytes,
                column: how.column,
                delimiter: how.delimiter.unwrap_or_default().into(),
            },
        })
    }
}

impl From<Delimiter> for csv::Delimiter {
    fn from(delimiter: Delimiter) -> Self {
        match delimiter {
            Delimiter::Comma => Self::Comma,
            Delimiter::Semicolon => Self::Semicolon,
            Delimiter::Tab => Self::Tab,
        }
    }
}

problem_from!(EntriesError {
    Invalid, TooMany;
    BadRequest: NotUtf8;
    Unprocessable: Column => "?column= names the column, and ?delimiter= what stands between columns"
});
problem_from!(ListChangeError { Store; Unprocessable: TooManyEntries });

impl<S: Send + Sync> FromRequest<S> for EntriesBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &FORMS.map(|(media_type, _)| media_type))?;
        let is_it = |(media_type, _): &&(&str, Form)| {
            require_media_type(request.headers(), &[media_type]).is_ok()
        };
        let form = FORMS
            .iter()
            .find(is_it)
            .map_or(Form::Json, |(_, form)| *form);
        let bytes = read_bytes(request, state).await?;
        Ok(Self { form, bytes })
    }
}

impl OperationInput for EntriesBody {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
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
        for (name, form) in FORMS {
            let schema = match form {
                Form::Json => context.schema.subschema_for::<Vec<String>>(),
                Form::Lines | Form::Csv => schemars::json_schema!({ "type": "string" }),
            };
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
    fn only_csv_has_columns() {
        let decode = |form| {
            let bytes = Bytes::from_static(b"[]");
            let how = SentHow {
                column: Some("id".to_owned()),
                ..SentHow::default()
            };
            EntriesBody { form, bytes }.decode(how)
        };
        decode(Form::Csv).expect("a column");
        decode(Form::Lines).expect_err("lines have no columns");
        decode(Form::Json).expect_err("an array has no columns");
    }
}
