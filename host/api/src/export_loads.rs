//! How the files of an export are loaded elsewhere: `/v1/exports/{export}/redshift`, `…/power-bi`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::blocking::blocking;
use super::caller::UserCaller;
use super::exports::{ExportPath, find_export};
use crate::http::{Params, Problem, ProblemKind, problems};
use app::App;
use export::{FileForm, LoadFile, check_loads, power_bi, redshift};
use tenant::Permission;

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

async fn read_redshift(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    let file = load_file(&app, &caller, path.name()).await?;
    Ok(plain(redshift(&file).map_err(no_script)?))
}

async fn read_power_bi(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    let file = load_file(&app, &caller, path.name()).await?;
    let query = power_bi(&file, &app.config.url());
    Ok(plain(query.map_err(no_script)?))
}

fn no_script(error: impl std::fmt::Display) -> Problem {
    Problem::conflict(error.to_string())
}

fn plain(text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (headers, text).into_response()
}

async fn load_file(app: &Arc<App>, caller: &UserCaller, export: &str) -> Result<LoadFile, Problem> {
    caller.require(Permission::ExportRead)?;
    let definitions = caller.definitions();
    let export = find_export(&definitions, export)?;
    let choice = &export.formatter;
    let refuse = |cause: String| {
        let formatter = format!("{} {}", choice.plugin, choice.version);
        Problem::conflict(format!("formatter {formatter} cannot be loaded: {cause}"))
    };
    let published = definitions
        .plugins
        .get(&format!("{}/{}", choice.plugin, choice.version))
        .ok_or_else(|| refuse("it is not published".to_owned()))?;
    let loaded = app.services.load_formatter(caller.tenant, published).await;
    let formatter = loaded.map_err(|error| refuse(error.to_string()))?;
    let config = choice.config.clone();
    let memory_bytes = app.services.plugins.limits().memory_bytes;
    let room = app.services.plugins.setup_share(memory_bytes).await;
    let checked = blocking(move || {
        let _room = room;
        let layout = formatter
            .layout(&config.to_string())
            .map_err(|error| error.to_string())?;
        let form = FileForm::of(&formatter, &config).map_err(|error| error.to_string())?;
        // An export that an earlier release stored may contradict its layout.
        check_loads(&formatter, &layout, &form, &config).map_err(|error| error.to_string())?;
        Ok((layout, form))
    });
    let (layout, form) = checked.await?.map_err(refuse)?;
    Ok(LoadFile::of(&export, layout, form))
}
