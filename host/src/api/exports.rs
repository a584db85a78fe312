//! Exports: `/v1/exports`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::extract::State;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking::blocking;
use super::caller::UserCaller;
use super::deliveries::{DeliveryBody, NewDelivery, define, forget_secrets};
use super::listing::{Nothing, page_of};
use crate::app::App;
use crate::http::{
    ETag, JsonBody, List, Page, Params, Preconditions, Problem, ProblemError, Put, Tagged,
    WireName, WireTime,
};
use crate::lane::Change;
use crate::tenant::{Definitions, Export, ExportFilter, FormatterChoice, Permission};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/exports",
            get_with(list_exports, |op| op.summary("List the exports").tag("Exports")),
        )
        .api_route(
            "/v1/exports/{export}",
            put_with(put_export, |op| {
                op.summary("Define an export")
                    .description("Another formatter, or another version of it, is this one call: a run that is under way ends with the one that it began with.")
                    .tag("Exports")
            })
            .get_with(read_export, |op| op.summary("Read an export").tag("Exports"))
            .delete_with(delete_export, |op| {
                op.summary("Delete an export")
                    .description("The records of its runs stay.")
                    .tag("Exports")
            }),
        )
}

/// An export to define.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewExport {
    /// What writes its files.
    formatter: FormatterChoice,
    /// Which alerts; all, where it is left out.
    #[serde(default)]
    filter: ExportFilter,
    /// Where its files go, 10 places at most; none, where it is left out: they are fetched.
    #[serde(default)]
    deliveries: Vec<NewDelivery>,
}

/// An export.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Export")]
struct ExportBody {
    name: String,
    formatter: FormatterChoice,
    filter: ExportFilter,
    deliveries: Vec<DeliveryBody>,
    created_at: WireTime,
}

impl ExportBody {
    fn of(export: &Export) -> Self {
        Self {
            name: export.name.clone(),
            formatter: export.formatter.clone(),
            filter: export.filter.clone(),
            deliveries: export.deliveries.iter().map(DeliveryBody::of).collect(),
            created_at: WireTime(Timestamp::from_micros(export.created_at)),
        }
    }
}

/// The path of an export.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ExportPath {
    /// The export's name.
    pub(super) export: WireName,
}

impl ExportPath {
    pub(super) fn name(&self) -> &str {
        self.export.0.as_str()
    }
}

/// The export of this name.
///
/// # Errors
/// 404.
pub(super) fn find_export(definitions: &Definitions, name: &str) -> Result<Arc<Export>, Problem> {
    let export = definitions.exports.get(name).cloned();
    export.ok_or_else(|| Problem::not_found(&format!("export '{name}'")))
}

async fn put_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewExport>,
) -> Result<Put<ExportBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    check_formatter(&app, &caller, &new.formatter).await?;
    check_filter(&caller.definitions(), &new.filter)?;
    let (actor, places) = (caller.actor(), app.places.clone());
    let put = move |change: &mut Change<'_>| {
        let current = change.definitions().exports.get(path.name()).cloned();
        let version = current.as_ref().map(|export| export.version);
        preconditions.check(version.map(ETag::of_version).as_ref())?;
        let defined = define(
            change,
            &places,
            path.name(),
            current.as_deref(),
            new.deliveries,
        )?;
        change.audit(&actor, "export.put", path.name());
        let created_at = current.map(|export| export.created_at);
        let export = change.put(Export {
            name: path.name().to_owned(),
            formatter: new.formatter,
            filter: new.filter,
            deliveries: defined.deliveries.clone(),
            created_at: created_at.unwrap_or(change.at().as_micros()),
            version: version.unwrap_or(0) + 1,
        });
        let (etag, mut body) = (ETag::of_version(export.version), ExportBody::of(&export));
        defined.show_secrets(&mut body.deliveries);
        Ok(match version {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    Ok(caller.lane.change(put).await?)
}

/// Checks that the formatter is published and takes its configuration.
async fn check_formatter(
    app: &App,
    caller: &UserCaller,
    choice: &FormatterChoice,
) -> Result<(), Problem> {
    let refuse = |detail: String| Problem::unprocessable(detail, Vec::new());
    let definitions = caller.definitions();
    let published = definitions
        .plugins
        .get(&format!("{}/{}", choice.plugin, choice.version))
        .ok_or_else(|| {
            refuse(format!(
                "plugin {} {} is not published",
                choice.plugin, choice.version
            ))
        })?;
    let formatter = app
        .services
        .load_formatter(caller.tenant, published)
        .await
        .map_err(|error| refuse(error.to_string()))?;
    let schema = &formatter.manifest().common.config_schema;
    let errors: Vec<ProblemError> = schema
        .faults(&choice.config)
        .into_iter()
        .map(|fault| ProblemError {
            field: format!("formatter.config{}", fault.pointer),
            reason: "invalid".to_owned(),
            detail: fault.message,
        })
        .collect();
    if !errors.is_empty() {
        let detail = "'formatter.config' is not what the plugin's config_schema asks for";
        return Err(Problem::unprocessable(detail, errors));
    }
    let config = choice.config.to_string();
    match blocking(move || formatter.layout(&config)).await? {
        Ok(_) => Ok(()),
        Err(error) => Err(refuse(format!(
            "formatter {} {}: {error}",
            choice.plugin, choice.version
        ))),
    }
}

fn check_filter(definitions: &Definitions, filter: &ExportFilter) -> Result<(), Problem> {
    let unknown = filter
        .team
        .iter()
        .find(|team| definitions.teams.get(team).is_none());
    unknown.map_or(Ok(()), |team| {
        let detail = format!("'filter.team' names team '{team}', which does not exist");
        Err(Problem::unprocessable(detail, Vec::new()))
    })
}

async fn list_exports(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<ExportBody>>, Problem> {
    caller.require(Permission::ExportRead)?;
    page_of(
        &app,
        caller.tenant,
        &["exports"],
        &page,
        &caller.definitions().exports,
        |_| true,
        ExportBody::of,
    )
}

async fn read_export(
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<Tagged<ExportBody>, Problem> {
    caller.require(Permission::ExportRead)?;
    let export = find_export(&caller.definitions(), path.name())?;
    let etag = ETag::of_version(export.version);
    Ok(Tagged::get(etag, ExportBody::of(&export), &preconditions))
}

async fn delete_export(
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::ExportWrite)?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let export = find_export(change.definitions(), path.name())?;
        preconditions.check(Some(&ETag::of_version(export.version)))?;
        change.audit(&actor, "export.delete", path.name());
        forget_secrets(change, path.name());
        change.remove::<Export>(path.name());
        Ok(())
    };
    caller.lane.change(delete).await?;
    Ok(NoContent)
}
