//! One version of a part of an alert.

use domain::alert::{AlertId, Comment, Content, Document, Done, Part, Person, Task};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One version of a part, as the store keeps it. Times are microseconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PartRecord {
    pub id: Uuid,
    pub number: u32,
    pub version: u64,
    pub author: PersonRecord,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    pub content: ContentRecord,
}

/// A user, as the user was called then.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PersonRecord {
    pub id: String,
    pub login: String,
}

/// What a part says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ContentRecord {
    Comment {
        text: String,
        edited_at: Option<i64>,
    },
    Task {
        title: String,
        user_id: Option<String>,
        due_date: Option<i64>,
        done_by: Option<PersonRecord>,
        done_at: Option<i64>,
    },
    Document {
        name: String,
        description: Option<String>,
        media_type: String,
        bytes: u64,
        sha256: [u8; 32],
    },
}

impl PartRecord {
    /// The bytes of a part.
    pub fn write(part: &Part) -> Vec<u8> {
        let micros = Timestamp::as_micros;
        let content = match &part.content {
            Content::Comment(comment) => ContentRecord::Comment {
                text: comment.text.clone(),
                edited_at: comment.edited_at.map(micros),
            },
            Content::Task(task) => ContentRecord::Task {
                title: task.title.clone(),
                user_id: task.user_id.clone(),
                due_date: task.due_date.map(micros),
                done_by: task.done.as_ref().map(|done| (&done.by).into()),
                done_at: task.done.as_ref().map(|done| micros(done.at)),
            },
            Content::Document(document) => ContentRecord::Document {
                name: document.name.clone(),
                description: document.description.clone(),
                media_type: document.media_type.clone(),
                bytes: document.bytes,
                sha256: document.sha256,
            },
        };
        let record = Self {
            id: part.id,
            number: part.number,
            version: part.version,
            author: (&part.author).into(),
            created_at: micros(part.created_at),
            updated_at: micros(part.updated_at),
            deleted: part.deleted,
            content,
        };
        serde_json::to_vec(&record).expect("a part has only string keys")
    }

    /// Reads what [`write`](Self::write) wrote; whose part it is stands in the key.
    ///
    /// # Errors
    /// Where the bytes are no such record.
    pub fn read(alert: AlertId, bytes: &[u8]) -> Result<Part, serde_json::Error> {
        let record: Self = serde_json::from_slice(bytes)?;
        let time = Timestamp::from_micros;
        let content = match record.content {
            ContentRecord::Comment { text, edited_at } => Content::Comment(Comment {
                text,
                edited_at: edited_at.map(time),
            }),
            ContentRecord::Task {
                title,
                user_id,
                due_date,
                done_by,
                done_at,
            } => Content::Task(Task {
                title,
                user_id,
                due_date: due_date.map(time),
                done: done_by.zip(done_at).map(|(by, at)| Done {
                    by: by.into(),
                    at: time(at),
                }),
            }),
            ContentRecord::Document {
                name,
                description,
                media_type,
                bytes,
                sha256,
            } => Content::Document(Document {
                name,
                description,
                media_type,
                bytes,
                sha256,
            }),
        };
        Ok(Part {
            alert,
            id: record.id,
            number: record.number,
            version: record.version,
            author: record.author.into(),
            created_at: time(record.created_at),
            updated_at: time(record.updated_at),
            deleted: record.deleted,
            content,
        })
    }
}

impl From<&Person> for PersonRecord {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.clone(),
            login: person.login.clone(),
        }
    }
}

impl From<PersonRecord> for Person {
    fn from(record: PersonRecord) -> Self {
        Self {
            id: record.id,
            login: record.login,
        }
    }
}
