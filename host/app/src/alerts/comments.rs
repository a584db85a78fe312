//! Comments of alerts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::parts::{self, PartError, PersonView, find_in, new_in, next, subject};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::Caller;
use crate::request::{Edit, Expected, Invalid, Once, Page, PageRequest, Replayable, rfc3339};
use domain::alert::{AlertId, Comment, Part, PartId};
use domain::time::Timestamp;
use engine::lane::Change;
use tenant::Permission;
use untrusted_input::rich_text::RichText;

/// The most comments that an alert can have had.
pub(super) const MAX_COMMENTS: u32 = 1_000;

/// A comment. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommentView {
    /// UUIDv7.
    pub id: PartId,
    /// To which alert it was put: the one that was asked for, or one that was merged into it.
    pub alert: AlertId,
    /// Who wrote it.
    pub author: PersonView,
    /// HTML, in which nothing can be executed.
    pub text: String,
    /// When it was written.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When its author edited it last; none if it is as it was written.
    #[serde(with = "rfc3339::option")]
    pub edited_at: Option<Timestamp>,
    /// 1 when made, rising by one with each change.
    pub version: u64,
}

/// Why a text is no comment.
#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    /// It cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Reading it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Somebody other than the author edits or deletes a comment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "only the author of a comment, here '{author}', may {what} it; an Administrator may not, either"
)]
pub struct NotTheAuthor {
    /// The author's login.
    pub author: String,
    /// `edit` or `delete`.
    pub what: &'static str,
}

/// Why a comment was not written, edited or deleted.
#[derive(Debug, thiserror::Error)]
pub enum WriteCommentError {
    /// The text is no comment.
    #[error(transparent)]
    Text(#[from] CommentError),
    /// The caller is not its author.
    #[error(transparent)]
    NotTheAuthor(#[from] NotTheAuthor),
    /// The part cannot be read or changed.
    #[error(transparent)]
    Part(PartError),
}

impl<E: Into<PartError>> From<E> for WriteCommentError {
    fn from(error: E) -> Self {
        Self::Part(error.into())
    }
}

impl From<Part<Comment>> for CommentView {
    fn from(part: Part<Comment>) -> Self {
        Self {
            id: part.id,
            alert: part.alert,
            author: part.author.into(),
            text: part.content.text,
            created_at: part.created_at,
            edited_at: part.content.edited_at,
            version: part.version,
        }
    }
}

impl Replayable for CommentView {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Makes a text harmless, off the runtime's threads.
pub(super) async fn harmless(text: String) -> Result<String, CommentError> {
    let text = blocking(move || RichText::new(&text)).await?;
    let text = text.map(RichText::into_string).map_err(|error| Invalid {
        detail: format!("'text' {error}"),
        ..Invalid::field("text", "text", error.to_string())
    })?;
    Ok(text)
}

/// Puts a comment to an alert. What is not harmless in its HTML is taken away.
///
/// # Errors
/// Where the caller may not, there is no such alert, or the text cannot be taken.
pub async fn create(
    caller: &Caller,
    alert: AlertId,
    text: String,
    once: Once,
) -> Result<CommentView, WriteCommentError> {
    caller.require(Permission::CommentWrite)?;
    let text = harmless(text).await?;
    let (actor, author) = (caller.actor(), caller.person());
    let create = move |change: &mut Change<'_>| {
        let comment = Comment {
            text,
            edited_at: None,
        };
        let id = Uuid::now_v7();
        let comment = new_in(change, alert, id, author, comment, MAX_COMMENTS)?;
        change.audit(&actor, "comment.create", subject(&comment));
        change.put_part(comment.clone());
        Ok(CommentView::from(comment))
    };
    Ok(once.make::<_, PartError, _>(caller, create).await?)
}

/// A page of an alert's comments, oldest first.
///
/// # Errors
/// Where the caller may not, or there is no such alert.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    page: &PageRequest,
) -> Result<Page<CommentView>, PartError> {
    caller.require(Permission::CommentRead)?;
    let page = parts::list::<Comment>(app, caller, alert, page).await?;
    Ok(page.map(CommentView::from))
}

/// Reads a comment.
///
/// # Errors
/// Where the caller may not, or there is no such comment.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    id: PartId,
) -> Result<CommentView, PartError> {
    caller.require(Permission::CommentRead)?;
    let comment = parts::read::<Comment>(app, caller, alert, id).await?;
    Ok(comment.into())
}

/// Edits a comment. Only its author may.
///
/// # Errors
/// Where the caller may not, there is no such comment, it is not the version that the edit is meant for, or the text
/// cannot be taken.
pub async fn change(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    id: PartId,
    expected: Expected,
    edit: Edit<String>,
) -> Result<CommentView, WriteCommentError> {
    caller.require(Permission::CommentWrite)?;
    let current = parts::read::<Comment>(app, caller, alert, id).await?;
    require_author(&caller.id, &current, "edit")?;
    let text = harmless(edit.apply(current.content.text)?).await?;
    let actor = caller.actor();
    let edit = move |change: &mut Change<'_>| {
        let comment = find_in::<Comment>(change, alert, id, &expected)?;
        if comment.content.text == text {
            return Ok(comment);
        }
        let at = change.at();
        let edited = Comment {
            text,
            edited_at: Some(at),
        };
        let comment = next(comment, edited, at)?;
        change.audit(&actor, "comment.change", subject(&comment));
        change.put_part(comment.clone());
        Ok(comment)
    };
    let comment = caller.change::<_, PartError, _>(edit).await?;
    Ok(comment.into())
}

/// Deletes a comment. Only its author may do so; its text stays in the store, for the audit.
///
/// # Errors
/// Where the caller may not, or there is no such comment.
pub async fn delete(
    caller: &Caller,
    alert: AlertId,
    id: PartId,
    expected: Expected,
) -> Result<(), WriteCommentError> {
    caller.require(Permission::CommentWrite)?;
    let (actor, user) = (caller.actor(), caller.id.clone());
    let delete = move |change: &mut Change<'_>| {
        let comment = find_in::<Comment>(change, alert, id, &expected)?;
        require_author(&user, &comment, "delete")?;
        let at = change.at();
        change.audit(&actor, "comment.delete", subject(&comment));
        change.put_part(comment.deleted(at));
        Ok(())
    };
    caller.change::<_, WriteCommentError, _>(delete).await
}

/// Refuses callers other than the author, whatever their permissions.
fn require_author(
    caller: &str,
    comment: &Part<Comment>,
    what: &'static str,
) -> Result<(), NotTheAuthor> {
    if *comment.author.id == *caller {
        return Ok(());
    }
    let author = comment.author.login.clone();
    Err(NotTheAuthor { author, what })
}
