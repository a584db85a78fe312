//! Documents of alerts. A document goes to the place of files as it comes, and is never whole in memory.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use uuid::Uuid;

use super::parts::{self, NewPartError, PartError, PersonView, find_in, new_in, subject};
use super::{NoSuchAlert, NoSuchPart};
use crate::App;
use crate::blocking::on_disk;
use crate::caller::{Caller, Forbidden};
use crate::document::{DocumentRefusal, Sniffer, file_name};
use crate::request::from_store::from_store_error;
use crate::request::{Expected, Invalid, Page, PageRequest};
use domain::alert::{AlertId, Document, Part, PartId, PartKind};
use domain::time::Timestamp;
use engine::alert::parts::{PartQuery, list_parts};
use engine::alert::read_alert;
use engine::lane::{Change, ChangeError, LaneError, Mark};
use files::{FileError, FileKind, FilePath, NewFile};
use store::key::TenantId;
use tenant::Permission;

/// The most documents that an alert has.
const MAX_DOCUMENTS: usize = 100;

/// The most documents that an alert can have had, deleted ones among them.
const MAX_EVER: u32 = 1_000;

/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1_000;

/// What is known of a document.
#[derive(Clone, Debug)]
pub struct DocumentView {
    /// UUIDv7.
    pub id: PartId,
    /// To which alert it was put: the one that was asked for, or one that was merged into it.
    pub alert: AlertId,
    /// Who put it there.
    pub author: PersonView,
    /// What it is called.
    pub name: String,
    /// What people say of it.
    pub description: Option<String>,
    /// By its bytes.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// When it was put there.
    pub created_at: Timestamp,
    /// Rises with each change.
    pub version: u64,
}

/// Why a document was not put to an alert.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such alert, or it cannot be read.
    #[error(transparent)]
    Part(PartError),
    /// The alert has as many as it may have.
    #[error("the alert has {MAX_DOCUMENTS} documents, and cannot have more; delete one first")]
    Full,
    /// It is longer than the host takes.
    #[error(
        "the document has more than {0} bytes, which is the most; the operator sets files.max_document_bytes"
    )]
    TooLarge(u64),
    /// The bytes are none that the host takes.
    #[error(transparent)]
    Refused(#[from] DocumentRefusal),
    /// The description cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The place of files does not take it; the cause is in the log.
    #[error("the place of files does not take the document now")]
    Files,
    /// Keeping it panicked.
    #[error("the host failed")]
    Lost,
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(UploadError);

impl From<PartError> for UploadError {
    fn from(error: PartError) -> Self {
        Self::Part(error)
    }
}

impl From<NewPartError> for UploadError {
    fn from(error: NewPartError) -> Self {
        Self::Part(error.into())
    }
}

impl From<FileError> for UploadError {
    fn from(error: FileError) -> Self {
        tracing::error!(%error, "a document cannot be written");
        Self::Files
    }
}

/// Why a document cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no such document, or it cannot be read.
    #[error(transparent)]
    Part(#[from] PartError),
    /// Its bytes cannot be read; the cause is in the log.
    #[error("the document cannot be read now")]
    Files,
}

impl From<Part<Document>> for DocumentView {
    fn from(part: Part<Document>) -> Self {
        let document = part.content;
        Self {
            id: part.id,
            alert: part.alert,
            author: part.author.into(),
            name: document.name,
            description: document.description,
            media_type: document.media_type,
            bytes: document.bytes,
            sha256: document.sha256,
            created_at: part.created_at,
            version: part.version,
        }
    }
}

/// Where the bytes of a document are.
fn file_of(tenant: TenantId, alert: AlertId, document: PartId) -> FilePath {
    FilePath {
        tenant,
        kind: FileKind::Document { alert },
        id: document,
    }
}

/// A page of an alert's documents, oldest first.
///
/// # Errors
/// Where the caller may not, or there is no such alert.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    page: &PageRequest,
) -> Result<Page<DocumentView>, PartError> {
    caller.require(Permission::DocumentRead)?;
    let page = parts::list::<Document>(app, caller, alert, page).await?;
    Ok(page.map(DocumentView::from))
}

/// Reads what is known of a document.
///
/// # Errors
/// Where the caller may not, or there is no such document.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    id: PartId,
) -> Result<DocumentView, PartError> {
    caller.require(Permission::DocumentRead)?;
    let document = parts::read::<Document>(app, caller, alert, id).await?;
    Ok(document.into())
}

/// Opens these bytes of a document that was [read].
///
/// # Errors
/// Where it was deleted since, or its bytes cannot be read.
pub async fn open(
    app: &App,
    caller: &Caller,
    document: &DocumentView,
    range: Range<u64>,
) -> Result<BoxStream<'static, io::Result<Bytes>>, FetchError> {
    let file = file_of(caller.tenant, document.alert, document.id);
    let bytes = app.files.open_range(&file, range).await;
    bytes.map_err(|error| match error {
        FileError::Missing { .. } => FetchError::Part(
            NoSuchPart {
                kind: PartKind::Document,
                id: document.id,
            }
            .into(),
        ),
        error => {
            tracing::error!(%file, %error, "a document cannot be opened");
            FetchError::Files
        }
    })
}

/// Deletes a document. Its bytes are removed; what it was called and its SHA-256 stay in the store, for the audit.
///
/// # Errors
/// Where the caller may not, or there is no such document.
pub async fn delete(
    app: &App,
    caller: &Caller,
    alert: AlertId,
    id: PartId,
    expected: Expected,
) -> Result<(), PartError> {
    caller.require(Permission::DocumentWrite)?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let document = find_in::<Document>(change, alert, id, &expected)?;
        let (alert, at) = (document.alert, change.at());
        change.audit(&actor, "document.delete", subject(&document));
        change.put_part(document.deleted(at));
        Ok(alert)
    };
    let alert = caller.change::<_, PartError, _>(delete).await?;
    let file = file_of(caller.tenant, alert, id);
    // What cannot be removed now is removed at the next start: no document has it any more.
    if let Err(error) = app.files.delete(&file).await {
        tracing::warn!(%file, %error, "the bytes of a deleted document are left until the next start");
    }
    Ok(())
}

/// A document that is coming in. It is kept, or aborted.
pub struct Upload {
    alert: AlertId,
    id: Uuid,
    file: NewFile,
    sniffer: Sniffer,
    largest: u64,
    /// Name and media type, once all bytes are there.
    whole: Option<(String, &'static str)>,
}

/// Begins to take a document.
///
/// # Errors
/// Where the caller may not, there is no such alert, or it has no room.
pub async fn begin(app: &Arc<App>, caller: &Caller, alert: AlertId) -> Result<Upload, UploadError> {
    caller.require(Permission::DocumentWrite)?;
    // Before much is sent that will not be taken; in the lane it is asked again.
    check_room(app, caller, alert).await?;
    let id = Uuid::now_v7();
    let file = file_of(caller.tenant, alert, id);
    Ok(Upload {
        alert,
        id,
        file: app.files.create(&file).await?,
        sniffer: Sniffer::default(),
        largest: app.config.files.max_document_bytes,
        whole: None,
    })
}

impl Upload {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// Where they are more than the host takes, or none that it takes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        if self.file.bytes() + bytes.len() as u64 > self.largest {
            return Err(UploadError::TooLarge(self.largest));
        }
        self.sniffer.feed(bytes)?;
        Ok(self.file.write(bytes).await?)
    }

    /// Says that all bytes are there, what the file is called, and what its sender says it is.
    ///
    /// # Errors
    /// Where the bytes are none that the host takes, or something else than its sender says.
    pub fn end(&mut self, name: &str, declared: &str) -> Result<(), UploadError> {
        let name = file_name(name);
        let sniffer = std::mem::take(&mut self.sniffer);
        let media_type = sniffer.finish(&name, declared)?;
        self.whole = Some((name, media_type));
        Ok(())
    }

    /// Whether all bytes are there.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Leaves nothing of the file.
    pub async fn abort(self) {
        self.file.abort().await;
    }
}

/// Puts a document to its alert, all bytes of which are there. The work goes on to its end if the client disconnects.
///
/// # Errors
/// Where the alert has no room any more, or the change could not be made.
pub async fn keep(
    app: &Arc<App>,
    caller: Caller,
    upload: Upload,
    description: Option<String>,
) -> Result<DocumentView, UploadError> {
    let keeping = Mark::spawn(keep_to_end(app.clone(), caller, upload, description));
    let kept = keeping.await.map_err(|error| {
        tracing::error!(%error, "a document was not kept");
        UploadError::Lost
    })?;
    Ok(kept?.into())
}

async fn check_room(app: &Arc<App>, caller: &Caller, alert: AlertId) -> Result<(), UploadError> {
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let count = on_disk(app, move |app| {
        let store = &app.services.store;
        if read_alert(store, tenant, alert, position)?.is_none() {
            return Ok(None);
        }
        let query = PartQuery {
            alerts: &[alert],
            kind: PartKind::Document,
            position,
            after: None,
            limit: MAX_DOCUMENTS,
        };
        list_parts(store, tenant, &query).map(|documents| Some(documents.len()))
    });
    match count.await.map_err(PartError::from)? {
        None => Err(PartError::from(NoSuchAlert(alert)).into()),
        Some(count) if count >= MAX_DOCUMENTS => Err(UploadError::Full),
        Some(_) => Ok(()),
    }
}

/// Makes the file durable, then notes it. A file that is not to be noted is removed.
async fn keep_to_end(
    app: Arc<App>,
    caller: Caller,
    upload: Upload,
    description: Option<String>,
) -> Result<Part<Document>, UploadError> {
    let (alert, id) = (upload.alert, upload.id);
    let Some((name, media_type)) = upload.whole else {
        upload.file.abort().await;
        return Err(Invalid::field("file", "missing", "the field 'file' is missing").into());
    };
    let written = upload.file.finish().await?;
    let document = Document {
        name,
        description: description.filter(|text| !text.is_empty()),
        media_type: media_type.to_owned(),
        bytes: written.bytes,
        sha256: written.sha256,
    };
    let (actor, author) = (caller.actor(), caller.person());
    let note = move |change: &mut Change<'_>| {
        if change.parts::<Document>(&[alert], MAX_DOCUMENTS)?.len() >= MAX_DOCUMENTS {
            return Err(UploadError::Full);
        }
        let document = new_in(change, alert, id, author, document, MAX_EVER)?;
        change.audit(&actor, "document.create", subject(&document));
        change.put_part(document.clone());
        Ok(document)
    };
    let noted = caller.lane.change_as(caller.authority(), note).await;
    // After other errors nobody knows whether it was noted; if not, it is removed at the next start.
    if let Err(
        ChangeError::Refused(_) | ChangeError::Lane(LaneError::Full | LaneError::Revoked(_)),
    ) = &noted
    {
        let file = file_of(caller.tenant, alert, id);
        if let Err(error) = app.files.delete(&file).await {
            tracing::warn!(%file, %error, "the bytes of a refused document are left until the next start");
        }
    }
    noted.map_err(crate::caller::refusal)
}
