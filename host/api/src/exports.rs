//! Exports: `/v1/exports`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alerts::filter_problem;
use super::caller::UserCaller;
use super::deliveries::{DeliveryBody, NewDeliveryBody};
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind, Put,
    Tagged, WireName, WireTime, problems,
};
use app::App;
use app::exports::NoSuchExport;
use app::exports::change::{ChangeExportError, ExportFields};
use app::exports::define::{NewExport, PutExportError};
use app::exports::delete::DeleteExportError;
use app::exports::formatter::FormatterError;
use app::exports::read::{ExportView, ListExportsError, ReadExportError};
use app::exports::{change, define, delete, read};
use app::published::DeletedPlugin;
use domain::name::Name;
use tenant::{Compression, ExportFilter, FormatterChoice, Retention, Schedule, SensitiveOutput};

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
                    .description("Another formatter, or another version of it, is this one call: a run that is under way ends with the one that it began with. Another schedule counts from now on. Whether it is paused stays as it is.")
                    .tag("Exports")
            })
            .patch_with(change_export, |op| {
                op.summary("Pause an export, let it go on, or change what its files show")
                    .description("What its schedule had run while it is paused is not made up for. It can still be run by hand.")
                    .tag("Exports")
                    .with(problems(&[ProblemKind::NotFound]))
            })
            .get_with(read_export, |op| op.summary("Read an export").tag("Exports"))
            .delete_with(delete_export, |op| {
                op.summary("Delete an export")
                    .description("The records of its runs stay, their files are removed.")
                    .tag("Exports")
            }),
        )
}

/// An export to define.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewExport")]
struct NewExportBody {
    /// What writes its files.
    formatter: FormatterChoice,
    /// Which alerts; all, where it is left out.
    #[serde(default)]
    filter: ExportFilter,
    /// Where its files go, 10 places at most; none, where it is left out: they are fetched.
    #[serde(default)]
    deliveries: Vec<NewDeliveryBody>,
    /// When it runs by itself; only when it is asked to, where it is left out.
    #[serde(default)]
    schedule: Option<Schedule>,
    /// How its files are kept: `none`, where it is left out.
    #[serde(default)]
    compression: Compression,
    /// What its files show of what rules computed from masked fields: `mask`, where it is left out. `show` needs the permission
    /// `transaction:sensitive`, and so does whoever fetches the files then. Values of masked fields themselves are in no file.
    #[serde(default)]
    sensitive: SensitiveOutput,
    /// For how long its files are kept: 30 days, where it is left out.
    #[serde(default)]
    retention: Retention,
}

/// What can be changed of an export without defining it again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ExportChange {
    /// Whether its schedule rests.
    paused: bool,
    /// What its files show of what rules computed from masked fields. `show` needs the permission `transaction:sensitive`.
    #[serde(default)]
    sensitive: Option<SensitiveOutput>,
}

/// An export.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Export")]
struct ExportBody {
    name: String,
    formatter: FormatterChoice,
    filter: ExportFilter,
    deliveries: Vec<DeliveryBody>,
    schedule: Option<Schedule>,
    /// Whether its schedule rests.
    paused: bool,
    /// When its schedule is due next, if it has one and is not paused.
    next_run_at: Option<WireTime>,
    compression: Compression,
    /// What its files show of what rules computed from masked fields; null where an earlier release defined it, whose files go
    /// on to show it, to whoever may read exports.
    sensitive: Option<SensitiveOutput>,
    retention: Retention,
    created_at: WireTime,
    /// What of its filter names nothing any more, such as a state that the workflow has no longer. Its runs go on, without
    /// the alerts that nobody can be in.
    warnings: Vec<String>,
}

impl From<NewExportBody> for NewExport {
    fn from(body: NewExportBody) -> Self {
        Self {
            formatter: body.formatter,
            filter: body.filter,
            deliveries: body.deliveries.into_iter().map(Into::into).collect(),
            schedule: body.schedule,
            compression: body.compression,
            sensitive: body.sensitive,
            retention: body.retention,
        }
    }
}

impl From<ExportFields> for ExportChange {
    fn from(fields: ExportFields) -> Self {
        Self {
            paused: fields.paused,
            sensitive: fields.sensitive,
        }
    }
}

impl From<ExportChange> for ExportFields {
    fn from(change: ExportChange) -> Self {
        Self {
            paused: change.paused,
            sensitive: change.sensitive,
        }
    }
}

impl From<&ExportView> for ExportBody {
    fn from(view: &ExportView) -> Self {
        let export = &view.export;
        let unknown = view.unknown.iter();
        Self {
            name: export.name.clone(),
            formatter: export.formatter.clone(),
            filter: export.filter.clone(),
            deliveries: export.deliveries.iter().map(DeliveryBody::of).collect(),
            schedule: export.schedule.clone(),
            paused: export.paused,
            next_run_at: view.next_run_at.map(WireTime),
            compression: export.compression,
            sensitive: export.sensitive,
            retention: export.retention,
            created_at: WireTime(Timestamp::from_micros(export.created_at)),
            warnings: unknown.map(|value| format!("filter.{value}")).collect(),
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

    pub(super) fn into_name(self) -> Name {
        self.export.0
    }
}

problem_kind!(NoSuchExport: NotFound, DeletedPlugin: Conflict);
problem_from!(ListExportsError {
    Forbidden,
    ForeignCursor,
    Read
});
problem_from!(ReadExportError {
    Forbidden,
    NoSuchExport,
    Read
});
problem_from!(ChangeExportError {
    Forbidden,
    NoSuchExport,
    Stale,
    Invalid,
    Lane,
    Read
});
problem_from!(DeleteExportError {
    Forbidden,
    NoSuchExport,
    Stale,
    Lane
});

impl From<PutExportError> for Problem {
    fn from(error: PutExportError) -> Self {
        match error {
            PutExportError::Forbidden(error) => error.into(),
            PutExportError::Formatter(error) => error.into(),
            PutExportError::Filter(error) => filter_problem(error, "filter."),
            PutExportError::Invalid(error) => error.into(),
            PutExportError::Stale(error) => error.into(),
            PutExportError::DeletedPlugin(error) => error.into(),
            PutExportError::Lane(error) => error.into(),
        }
    }
}

impl From<FormatterError> for Problem {
    fn from(error: FormatterError) -> Self {
        match error {
            FormatterError::NotPublished(_)
            | FormatterError::NotLoaded(_)
            | FormatterError::Refused { .. } => Self::unprocessable(error.to_string(), Vec::new()),
            FormatterError::Config(error) => error.into(),
            FormatterError::Panicked(error) => error.into(),
        }
    }
}

fn etag(view: &ExportView) -> ETag {
    ETag::of_version(view.export.version)
}

async fn put_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewExportBody>,
) -> Result<Put<ExportBody>, Problem> {
    let (name, expected) = (path.into_name(), preconditions.expected());
    let put = define::put(&app, &caller, name, expected, new.into()).await?;
    let (etag, mut body) = (etag(&put.export), ExportBody::from(&put.export));
    for secret in &put.new_secrets {
        for delivery in &mut body.deliveries {
            delivery.show_secret(&secret.url, secret.secret.expose());
        }
    }
    Ok(match put.is_new {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

async fn change_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<ExportBody>, Problem> {
    let (name, expected) = (path.into_name(), preconditions.expected());
    let edit = patch.edit::<ExportChange, _>();
    let changed = change::change(&app, &caller, name, expected, edit).await?;
    Ok(Tagged::changed(etag(&changed), ExportBody::from(&changed)))
}

async fn list_exports(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<ExportBody>>, Problem> {
    let page = read::list(&app, &caller, &page).await?;
    Ok(Json(page.map(|view| ExportBody::from(&view)).into()))
}

async fn read_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<Tagged<ExportBody>, Problem> {
    let view = read::read(&app, &caller, path.name()).await?;
    let body = ExportBody::from(&view);
    Ok(Tagged::get(etag(&view), body, &preconditions))
}

async fn delete_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    delete::delete(&app, &caller, path.into_name(), preconditions.expected()).await?;
    Ok(NoContent)
}
