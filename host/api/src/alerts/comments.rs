//! Comments of alerts: `/v1/alerts/{alert}/comments`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::alert::{Comment, Part};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::listing::Nothing;
use super::AlertPath;
use super::parts::{PersonBody, etag, find_in, list, new_in, next, read, subject};
use crate::http::{
    Created, List, MergePatch, Page, Params, Preconditions, Problem, ProblemError, ProblemKind,
    Tagged, WireTime, problems,
};
use app::App;
use app::request::Replayable;
use engine::lane::Change;
use tenant::Permission;
use untrusted_input::rich_text::RichText;

/// The most comments that an alert can have had.
pub(super) const MAX_COMMENTS: u32 = 1_000;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts/{alert}/comments",
            post_with(create_comment, |op| {
                op.summary("Comment on an alert")
                    .description("The text is HTML, of which paragraphs, line breaks, emphasis, lists, quotations, code, small headings and links are left; all else is taken away, and what is between other tags stays.")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            })
            .get_with(list_comments, |op| {
                op.summary("List the comments of an alert, oldest first")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/comments/{comment}",
            get_with(read_comment, |op| op.summary("Read a comment").tag("Alerts"))
                .patch_with(edit_comment, |op| {
                    op.summary("Edit a comment")
                        .description("Only its author may; the comment then says when it was edited.")
                        .tag("Alerts")
                        .with(problems(&[ProblemKind::Conflict]))
                })
                .delete_with(delete_comment, |op| {
                    op.summary("Delete a comment")
                        .description("Only its author may. What it said stays in the store, for the audit.")
                        .tag("Alerts")
                        .with(problems(&[ProblemKind::Conflict]))
                }),
        )
}

/// The path of a comment.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct CommentPath {
    /// The alert's id.
    #[schemars(with = "String")]
    alert: Uuid,
    /// The comment's id.
    #[schemars(with = "String")]
    comment: Uuid,
}

/// What a comment says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewComment")]
struct CommentFields {
    /// HTML of at most 64 KiB, of which at most 10,000 characters are shown.
    text: String,
}

/// A comment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Comment")]
struct CommentBody {
    /// UUIDv7.
    id: String,
    /// To which alert it was put: this one, or one that was merged into it.
    alert: String,
    author: PersonBody,
    /// HTML, in which nothing can be executed.
    text: String,
    created_at: WireTime,
    /// When its author edited it last; null where it is as it was written.
    edited_at: Option<WireTime>,
    /// 1 when made, rising by one with each change; the `ETag`.
    version: u64,
}

impl CommentBody {
    fn of(part: Part<Comment>) -> Self {
        Self {
            id: part.id.to_string(),
            alert: part.alert.to_string(),
            author: part.author.into(),
            text: part.content.text,
            created_at: WireTime(part.created_at),
            edited_at: part.content.edited_at.map(WireTime),
            version: part.version,
        }
    }
}

impl Replayable for CommentBody {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Makes a text harmless, off the runtime's threads.
pub(super) async fn harmless(text: String) -> Result<String, Problem> {
    let text = blocking(move || RichText::new(&text)).await?;
    text.map(RichText::into_string).map_err(|error| {
        let fault = ProblemError {
            field: "text".to_owned(),
            reason: "text".to_owned(),
            detail: error.to_string(),
        };
        Problem::unprocessable(format!("'text' {error}"), vec![fault])
    })
}

async fn create_comment(
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    new: Repeatable<CommentFields>,
) -> Result<Created<CommentBody>, Problem> {
    caller.require(Permission::CommentWrite)?;
    let text = harmless(new.body.text).await?;
    let (actor, author) = (caller.actor(), caller.person());
    let create = move |change: &mut Change<'_>| {
        let comment = Comment {
            text,
            edited_at: None,
        };
        let id = Uuid::now_v7();
        let comment = new_in(change, path.alert, id, author, comment, MAX_COMMENTS)?;
        change.audit(&actor, "comment.create", subject(&comment));
        change.put_part(comment.clone());
        Ok(CommentBody::of(comment))
    };
    Ok(Created(
        new.once.make::<_, Problem, _>(&caller, create).await?,
    ))
}

async fn list_comments(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<CommentBody>>, Problem> {
    caller.require(Permission::CommentRead)?;
    let page = list::<Comment>(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(CommentBody::of)))
}

async fn read_comment(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
) -> Result<Tagged<CommentBody>, Problem> {
    caller.require(Permission::CommentRead)?;
    let comment = read::<Comment>(&app, &caller, path.alert, path.comment).await?;
    let etag = etag(&comment);
    Ok(Tagged::get(etag, CommentBody::of(comment), &preconditions))
}

/// Refuses whoever is not the author, whatever else they may.
fn require_author(caller: &str, comment: &Part<Comment>, what: &str) -> Result<(), Problem> {
    if *comment.author.id == *caller {
        return Ok(());
    }
    let author = &comment.author.login;
    let detail = format!(
        "only the author of a comment, here '{author}', may {what} it; an Administrator may not, either"
    );
    Err(Problem::new(ProblemKind::Forbidden, detail))
}

async fn edit_comment(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<CommentBody>, Problem> {
    caller.require(Permission::CommentWrite)?;
    let current = read::<Comment>(&app, &caller, path.alert, path.comment).await?;
    require_author(&caller.id, &current, "edit")?;
    let current = CommentFields {
        text: current.content.text,
    };
    let text = harmless(patch.apply(&current)?.text).await?;
    let actor = caller.actor();
    let edit = move |change: &mut Change<'_>| {
        let comment = find_in::<Comment>(change, path.alert, path.comment, &preconditions)?;
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
    let comment = caller.change(edit).await?;
    Ok(Tagged::changed(etag(&comment), CommentBody::of(comment)))
}

async fn delete_comment(
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::CommentWrite)?;
    let (actor, id) = (caller.actor(), caller.id.clone());
    let delete = move |change: &mut Change<'_>| {
        let comment = find_in::<Comment>(change, path.alert, path.comment, &preconditions)?;
        require_author(&id, &comment, "delete")?;
        let at = change.at();
        change.audit(&actor, "comment.delete", subject(&comment));
        change.put_part(comment.deleted(at));
        Ok(NoContent)
    };
    caller.change(delete).await
}
