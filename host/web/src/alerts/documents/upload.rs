//! Putting a document to an alert: it goes to the place of files as it comes, and is never whole in memory.

use app::alerts::documents::{self, MAX_DESCRIPTION, Upload};
use app::document::name_in_disposition;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::super::answer::{Kept, OnAlert};
use super::PLACE;
use crate::failure::Failure;
use crate::text::EN;

/// The longest description that is read, in bytes.
const DESCRIPTION_BYTES: usize = 4 * MAX_DESCRIPTION;

/// What is read and dropped of a form that was refused, in bytes: browsers show no answer before they sent all of it.
const DROPPED_BYTES: usize = 64 << 20;

pub(crate) async fn upload(on: OnAlert, form: Result<Multipart, MultipartRejection>) -> Response {
    let mut description = String::new();
    let done = match form {
        Ok(mut form) => {
            let done = keep(&on, &mut form, &mut description).await;
            if done.is_err() {
                drop_rest(form).await;
            }
            done
        }
        Err(rejection) => Err(Failure::new(rejection.status(), rejection.body_text())),
    };
    let kept = Kept {
        description: &description,
        ..Kept::default()
    };
    on.answer(done, PLACE, kept).await
}

/// Reads the form, and puts the document to the alert. Nothing is left of a file that is refused, or breaks off.
async fn keep(on: &OnAlert, form: &mut Multipart, description: &mut String) -> Result<(), Failure> {
    let mut upload = documents::begin(&on.app, on.caller(), on.alert).await?;
    if let Err(failure) = read_fields(&mut upload, form, description).await {
        upload.abort().await;
        return Err(failure);
    }
    let description = Some(description.trim().to_owned());
    documents::keep(&on.app, on.caller().again(), upload, description).await?;
    Ok(())
}

async fn read_fields(
    upload: &mut Upload,
    form: &mut Multipart,
    description: &mut String,
) -> Result<(), Failure> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("file") if !upload.is_whole() => read_file(upload, field).await?,
            Some("description") => *description = read_description(field).await?,
            _ => return Err(invalid(EN.documents.no_field)),
        }
    }
    Ok(())
}

async fn read_file(upload: &mut Upload, mut field: Field<'_>) -> Result<(), Failure> {
    let disposition = field.headers().get(header::CONTENT_DISPOSITION);
    let name = disposition.and_then(|header| name_in_disposition(header.as_bytes()));
    let name = name.unwrap_or_default();
    let declared = field.content_type().unwrap_or_default().to_owned();
    let mut is_empty = true;
    while let Some(bytes) = field.chunk().await.map_err(|error| broken(&error))? {
        is_empty &= bytes.is_empty();
        upload.write(&bytes).await?;
    }
    // So browsers send a field in which no file was chosen.
    if is_empty && name.is_empty() {
        return Err(invalid(EN.documents.no_file));
    }
    Ok(upload.end(&name, &declared)?)
}

async fn read_description(mut field: Field<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > DESCRIPTION_BYTES {
            break;
        }
    }
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    let text = String::from_utf8(bytes).ok();
    let text =
        text.filter(|text| text.chars().count() <= MAX_DESCRIPTION && !text.contains(is_odd));
    text.ok_or_else(|| invalid(EN.documents.no_description))
}

fn invalid(detail: &str) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn broken(error: &MultipartError) -> Failure {
    Failure::new(error.status(), error.body_text())
}

/// Reads what a browser still sends, so that it shows the answer.
async fn drop_rest(mut form: Multipart) {
    let mut left = DROPPED_BYTES;
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(bytes)) = field.chunk().await {
            let Some(less) = left.checked_sub(bytes.len()) else {
                return;
            };
            left = less;
        }
    }
}
