//! Documents of alerts: `/v1/alerts/{alert}/documents`.

mod download;
mod upload;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::NoContent;
use schemars::{JsonSchema, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::AlertPath;
use super::parts::PersonBody;
use crate::http::multipart::fields;
use crate::http::{
    ETag, List, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireTime, answers_file,
    problems,
};
use app::App;
use app::alerts::documents::{self, DocumentView, MAX_DESCRIPTION};
use config::Config;

/// What a body may have besides the document, in bytes: its boundaries, headers and other fields.
const AROUND_BYTES: usize = 64 << 10;

pub(super) fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    let largest = usize::try_from(config.files.max_document_bytes).unwrap_or(usize::MAX);
    let upload = post_with(upload::upload_document, |op| {
        op.summary("Put a document to an alert")
            .description("The document is what its bytes say; where the declared media type or the end of its name says otherwise it is refused. PDF, images, Office and OpenDocument files without macros, ZIP, Outlook messages and text in UTF-8 are taken.")
            .tag("Alerts")
            .with(fields(json_schema!({
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": { "type": "string", "format": "binary" },
                    "description": { "type": "string", "maxLength": MAX_DESCRIPTION },
                },
            })))
            .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
    });
    ApiRouter::new()
        .api_route(
            "/v1/alerts/{alert}/documents",
            upload
                .layer(DefaultBodyLimit::max(largest.saturating_add(AROUND_BYTES)))
                .get_with(list_documents, |op| {
                    op.summary("List the documents of an alert, oldest first")
                        .tag("Alerts")
                }),
        )
        .api_route(
            "/v1/alerts/{alert}/documents/{document}",
            get_with(read_document, |op| {
                op.summary("Read what is known of a document").tag("Alerts")
            })
            .delete_with(delete_document, |op| {
                op.summary("Delete a document")
                    .description("Its bytes are removed. What it was called and its SHA-256 stay in the store, for the audit.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/documents/{document}/content",
            get_with(download::read_content, |op| {
                op.summary("Fetch a document")
                    .description("Always as a download, which no browser shows as a page of the host.")
                    .tag("Alerts")
                    .response::<200, Vec<u8>>()
                    .with(answers_file(&["*/*"]))
            }),
        )
}

/// The path of a document.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct DocumentPath {
    /// The alert's id.
    #[schemars(with = "String")]
    alert: Uuid,
    /// The document's id.
    #[schemars(with = "String")]
    document: Uuid,
}

/// What is known of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Document")]
struct DocumentBody {
    /// UUIDv7.
    id: String,
    /// To which alert it was put: this one, or one that was merged into it.
    alert: String,
    author: PersonBody,
    /// What it is called.
    name: String,
    description: Option<String>,
    /// By its bytes.
    media_type: String,
    /// Its length.
    bytes: u64,
    /// SHA-256 of its bytes, in hex.
    sha256: String,
    created_at: WireTime,
    /// The `ETag`.
    version: u64,
}

impl From<DocumentView> for DocumentBody {
    fn from(document: DocumentView) -> Self {
        Self {
            id: document.id.to_string(),
            alert: document.alert.to_string(),
            author: document.author.into(),
            name: document.name,
            description: document.description,
            media_type: document.media_type,
            bytes: document.bytes,
            sha256: base::hex::encode(&document.sha256),
            created_at: WireTime(document.created_at),
            version: document.version,
        }
    }
}

async fn list_documents(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<DocumentBody>>, Problem> {
    let page = documents::list(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(DocumentBody::from).into()))
}

async fn read_document(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DocumentPath>,
    preconditions: Preconditions,
) -> Result<Tagged<DocumentBody>, Problem> {
    let document = documents::read(&app, &caller, path.alert, path.document).await?;
    let etag = ETag::of_version(document.version);
    Ok(Tagged::get(etag, document.into(), &preconditions))
}

async fn delete_document(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DocumentPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    let (alert, id) = (path.alert, path.document);
    documents::delete(&app, &caller, alert, id, preconditions.expected()).await?;
    Ok(NoContent)
}
