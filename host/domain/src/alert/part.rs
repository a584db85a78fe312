//! What people put to an alert: comments, tasks and documents.
//!
//! A part has versions of its own; the alert's version does not change with it. Every version is
//! kept, and so a part that was deleted is one whose newest version says so.

use uuid::Uuid;

use super::AlertId;
use crate::time::Timestamp;

/// A part's id: UUIDv7, so that ids rise with the time of creation.
pub type PartId = Uuid;

/// A user, as the user was called then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The user's id.
    pub id: String,
    /// The user's login.
    pub login: String,
}

/// A part of an alert, in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<C = Content> {
    /// Whose part it is.
    pub alert: AlertId,
    /// UUIDv7.
    pub id: PartId,
    /// 1 for the first of its kind that the alert had, rising by one with each, deleted or not.
    pub number: u32,
    /// 1 when made, rising by one with each change.
    pub version: u64,
    /// Who made it.
    pub author: Person,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; when it was made, if it never was.
    pub updated_at: Timestamp,
    /// It is there no more.
    pub deleted: bool,
    /// What it says.
    pub content: C,
}

/// What kinds of parts there are. The numbers stand in keys of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// See [`Comment`].
    Comment = 1,
    /// See [`Task`].
    Task = 2,
    /// See [`Document`].
    Document = 3,
}

/// What a part says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// See [`Comment`].
    Comment(Comment),
    /// See [`Task`].
    Task(Task),
    /// See [`Document`].
    Document(Document),
}

/// What someone has to say about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Rich text, in which nothing but harmless HTML is left.
    pub text: String,
    /// When its author edited it last.
    pub edited_at: Option<Timestamp>,
}

/// Something to do about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// One line.
    pub title: String,
    /// Who is to do it: a user's id.
    pub user_id: Option<String>,
    /// Until when.
    pub due_date: Option<Timestamp>,
    /// Who did it, and when.
    pub done: Option<Done>,
}

/// A task was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Who said so.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A file that someone put to an alert. Its bytes are a file of the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is called, for people: no path.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// What it is, by its bytes.
    pub media_type: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// One kind of content.
pub trait PartContent: Clone + Into<Content> + Sized {
    /// Which.
    const KIND: PartKind;

    /// The content, where it is of this kind.
    fn of(content: Content) -> Option<Self>;
}

impl PartKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Comment, Self::Task, Self::Document];

    /// The kind of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// As people and the audit call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Task => "task",
            Self::Document => "document",
        }
    }
}

impl Content {
    /// Which kind it is of.
    pub fn kind(&self) -> PartKind {
        match self {
            Self::Comment(_) => PartKind::Comment,
            Self::Task(_) => PartKind::Task,
            Self::Document(_) => PartKind::Document,
        }
    }
}

impl<C> Part<C> {
    /// The next version of it, with another content.
    #[must_use]
    pub fn changed(self, content: C, at: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            updated_at: at,
            content,
            ..self
        }
    }

    /// The version of it that says that it is there no more.
    #[must_use]
    pub fn deleted(self, at: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            updated_at: at,
            deleted: true,
            ..self
        }
    }

    fn with<D>(self, content: impl FnOnce(C) -> D) -> Part<D> {
        Part {
            alert: self.alert,
            id: self.id,
            number: self.number,
            version: self.version,
            author: self.author,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted: self.deleted,
            content: content(self.content),
        }
    }
}

impl<C: Into<Content>> Part<C> {
    /// The same as a part of any kind.
    pub fn of_any_kind(self) -> Part {
        self.with(C::into)
    }
}

impl Part {
    /// The same as a part of one kind, where it is of that.
    pub fn of_kind<C: PartContent>(self) -> Option<Part<C>> {
        let content = C::of(self.content.clone())?;
        Some(self.with(|_| content))
    }
}

macro_rules! contents {
    ($($kind:ident)*) => {$(
        impl From<$kind> for Content {
            fn from(content: $kind) -> Self {
                Self::$kind(content)
            }
        }

        impl PartContent for $kind {
            const KIND: PartKind = PartKind::$kind;

            fn of(content: Content) -> Option<Self> {
                match content {
                    Content::$kind(content) => Some(content),
                    _ => None,
                }
            }
        }
    )*};
}

contents!(Comment Task Document);
