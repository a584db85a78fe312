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
    let own = Routes {
        whose: Whose::Own,
        all: "/v1/me/views",
        one: "/v1/me/views/{view}",
        list: "List one's own views of alerts",
        list_more: "In the order in which they were saved. At most 50.",
        create: "Save a view of alerts",
        create_more: "Only the user sees it. Names tell the views of a user apart.",
        read: "Read one of one's own views",
        put: "Set one of one's own views",
        delete: "Delete one of one's own views",
    };
    let shared = Routes {
        whose: Whose::Shared,
        all: "/v1/views",
        one: "/v1/views/{view}",
        list: "List the shared views of alerts",
        list_more: "Everybody who reads alerts sees them, each with the alerts that they may see. At most 50.",
        create: "Save a view of alerts for everybody",
        create_more: "Needs `incident_view:share`, which supervisors have.",
        read: "Read a shared view",
        put: "Set a shared view",
        delete: "Delete a shared view",
    };
    own.router().merge(shared.router())
}

/// The routes of somebody's own views, or of the shared ones, and what the document says of them.
#[derive(Clone, Copy)]
struct Routes {
    whose: Whose,
    all: &'static str,
    one: &'static str,
    list: &'static str,
    list_more: &'static str,
    create: &'static str,
    create_more: &'static str,
    read: &'static str,
    put: &'static str,
    delete: &'static str,
}

impl Routes {
    fn router(self) -> ApiRouter<Arc<App>> {
        let whose = self.whose;
        let list = async move |caller: UserCaller| list(&caller, whose);
        let create =
            async move |State(app): State<Arc<App>>,
                        caller: UserCaller,
                        Repeatable { body, once }: Repeatable<NewViewBody>| {
                let view = views::create(&app, &caller, whose, body.into(), once).await?;
                Ok::<_, Problem>(Created(ViewBody::from(view)))
            };
        let read = async move |caller: UserCaller,
                               Params(path): Params<ViewPath>,
                               preconditions: Preconditions| {
            let (etag, body) = tagged(views::read(&caller, whose, path.view)?);
            Ok::<_, Problem>(Tagged::get(etag, body, &preconditions))
        };
        let put = async move |State(app): State<Arc<App>>,
                              caller: UserCaller,
                              Params(path): Params<ViewPath>,
                              preconditions: Preconditions,
                              JsonBody(body): JsonBody<NewViewBody>| {
            let expected = preconditions.expected();
            let view = views::put(&app, &caller, whose, path.view, expected, body.into()).await?;
            let (etag, body) = tagged(view);
            Ok::<_, Problem>(Tagged::changed(etag, body))
        };
        let delete = async move |caller: UserCaller,
                                 Params(path): Params<ViewPath>,
                                 preconditions: Preconditions| {
            views::delete(&caller, whose, path.view, preconditions.expected()).await?;
            Ok::<_, Problem>(NoContent)
        };
        ApiRouter::new()
            .api_route(
                self.all,
                get_with(list, |op| {
                    op.summary(self.list)
                        .description(self.list_more)
                        .tag("Views")
                })
                .post_with(create, |op| {
                    op.summary(self.create)
                        .description(self.create_more)
                        .tag("Views")
                        .with(problems(&[ProblemKind::Conflict]))
                }),
            )
            .api_route(
                self.one,
                get_with(read, |op| op.summary(self.read).tag("Views"))
                    .put_with(put, |op| {
                        op.summary(self.put)
                            .tag("Views")
                            .with(problems(&[ProblemKind::Conflict]))
                    })
                    .delete_with(delete, |op| op.summary(self.delete).tag("Views")),
            )
    }
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

fn tagged(view: View) -> (ETag, ViewBody) {
    (ETag::of_version(view.version), view.into())
}
