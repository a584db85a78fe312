//! Putting a document to an alert: it goes to the place of files as it comes, and is never whole in memory.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::Field;
use axum::http::header;
use domain::alert::{AlertId, Document, Part, PartKind};
use uuid::Uuid;

use super::super::super::caller::UserCaller;
use super::super::parts::{new_in, subject};
use super::super::{AlertPath, no_such_alert, on_disk};
use super::{DocumentBody, MAX_DOCUMENTS, MAX_EVER, file_of};
use crate::http::multipart::{Multipart, unread};
use crate::http::{Created, Params, Problem, ProblemError, ProblemKind};
use app::App;
use app::document::{DocumentRefusal, Sniffer, file_name, name_in_disposition};
use engine::alert::parts::{PartQuery, list_parts};
use engine::alert::read_alert;
use engine::lane::{Change, ChangeError, LaneError, Mark};
use files::{FileError, NewFile};
use tenant::Permission;

/// The longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 1_000;

/// The longest description that is read, in bytes.
const DESCRIPTION_BYTES: usize = 4 * MAX_DESCRIPTION;

pub(super) async fn upload_document(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    form: Multipart,
) -> Result<Created<DocumentBody>, Problem> {
    caller.require(Permission::DocumentWrite)?;
    // Before much is sent that will not be taken; in the lane it is asked again.
    require_room(&app, &caller, path.alert).await?;
    let id = Uuid::now_v7();
    let received = receive(&app, &caller, path.alert, id, form).await?;
    // Whoever asked may go now: the file is noted or removed all the same.
    let keeping = Mark::spawn(keep(app, caller, path.alert, id, received));
    let document = keeping.await.map_err(|error| {
        tracing::error!(%error, "a document was not kept");
        Problem::internal()
    })?;
    Ok(Created(DocumentBody::of(document?)))
}

async fn require_room(app: &Arc<App>, caller: &UserCaller, alert: AlertId) -> Result<(), Problem> {
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let read = move |app: &App| {
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
    };
    match on_disk(app, read).await? {
        None => Err(no_such_alert(alert)),
        Some(count) if count >= MAX_DOCUMENTS => Err(full()),
        Some(_) => Ok(()),
    }
}

fn full() -> Problem {
    Problem::conflict(format!(
        "the alert has {MAX_DOCUMENTS} documents, and cannot have more; delete one first"
    ))
}

/// What came, and is good.
struct Received {
    file: NewFile,
    name: String,
    description: Option<String>,
    media_type: &'static str,
}

/// Reads the fields. Where one is refused, or the body breaks off, nothing is left of the file.
async fn receive(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: AlertId,
    id: Uuid,
    mut form: Multipart,
) -> Result<Received, Problem> {
    let path = file_of(caller.tenant, alert, id);
    let file = app.files.create(&path).await.map_err(failed)?;
    let mut received = Received {
        file,
        name: String::new(),
        description: None,
        media_type: "",
    };
    match received.read(app, &mut form).await {
        Ok(()) => Ok(received),
        Err(problem) => {
            received.file.abort().await;
            Err(problem)
        }
    }
}

impl Received {
    async fn read(&mut self, app: &App, form: &mut Multipart) -> Result<(), Problem> {
        let largest = app.config.files.max_document_bytes;
        while let Some(field) = form.next_field().await? {
            match field.name() {
                Some("file") if self.media_type.is_empty() => {
                    self.read_file(field, largest).await?;
                }
                Some("description") if self.description.is_none() => {
                    self.description = Some(read_description(field).await?);
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
        if self.media_type.is_empty() {
            return Err(refused("file", "missing", "is missing"));
        }
        Ok(())
    }

    async fn read_file(&mut self, mut field: Field<'_>, largest: u64) -> Result<(), Problem> {
        let disposition = field.headers().get(header::CONTENT_DISPOSITION);
        let name = disposition.and_then(|header| name_in_disposition(header.as_bytes()));
        self.name = file_name(&name.unwrap_or_default());
        let declared = field.content_type().unwrap_or_default().to_owned();
        let mut sniffer = Sniffer::default();
        while let Some(bytes) = field.chunk().await.map_err(|error| unread(&error))? {
            if self.file.bytes() + bytes.len() as u64 > largest {
                let detail = format!(
                    "the document has more than {largest} bytes, which is the most; the operator sets files.max_document_bytes"
                );
                return Err(Problem::new(ProblemKind::TooLarge, detail));
            }
            sniffer.feed(&bytes).map_err(not_taken)?;
            self.file.write(&bytes).await.map_err(failed)?;
        }
        self.media_type = sniffer.finish(&self.name, &declared).map_err(not_taken)?;
        Ok(())
    }
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
    let fault = ProblemError {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.to_owned(),
    };
    Problem::unprocessable(format!("the field '{field}' {detail}"), vec![fault])
}

fn not_taken(refusal: DocumentRefusal) -> Problem {
    let reason = match refusal {
        DocumentRefusal::Empty => "empty",
        _ => "type",
    };
    let fault = ProblemError {
        field: "file".to_owned(),
        reason: reason.to_owned(),
        detail: refusal.to_string(),
    };
    Problem::unprocessable(refusal.to_string(), vec![fault])
}

fn failed(error: FileError) -> Problem {
    tracing::error!(%error, "a document cannot be written");
    Problem::unavailable("the place of files does not take the document now", 10)
}

/// Makes the file durable, then notes it. A file that is not to be noted is removed.
async fn keep(
    app: Arc<App>,
    caller: UserCaller,
    alert: AlertId,
    id: Uuid,
    received: Received,
) -> Result<Part<Document>, Problem> {
    let written = received.file.finish().await.map_err(failed)?;
    let document = Document {
        name: received.name,
        description: received.description.filter(|text| !text.is_empty()),
        media_type: received.media_type.to_owned(),
        bytes: written.bytes,
        sha256: written.sha256,
    };
    let (actor, author) = (caller.actor(), caller.person());
    let note = move |change: &mut Change<'_>| {
        if change.parts::<Document>(&[alert], MAX_DOCUMENTS)?.len() >= MAX_DOCUMENTS {
            return Err(full());
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
    Ok(noted?)
}
