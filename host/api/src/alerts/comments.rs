//! Comments of alerts: `/v1/alerts/{alert}/comments`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::listing::Nothing;
use super::super::problem_from::{problem_from, problem_kind};
use super::AlertPath;
use super::parts::PersonBody;
use crate::http::{
    Created, ETag, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind, Tagged,
    WireTime, problems,
};
use app::App;
use app::alerts::comments::{self, CommentError, CommentView, NotTheAuthor, WriteCommentError};

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
#[derive(Clone, Debug, Serialize, JsonSchema)]
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

impl From<CommentView> for CommentBody {
    fn from(comment: CommentView) -> Self {
        Self {
            id: comment.id.to_string(),
            alert: comment.alert.to_string(),
            author: comment.author.into(),
            text: comment.text,
            created_at: WireTime(comment.created_at),
            edited_at: comment.edited_at.map(WireTime),
            version: comment.version,
        }
    }
}

impl From<String> for CommentFields {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl From<CommentFields> for String {
    fn from(fields: CommentFields) -> Self {
        fields.text
    }
}

problem_kind!(NotTheAuthor: Forbidden);
problem_from!(CommentError { Invalid, Panicked });
problem_from!(WriteCommentError {
    Text,
    NotTheAuthor,
    Part
});

async fn create_comment(
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    new: Repeatable<CommentFields>,
) -> Result<Created<CommentBody>, Problem> {
    let comment = comments::create(&caller, path.alert, new.body.text, new.once).await?;
    Ok(Created(comment.into()))
}

async fn list_comments(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<CommentBody>>, Problem> {
    let page = comments::list(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(CommentBody::from).into()))
}

async fn read_comment(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
) -> Result<Tagged<CommentBody>, Problem> {
    let comment = comments::read(&app, &caller, path.alert, path.comment).await?;
    let etag = ETag::of_version(comment.version);
    Ok(Tagged::get(etag, comment.into(), &preconditions))
}

async fn edit_comment(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<CommentBody>, Problem> {
    let (alert, id) = (path.alert, path.comment);
    let (expected, edit) = (preconditions.expected(), patch.edit::<CommentFields, _>());
    let comment = comments::change(&app, &caller, alert, id, expected, edit).await?;
    let etag = ETag::of_version(comment.version);
    Ok(Tagged::changed(etag, comment.into()))
}

async fn delete_comment(
    caller: UserCaller,
    Params(path): Params<CommentPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    let (alert, id) = (path.alert, path.comment);
    comments::delete(&caller, alert, id, preconditions.expected()).await?;
    Ok(NoContent)
}
