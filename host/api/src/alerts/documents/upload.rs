//! Putting a document to an alert: it goes to the place of files as it comes, and is never whole in memory.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::Field;
use axum::http::header;

use super::super::super::caller::UserCaller;
use super::super::AlertPath;
use super::DocumentBody;
use crate::http::multipart::{Multipart, unread};
use crate::http::{Created, Params, Problem, ProblemKind};
use app::App;
use app::alerts::documents::{self, MAX_DESCRIPTION, Upload, UploadError};
use app::document::{DocumentRefusal, name_in_disposition};
use app::request::{FieldFault, Invalid};

/// The longest description that is read, in bytes.
const DESCRIPTION_BYTES: usize = 4 * MAX_DESCRIPTION;

/// Seconds after which the place of files may take the document.
const RETRY_SECONDS: u64 = 10;

pub(super) async fn upload_document(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    form: Multipart,
) -> Result<Created<DocumentBody>, Problem> {
    let mut upload = documents::begin(&app, &caller, path.alert).await?;
    let description = match read_fields(&mut upload, form).await {
        Ok(description) => description,
        // Where a field is refused, or the body breaks off, nothing is left of the file.
        Err(problem) => {
            upload.abort().await;
            return Err(problem);
        }
    };
    let document = documents::keep(&app, caller.0, upload, description).await?;
    Ok(Created(document.into()))
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Forbidden(error) => error.into(),
            UploadError::Part(error) => error.into(),
            UploadError::Full => Self::conflict(error.to_string()),
            UploadError::TooLarge(_) => Self::new(ProblemKind::TooLarge, error.to_string()),
            UploadError::Refused(refusal) => {
                let reason = match refusal {
                    DocumentRefusal::Empty => "empty",
                    _ => "type",
                };
                Invalid::field("file", reason, refusal.to_string()).into()
            }
            UploadError::Invalid(error) => error.into(),
            UploadError::Files => Self::unavailable(error.to_string(), RETRY_SECONDS),
            UploadError::Lost => Self::internal(),
            UploadError::Lane(error) => error.into(),
        }
    }
}

/// Reads the fields: writes the file, and answers the description.
async fn read_fields(upload: &mut Upload, mut form: Multipart) -> Result<Option<String>, Problem> {
    let mut description = None;
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("file") if !upload.is_whole() => read_file(upload, field).await?,
            Some("description") if description.is_none() => {
                description = Some(read_description(field).await?);
            }
            Some(name @ ("file" | "description")) => {
                return Err(refused(name, "duplicate_field", "comes twice"));
            }
            name => {
                let name = name.unwrap_or_default().to_owned();
                return Err(refused(&name, "unknown_field", "is not known"));
            }
        }
    }
    match upload.is_whole() {
        true => Ok(description),
        false => Err(refused("file", "missing", "is missing")),
    }
}

async fn read_file(upload: &mut Upload, mut field: Field<'_>) -> Result<(), Problem> {
    let disposition = field.headers().get(header::CONTENT_DISPOSITION);
    let name = disposition.and_then(|header| name_in_disposition(header.as_bytes()));
    let declared = field.content_type().unwrap_or_default().to_owned();
    while let Some(bytes) = field.chunk().await.map_err(|error| unread(&error))? {
        upload.write(&bytes).await?;
    }
    Ok(upload.end(&name.unwrap_or_default(), &declared)?)
}

async fn read_description(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| unread(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > DESCRIPTION_BYTES {
            break;
        }
    }
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    let text = String::from_utf8(bytes).ok();
    let text =
        text.filter(|text| text.chars().count() <= MAX_DESCRIPTION && !text.contains(is_odd));
    let detail = "must have at most 1000 characters, in UTF-8 and without control characters";
    text.ok_or_else(|| refused("description", "text", detail))
}

fn refused(field: &str, reason: &str, detail: &str) -> Problem {
    let fault = FieldFault {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.to_owned(),
    };
    Invalid {
        detail: format!("the field '{field}' {detail}"),
        faults: vec![fault],
    }
    .into()
}
