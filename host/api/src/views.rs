//! Saved views of alerts: one's own, `/v1/me/views`, and those of the tenant, `/v1/views`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alerts::filter_problem;
use super::alerts::filters::{FiltersBody, SortBody};
use super::caller::UserCaller;
use super::idempotency::Repeatable;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    Created, ETag, JsonBody, Params, Preconditions, Problem, ProblemKind, Tagged, WireTime,
    problems,
};
use app::App;
use app::views::{
    self, DeleteViewError, NewView, NoSuchView, ReadViewError, SaveViewError, View, Whose,
};
use engine::alert::index::Sort;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/me/views",
            get_with(list_own, |op| {
                op.summary("List one's own views of alerts")
                    .description("In the order in which they were saved. At most 50.")
                    .tag("Views")
            })
            .post_with(create_own, |op| {
                op.summary("Save a view of alerts")
                    .description("Only the user sees it. Names tell the views of a user apart.")
                    .tag("Views")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/me/views/{view}",
            get_with(read_own, |op| op.summary("Read one of one's own views").tag("Views"))
                .put_with(put_own, |op| {
                    op.summary("Set one of one's own views")
                        .tag("Views")
                        .with(problems(&[ProblemKind::Conflict]))
                })
                .delete_with(delete_own, |op| {
                    op.summary("Delete one of one's own views").tag("Views")
                }),
        )
        .api_route(
            "/v1/views",
            get_with(list_shared, |op| {
                op.summary("List the shared views of alerts")
                    .description("Everybody who reads alerts sees them, each with the alerts that they may see. At most 50.")
                    .tag("Views")
            })
            .post_with(create_shared, |op| {
                op.summary("Save a view of alerts for everybody")
                    .description("Needs `incident_view:share`, which supervisors have.")
                    .tag("Views")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/views/{view}",
            get_with(read_shared, |op| op.summary("Read a shared view").tag("Views"))
                .put_with(put_shared, |op| {
                    op.summary("Set a shared view")
                        .tag("Views")
                        .with(problems(&[ProblemKind::Conflict]))
                })
                .delete_with(delete_shared, |op| {
                    op.summary("Delete a shared view").tag("Views")
                }),
        )
}

/// A view of alerts to save.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewView")]
struct NewViewBody {
    /// 1 to 100 characters, none of them a control character. Spaces at its ends are left out.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Which alerts: the parameters of a search. A filter has at most 100 values, each of at most 200 characters.
    #[serde(default)]
    filter: FiltersBody,
    /// The order of the alerts; the newest first by default.
    #[serde(default)]
    sort: Option<SortBody>,
}

/// A saved view of alerts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "View")]
struct ViewBody {
    id: String,
    name: String,
    /// Which alerts: the parameters of a search.
    filter: FiltersBody,
    /// The order of the alerts; null for the newest first.
    sort: Option<SortBody>,
    created_at: WireTime,
    /// The login of who saved it.
    created_by: String,
}

/// Saved views of alerts.
#[derive(Debug, Serialize, JsonSchema)]
struct ViewsBody {
    /// In the order in which they were saved.
    items: Vec<ViewBody>,
}

/// The path of a view.
#[derive(Debug, Deserialize, JsonSchema)]
struct ViewPath {
    /// The view's id.
    view: Uuid,
}

impl From<View> for ViewBody {
    fn from(view: View) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            filter: view.filters.into(),
            sort: view.sort.map(SortBody::from),
            created_at: WireTime(view.created_at),
            created_by: view.created_by,
        }
    }
}

impl From<NewViewBody> for NewView {
    fn from(body: NewViewBody) -> Self {
        Self {
            name: body.name,
            filters: body.filter.into(),
            sort: body.sort.map(Sort::from),
        }
    }
}

problem_kind!(NoSuchView: NotFound);
problem_from!(ReadViewError {
    Forbidden,
    NoSuchView
});
problem_from!(DeleteViewError {
    Forbidden,
    NoSuchView,
    Stale,
    Lane
});

impl From<SaveViewError> for Problem {
    fn from(error: SaveViewError) -> Self {
        match error {
            SaveViewError::Forbidden(error) => error.into(),
            SaveViewError::Invalid(error) => error.into(),
            SaveViewError::Filter(error) => filter_problem(error, "filter."),
            SaveViewError::NoSuchView(error) => error.into(),
            SaveViewError::Stale(error) => error.into(),
            SaveViewError::Repeat(error) => error.into(),
            SaveViewError::Lane(error) => error.into(),
            SaveViewError::NameTaken(_) | SaveViewError::TooMany => {
                Self::new(ProblemKind::Conflict, error.to_string())
            }
        }
    }
}

fn list(caller: &UserCaller, whose: Whose) -> Result<Json<ViewsBody>, Problem> {
    let items = views::list(caller, whose)?.into_iter();
    Ok(Json(ViewsBody {
        items: items.map(ViewBody::from).collect(),
    }))
}

async fn list_own(caller: UserCaller) -> Result<Json<ViewsBody>, Problem> {
    list(&caller, Whose::Own)
}

async fn list_shared(caller: UserCaller) -> Result<Json<ViewsBody>, Problem> {
    list(&caller, Whose::Shared)
}

fn tagged(view: View) -> (ETag, ViewBody) {
    (ETag::of_version(view.version), view.into())
}

fn read(
    caller: &UserCaller,
    whose: Whose,
    path: &ViewPath,
    preconditions: &Preconditions,
) -> Result<Tagged<ViewBody>, Problem> {
    let (etag, body) = tagged(views::read(caller, whose, path.view)?);
    Ok(Tagged::get(etag, body, preconditions))
}

async fn read_own(
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
) -> Result<Tagged<ViewBody>, Problem> {
    read(&caller, Whose::Own, &path, &preconditions)
}

async fn read_shared(
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
) -> Result<Tagged<ViewBody>, Problem> {
    read(&caller, Whose::Shared, &path, &preconditions)
}

async fn create_own(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body, once }: Repeatable<NewViewBody>,
) -> Result<Created<ViewBody>, Problem> {
    let view = views::create(&app, &caller, Whose::Own, body.into(), once).await?;
    Ok(Created(view.into()))
}

async fn create_shared(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body, once }: Repeatable<NewViewBody>,
) -> Result<Created<ViewBody>, Problem> {
    let view = views::create(&app, &caller, Whose::Shared, body.into(), once).await?;
    Ok(Created(view.into()))
}

async fn put(
    app: &Arc<App>,
    caller: &UserCaller,
    whose: Whose,
    path: &ViewPath,
    preconditions: &Preconditions,
    body: NewViewBody,
) -> Result<Tagged<ViewBody>, Problem> {
    let expected = preconditions.expected();
    let view = views::put(app, caller, whose, path.view, expected, body.into()).await?;
    let (etag, body) = tagged(view);
    Ok(Tagged::changed(etag, body))
}

async fn put_own(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
    JsonBody(body): JsonBody<NewViewBody>,
) -> Result<Tagged<ViewBody>, Problem> {
    put(&app, &caller, Whose::Own, &path, &preconditions, body).await
}

async fn put_shared(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
    JsonBody(body): JsonBody<NewViewBody>,
) -> Result<Tagged<ViewBody>, Problem> {
    put(&app, &caller, Whose::Shared, &path, &preconditions, body).await
}

async fn delete_own(
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    views::delete(&caller, Whose::Own, path.view, preconditions.expected()).await?;
    Ok(NoContent)
}

async fn delete_shared(
    caller: UserCaller,
    Params(path): Params<ViewPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    views::delete(&caller, Whose::Shared, path.view, preconditions.expected()).await?;
    Ok(NoContent)
}
