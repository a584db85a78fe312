//! Putting a document to an alert: it goes to the place of files as it comes, and is never whole in memory.

use app::alerts::documents::{self, MAX_DESCRIPTION, Upload};
use app::document::name_in_disposition;
use axum::Extension;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use sha2::{Digest, Sha256};
use tenant::Permission;

use super::super::answer::{Kept, OnAlert};
use super::PLACE;
use crate::failure::Failure;
use crate::once::{self, Begun, FormKey};
use crate::text::EN;

/// The longest description that is read, in bytes.
const DESCRIPTION_BYTES: usize = 4 * MAX_DESCRIPTION;

/// What is read and dropped of a form that was refused, in bytes: browsers show no answer before they sent all of it.
const DROPPED_BYTES: usize = 64 << 20;

pub(crate) async fn upload(
    on: OnAlert,
    key: Option<Extension<FormKey>>,
    uri: Uri,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let mut fields = Fields::default();
    let read = match form {
        Ok(mut form) => {
            let read = read(&on, &mut form, &mut fields).await;
            if read.is_err() {
                drop_rest(form).await;
            }
            read
        }
        Err(rejection) => Err(match on.caller().require(Permission::DocumentWrite) {
            Ok(()) => Failure::new(rejection.status(), rejection.body_text()),
            Err(forbidden) => forbidden.into(),
        }),
    };
    let upload = match read {
        Ok(upload) => upload,
        Err(failure) => return answer(&on, Err(failure), &fields).await,
    };
    let Some(Extension(key)) = key else {
        return keep(on, upload, fields).await;
    };
    match once::begin(&on.app, on.caller(), &uri, key, &fields.hash()).await {
        Ok(Begun::Now(turn)) => turn.carry_out(keep(on, upload, fields)).await,
        Ok(Begun::Before(response)) => {
            upload.abort().await;
            response
        }
        Err(failure) => {
            upload.abort().await;
            answer(&on, Err(failure), &fields).await
        }
    }
}

/// What is known of the fields of a form.
#[derive(Default)]
struct Fields {
    description: String,
    /// What the file is called, and its bytes.
    file: Sha256,
}

impl Fields {
    fn hash(&self) -> [u8; 32] {
        let mut all = Sha256::new();
        all.update(self.description.len().to_be_bytes());
        all.update(&self.description);
        all.update(self.file.clone().finalize());
        all.finalize().into()
    }
}

/// Leads back to the documents, or shows the page with why the document is not among them.
async fn answer(on: &OnAlert, done: Result<(), Failure>, fields: &Fields) -> Response {
    let kept = Kept {
        description: &fields.description,
        ..Kept::default()
    };
    on.answer(done, PLACE, kept).await
}

/// Reads the form. Nothing is left of a file that is refused, or breaks off.
async fn read(on: &OnAlert, form: &mut Multipart, fields: &mut Fields) -> Result<Upload, Failure> {
    let mut upload = documents::begin(&on.app, on.caller(), on.alert).await?;
    match read_fields(&mut upload, form, fields).await {
        Ok(()) => Ok(upload),
        Err(failure) => {
            upload.abort().await;
            Err(failure)
        }
    }
}

/// Puts the document to the alert.
async fn keep(on: OnAlert, upload: Upload, fields: Fields) -> Response {
    let description = Some(fields.description.trim().to_owned());
    let kept = documents::keep(&on.app, on.caller().again(), upload, description).await;
    answer(&on, kept.map(drop).map_err(Failure::from), &fields).await
}

async fn read_fields(
    upload: &mut Upload,
    form: &mut Multipart,
    fields: &mut Fields,
) -> Result<(), Failure> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("file") if !upload.is_whole() => {
                read_file(upload, field, &mut fields.file).await?;
            }
            Some("description") => fields.description = read_description(field).await?,
            _ => return Err(invalid(EN.documents.no_field)),
        }
    }
    Ok(())
}

async fn read_file(
    upload: &mut Upload,
    mut field: Field<'_>,
    hash: &mut Sha256,
) -> Result<(), Failure> {
    let disposition = field.headers().get(header::CONTENT_DISPOSITION);
    let name = disposition.and_then(|header| name_in_disposition(header.as_bytes()));
    let name = name.unwrap_or_default();
    let declared = field.content_type().unwrap_or_default().to_owned();
    hash.update(name.len().to_be_bytes());
    hash.update(&name);
    let mut is_empty = true;
    while let Some(bytes) = field.chunk().await.map_err(|error| broken(&error))? {
        is_empty &= bytes.is_empty();
        hash.update(&bytes);
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
