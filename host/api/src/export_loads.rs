//! How the files of an export are loaded elsewhere: `/v1/exports/{export}/redshift`, `…/power-bi`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::caller::UserCaller;
use super::exports::ExportPath;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{Params, Problem, ProblemKind, problems};
use app::App;
use app::exports::load::{self, LoadScriptError};
use export::{LoadFormatterError, NoScriptError};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/exports/{export}/redshift",
            get_with(read_redshift, |op| {
                op.summary("Read how Redshift loads the files of an export")
                    .description("A CREATE TABLE and a COPY for the columns that the formatter writes, to be completed with the bucket and the role.")
                    .tag("Exports")
                    .response::<200, String>()
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/exports/{export}/power-bi",
            get_with(read_power_bi, |op| {
                op.summary("Read how Power BI fetches the newest file of an export")
                    .description("A query for the advanced editor. The token stands in a parameter, VervetToken.")
                    .tag("Exports")
                    .response::<200, String>()
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            }),
        )
}

problem_kind!(LoadFormatterError: Conflict, NoScriptError: Conflict);
problem_from!(LoadScriptError {
    Forbidden,
    NoSuchExport,
    Formatter,
    NoScript,
    Panicked
});

async fn read_redshift(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    Ok(plain(load::redshift(&app, &caller, path.name()).await?))
}

async fn read_power_bi(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    Ok(plain(load::power_bi(&app, &caller, path.name()).await?))
}

fn plain(text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (headers, text).into_response()
}
