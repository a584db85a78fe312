//! Entries as they are sent, and as they are answered.

use std::collections::BTreeSet;
use std::fmt;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject, StatusCode,
};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use domain::text::{is_stray, lines, trimmed};
use schemars::JsonSchema;
use serde::Deserialize;

use super::csv::{ColumnError, ColumnFault, Delimiter, MAX_FAULTS, read_column};
use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Problem, ProblemError, ProblemKind, documented};
use engine::list::{ListChangeError, MAX_ENTRIES};

/// The most characters of an entry.
const MAX_CHARACTERS: usize = 500;
/// The most characters of a note.
const MAX_NOTE_CHARACTERS: usize = 1_000;

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

/// How entries are sent, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct SentHow {
    /// Of `text/csv`: the column that has the entries, as the header names it. It need not be said where it
    /// is the only one, or the only one of the name `entry`, `value` or `id`.
    column: Option<String>,
    /// Of `text/csv`: what stands between cells; a comma unless told.
    delimiter: Option<Delimiter>,
    /// Why the list is changed, in at most 1000 characters; kept with the version.
    note: Option<String>,
    /// Of `PUT`: `true` empties the list where the body has no entries. Without it such a body is refused, since an
    /// export that failed looks the same; only the JSON array `[]` needs it not.
    empty: Option<bool>,
}

impl SentHow {
    /// Takes out why the list is changed.
    ///
    /// # Errors
    /// 422 where it is too long.
    pub(super) fn take_note(&mut self) -> Result<Option<String>, Problem> {
        checked_note(self.note.take())
    }
}

/// A note without white space around it; none where there is nothing in it.
///
/// # Errors
/// 422 where it is too long.
pub(super) fn checked_note(note: Option<String>) -> Result<Option<String>, Problem> {
    let note = note.map(|note| note.trim().to_owned());
    let note = note.filter(|note| !note.is_empty());
    match &note {
        Some(text) if text.chars().count() > MAX_NOTE_CHARACTERS => {
            let detail =
                format!("'note' is too long; it has at most {MAX_NOTE_CHARACTERS} characters");
            Err(Problem::unprocessable(detail, Vec::new()))
        }
        Some(text) if text.contains('\0') => {
            let detail = "'note' has a NUL in it";
            Err(Problem::unprocessable(detail, Vec::new()))
        }
        _ => Ok(note),
    }
}

/// A body of entries, not yet read: `text/plain`, one a line; a JSON array; or `text/csv`, one a row.
pub(super) struct SentEntries {
    form: Form,
    bytes: Bytes,
}

/// Entries that were read, each once, none empty, without white space and invisible characters at their ends.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) entries: BTreeSet<String>,
    /// The column that had them, where they came as CSV.
    pub(super) column: Option<String>,
    /// Whether that there are none was said, and is not an accident.
    says_empty: bool,
}

impl Entries {
    /// Checks that a list is not emptied by accident.
    ///
    /// # Errors
    /// 422 where there are no entries, and neither `[]` nor `?empty=true` says so.
    pub(super) fn check_not_empty(&self) -> Result<(), Problem> {
        if !self.entries.is_empty() || self.says_empty {
            return Ok(());
        }
        let detail =
            "the body has no entries, so the list would be empty; send ?empty=true if it is to be";
        Err(Problem::unprocessable(detail, Vec::new()))
    }
}

impl SentEntries {
    /// Reads them. Long ones take a while.
    ///
    /// # Errors
    /// 400 where the body has not the form that it claims, 422 with the places of entries that cannot be ones.
    pub(super) fn read(&self, how: &SentHow) -> Result<Entries, Problem> {
        let is_csv = self.form == Form::Csv;
        for (name, is_said) in [
            ("column", how.column.is_some()),
            ("delimiter", how.delimiter.is_some()),
        ] {
            if is_said && !is_csv {
                let detail = format!("query parameter {name}: goes with a body of text/csv alone");
                return Err(Problem::bad_request(detail));
            }
        }
        let says_empty = how.empty.unwrap_or_default();
        match self.form {
            Form::Json => {
                let entries = parse::<Vec<String>>(&self.bytes)?;
                Ok(Entries {
                    says_empty: says_empty || entries.is_empty(),
                    entries: checked_items("", &entries)?,
                    column: None,
                })
            }
            Form::Lines => {
                let lines = lines(text(&self.bytes)?);
                Ok(Entries {
                    entries: checked(lines.map(|(line, entry)| (Place::Line(line), entry)))?,
                    column: None,
                    says_empty,
                })
            }
            Form::Csv => {
                let column = how.column.as_deref();
                let delimiter = how.delimiter.unwrap_or_default();
                let column = read_column(&self.bytes, column, delimiter)?;
                let cells = column.cells.iter();
                let cells = cells.map(|(line, cell)| (Place::Line(*line), &**cell));
                Ok(Entries {
                    entries: checked(cells)?,
                    column: Some(column.name),
                    says_empty,
                })
            }
        }
    }
}

/// Text without the byte order mark with which programs that export lists like to begin.
fn text(bytes: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::bad_request("the body is no UTF-8; save the file as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
enum Place<'p> {
    /// On a line, from 1.
    Line(u64),
    /// In an array of this name, from 0.
    Item(&'p str, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(out, "line {line}"),
            Self::Item(array, index) => write!(out, "{array}[{index}]"),
        }
    }
}

/// Trims entries that are to be removed. Those that an earlier release stored with invisible characters are found, too.
pub(super) fn entries_to_remove(entries: &[String]) -> BTreeSet<String> {
    let both = entries
        .iter()
        .flat_map(|entry| [entry.trim(), trimmed(entry)]);
    let both = both.filter(|entry| !entry.is_empty());
    both.map(str::to_owned).collect()
}

/// Trims the entries of a JSON array and drops empty ones.
///
/// # Errors
/// 422 where there are too many, or some cannot be entries.
pub(super) fn checked_items(array: &str, entries: &[String]) -> Result<BTreeSet<String>, Problem> {
    let entries = entries.iter().map(String::as_str).enumerate();
    checked(entries.map(|(index, entry)| (Place::Item(array, index), entry)))
}

fn checked<'e>(
    entries: impl IntoIterator<Item = (Place<'e>, &'e str)>,
) -> Result<BTreeSet<String>, Problem> {
    let mut checked = BTreeSet::new();
    let mut faults = Vec::new();
    for (place, entry) in entries {
        let entry = trimmed(entry);
        match fault_of(entry) {
            Some((reason, detail)) if faults.len() < MAX_FAULTS => faults.push(ProblemError {
                field: place.to_string(),
                reason: reason.to_owned(),
                detail,
            }),
            Some(_) => break,
            None if entry.is_empty() => {}
            None => {
                checked.insert(entry.to_owned());
            }
        }
    }
    if !faults.is_empty() {
        return Err(not_taken(faults));
    }
    if checked.len() > MAX_ENTRIES {
        return Err(ListChangeError::TooManyEntries.into());
    }
    Ok(checked)
}

/// Why a text cannot be an entry.
fn fault_of(entry: &str) -> Option<(&'static str, String)> {
    if entry.chars().count() > MAX_CHARACTERS {
        let detail = format!("an entry has at most {MAX_CHARACTERS} characters");
        return Some(("too_long", detail));
    }
    if entry.contains(['\n', '\r', '\0']) {
        let detail = "an entry has no line break and no NUL in it".to_owned();
        return Some(("invalid_character", detail));
    }
    if let Some(stray) = entry.chars().find(|character| is_stray(*character)) {
        let detail = format!(
            "an entry does not contain the invisible character U+{:04X}, with which no text would match it",
            u32::from(stray)
        );
        return Some(("invalid_character", detail));
    }
    None
}

/// 422 with the first faults.
fn not_taken(faults: Vec<ProblemError>) -> Problem {
    let mut detail = "nothing was changed, since some entries cannot be taken".to_owned();
    if let Some(first) = faults.first() {
        detail = format!("{detail}; the first at {}: {}", first.field, first.detail);
    }
    Problem::unprocessable(detail, faults)
}

impl From<ListChangeError> for Problem {
    fn from(error: ListChangeError) -> Self {
        match error {
            ListChangeError::Store(error) => error.into(),
            ListChangeError::TooManyEntries => Self::unprocessable(error.to_string(), Vec::new()),
        }
    }
}

impl From<ColumnError> for Problem {
    fn from(error: ColumnError) -> Self {
        let fault = |ColumnFault { line, detail }| ProblemError {
            field: Place::Line(line).to_string(),
            reason: "malformed".to_owned(),
            detail,
        };
        match error {
            ColumnError::Column(detail) => Self::unprocessable(detail, Vec::new()),
            ColumnError::Rows(faults) => not_taken(faults.into_iter().map(fault).collect()),
        }
    }
}

/// Entries as `text/csv`, under the header `entry`. Each stands there exactly as it is.
pub(super) fn to_csv<'e>(entries: impl Iterator<Item = &'e str>) -> String {
    let mut csv = "entry\n".to_owned();
    for entry in entries {
        if entry.contains([',', '"']) {
            csv.extend(["\"", &entry.replace('"', "\"\""), "\"\n"]);
        } else {
            csv.extend([entry, "\n"]);
        }
    }
    csv
}

impl<S: Send + Sync> FromRequest<S> for SentEntries {
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

impl OperationInput for SentEntries {
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
    fn entries_are_trimmed_and_none_is_empty() {
        let check = |entries: &[&str], expect: Option<&[&str]>| {
            let sent: Vec<String> = entries.iter().map(|it| (*it).to_owned()).collect();
            let found = checked_items("", &sent).ok();
            let expect = expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(found, expect, "{entries:?}");
        };
        check(&[" IR\t", "", "KP", "IR", "  "], Some(&["IR", "KP"]));
        check(&["\u{feff}IR\u{200b}", "\u{200b}"], Some(&["IR"]));
        check(&["I\u{200b}R"], None);
        check(
            &["\u{1f600}\u{200d}\u{1f600}"],
            Some(&["\u{1f600}\u{200d}\u{1f600}"]),
        );
        check(&[], Some(&[]));
        check(&["two\nlines"], None);
        check(&[&"ü".repeat(500)], Some(&[&"ü".repeat(500)]));
        check(&[&"x".repeat(501)], None);
    }

    #[test]
    fn faults_say_where_they_are() {
        let read = |form, body: &str, how| {
            let bytes = Bytes::from(body.to_owned());
            SentEntries { form, bytes }.read(&how)
        };
        let check = |form, body: &str, expect: &[&str]| {
            let problem = read(form, body, SentHow::default()).expect_err(body);
            let found: Vec<&str> = problem.errors().iter().map(|it| &*it.field).collect();
            assert_eq!(found, expect, "{body:?}");
        };
        let long = "x".repeat(501);
        check(
            Form::Lines,
            &format!("IR\r\r{long}\ra\u{200b}b"),
            &["line 3", "line 4"],
        );
        check(Form::Json, &format!(r#"["IR", "{long}"]"#), &["[1]"]);
        check(
            Form::Csv,
            &format!("id\nIR\n\"a\nb\"\n{long}"),
            &["line 3", "line 5"],
        );
        check(Form::Csv, "id,x\nIR", &["line 2"]);
        let column = SentHow {
            column: Some("id".to_owned()),
            ..SentHow::default()
        };
        read(Form::Lines, "IR", column).expect_err("lines have no columns");
    }

    #[test]
    fn that_a_list_is_to_be_empty_must_be_said() {
        let check = |form, body: &str, empty, expect: bool| {
            let bytes = Bytes::from(body.to_owned());
            let how = SentHow {
                empty,
                ..SentHow::default()
            };
            let entries = SentEntries { form, bytes }.read(&how).expect("entries");
            assert_eq!(
                entries.check_not_empty().is_ok(),
                expect,
                "{body:?} {empty:?}"
            );
        };
        check(Form::Json, "[]", None, true);
        check(Form::Json, r#"[" "]"#, None, false);
        check(Form::Lines, "\n\n", None, false);
        check(Form::Lines, "", Some(true), true);
        check(Form::Lines, "IR", None, true);
        check(Form::Csv, "id\n", None, false);
        check(Form::Csv, "id\n", Some(false), false);
        check(Form::Csv, "id\n", Some(true), true);
    }

    #[test]
    fn csv_is_read_back_as_it_is_written() {
        let entries = ["=1+1", "a \"b\", c", "a\u{202e}\u{1f600}", ",", "\""];
        let bytes = Bytes::from(format!("\u{feff}{}", to_csv(entries.into_iter())));
        let read = SentEntries {
            form: Form::Csv,
            bytes,
        };
        let read = read.read(&SentHow::default()).expect("good CSV");
        let expect: BTreeSet<String> = entries.map(str::to_owned).into();
        assert_eq!(
            (read.entries, read.column.as_deref()),
            (expect, Some("entry"))
        );
    }
}
