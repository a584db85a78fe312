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
use super::deliveries::{DeliveryBody, NewDelivery, define, forget_secrets};
use super::listing::{Nothing, page_of};
use crate::http::{
    ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemError,
    ProblemKind, Put, Tagged, WireName, WireTime, problems,
};
use app::App;
use app::alerts::{check_known, unknown};
use app::exports::formatter::{FormatterError, KeptFile, check_formatter};
use app::published::check_still_published;
use engine::lane::Change;
use export::{Timetable, forget_handled, query_of, set_handled};
use tenant::{
    Compression, Definitions, Export, ExportFilter, FormatterChoice, Permission, Retention,
    Schedule, SensitiveOutput,
};

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
struct NewExport {
    /// What writes its files.
    formatter: FormatterChoice,
    /// Which alerts; all, where it is left out.
    #[serde(default)]
    filter: ExportFilter,
    /// Where its files go, 10 places at most; none, where it is left out: they are fetched.
    #[serde(default)]
    deliveries: Vec<NewDelivery>,
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

impl ExportBody {
    /// As it is at a moment; `timezone` is the tenant's.
    fn of(export: &Export, timezone: &str, now: Timestamp) -> Self {
        let schedule = export.schedule.as_ref().filter(|_| !export.paused);
        let timetable = schedule.and_then(|schedule| Timetable::new(schedule, timezone).ok());
        let next = timetable.and_then(|timetable| timetable.next_after(now));
        Self {
            name: export.name.clone(),
            formatter: export.formatter.clone(),
            filter: export.filter.clone(),
            deliveries: export.deliveries.iter().map(DeliveryBody::of).collect(),
            schedule: export.schedule.clone(),
            paused: export.paused,
            next_run_at: next.map(WireTime),
            compression: export.compression,
            sensitive: export.sensitive,
            retention: export.retention,
            created_at: WireTime(Timestamp::from_micros(export.created_at)),
            warnings: Vec::new(),
        }
    }

    /// With what its filter names that there is no longer.
    async fn with_warnings(mut self, caller: &UserCaller) -> Result<Self, Problem> {
        let unknown = unknown(caller, &query_of(&self.filter)).await?;
        let warnings = unknown.iter().map(|value| format!("filter.{value}"));
        self.warnings = warnings.collect();
        Ok(self)
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

/// Refuses to show what rules computed from masked fields on behalf of somebody who may not see it.
///
/// # Errors
/// 403.
pub(super) fn require_for(
    caller: &UserCaller,
    sensitive: Option<SensitiveOutput>,
) -> Result<(), Problem> {
    match sensitive {
        Some(SensitiveOutput::Show) => Ok(caller.require(Permission::TransactionSensitive)?),
        Some(SensitiveOutput::Mask) | None => Ok(()),
    }
}

async fn put_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewExport>,
) -> Result<Put<ExportBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    require_for(&caller, Some(new.sensitive))?;
    let formatter = check_formatter(&app, &caller, &new.formatter, KeptFile::Yes).await?;
    check_filter(&caller, &new.filter).await?;
    check_times(&caller.definitions(), &new)?;
    let (actor, places) = (caller.actor(), app.places.clone());
    let put = move |change: &mut Change<'_>| {
        let current = change.definitions().exports.get(path.name()).cloned();
        let version = current.as_ref().map(|export| export.version);
        preconditions.check(version.map(ETag::of_version).as_ref())?;
        check_still_published(change.definitions(), &formatter)
            .map_err(|error| Problem::conflict(error.to_string()))?;
        let known = current.as_deref();
        let defined = define(change, &places, path.name(), known, new.deliveries)?;
        change.audit(&actor, "export.put", path.name());
        let created_at = current.as_ref().map(|export| export.created_at);
        let paused = current.as_ref().is_some_and(|export| export.paused);
        if current.is_none_or(|export| export.schedule != new.schedule) {
            set_handled(change, path.name(), change.at().as_micros());
        }
        let export = change.put(Export {
            name: path.name().to_owned(),
            formatter: new.formatter,
            filter: new.filter,
            deliveries: defined.deliveries.clone(),
            schedule: new.schedule,
            paused,
            compression: new.compression,
            sensitive: Some(new.sensitive),
            retention: new.retention,
            created_at: created_at.unwrap_or(change.at().as_micros()),
            version: version.unwrap_or(0) + 1,
        });
        let etag = ETag::of_version(export.version);
        let mut body = ExportBody::of(&export, timezone(change.definitions()), change.at());
        defined.show_secrets(&mut body.deliveries);
        Ok(match version {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    let answer = caller.change(put).await?;
    app.runs.wake();
    app.deliveries.notice(caller.tenant, &caller.lane);
    Ok(answer)
}

async fn change_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<ExportBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    let actor = caller.actor();
    let shows = require_for(&caller, Some(SensitiveOutput::Show));
    let apply = move |change: &mut Change<'_>| {
        let export = find_export(change.definitions(), path.name())?;
        preconditions.check(Some(&ETag::of_version(export.version)))?;
        let current = ExportChange {
            paused: export.paused,
            sensitive: export.sensitive,
        };
        let ExportChange { paused, sensitive } = patch.apply(&current)?;
        if sensitive != export.sensitive {
            match sensitive {
                Some(SensitiveOutput::Show) => shows?,
                Some(SensitiveOutput::Mask) => {}
                None => {
                    let detail = "'sensitive' must be 'mask' or 'show'";
                    return Err(Problem::unprocessable(detail, Vec::new()));
                }
            }
            change.audit(&actor, "export.change", path.name());
        } else if paused == export.paused {
            return Ok(answered(change, &export));
        }
        if paused != export.paused {
            let action = if paused {
                "export.pause"
            } else {
                "export.resume"
            };
            // What came while it was paused counts as handled.
            set_handled(change, path.name(), change.at().as_micros());
            change.audit(&actor, action, path.name());
        }
        let version = export.version + 1;
        let export = change.put(Export {
            paused,
            sensitive,
            version,
            ..Export::clone(&export)
        });
        Ok(answered(change, &export))
    };
    let (etag, body) = caller.change(apply).await?;
    app.runs.wake();
    Ok(Tagged::changed(etag, body.with_warnings(&caller).await?))
}

fn answered(change: &Change<'_>, export: &Export) -> (ETag, ExportBody) {
    let body = ExportBody::of(export, timezone(change.definitions()), change.at());
    (ETag::of_version(export.version), body)
}

/// The tenant's time zone, which is that of a schedule that names none.
fn timezone(definitions: &Definitions) -> &str {
    definitions
        .tenant()
        .map_or("UTC", |tenant| &tenant.timezone)
}

/// Checks the schedule and how long files are kept.
fn check_times(definitions: &Definitions, new: &NewExport) -> Result<(), Problem> {
    let refuse = |field: &str, detail: String| {
        let error = ProblemError {
            field: field.to_owned(),
            reason: "invalid".to_owned(),
            detail: detail.clone(),
        };
        Err(Problem::unprocessable(detail, vec![error]))
    };
    if !Retention::DAYS.contains(&new.retention.days) {
        let days = Retention::DAYS;
        let detail = format!(
            "'retention.days' must be {} to {}",
            days.start(),
            days.end()
        );
        return refuse("retention.days", detail);
    }
    let checked = new
        .schedule
        .as_ref()
        .map(|schedule| Timetable::new(schedule, timezone(definitions)));
    match checked {
        Some(Err(error)) => refuse(error.member(), error.to_string()),
        _ => Ok(()),
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

async fn check_filter(caller: &UserCaller, filter: &ExportFilter) -> Result<(), Problem> {
    let known = check_known(caller, &query_of(filter)).await;
    known.map_err(|error| filter_problem(error, "filter."))?;
    let refuse = |detail: String| Err(Problem::unprocessable(detail, Vec::new()));
    match (filter.created_from, filter.created_to) {
        (Some(from), Some(to)) if to <= from => refuse(
            "'filter.created_to' is not after 'filter.created_from': no alert is in between"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

async fn list_exports(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<ExportBody>>, Problem> {
    caller.require(Permission::ExportRead)?;
    let (definitions, now) = (caller.definitions(), app.services.clock.now());
    let Json(Page { items, next_cursor }) = page_of(
        &app,
        caller.tenant,
        &["exports"],
        &page,
        &definitions.exports,
        |_| true,
        |export| ExportBody::of(export, timezone(&definitions), now),
    )?;
    let mut exports = Vec::with_capacity(items.len());
    for export in items {
        exports.push(export.with_warnings(&caller).await?);
    }
    Ok(Json(Page {
        items: exports,
        next_cursor,
    }))
}

async fn read_export(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<Tagged<ExportBody>, Problem> {
    caller.require(Permission::ExportRead)?;
    let definitions = caller.definitions();
    let export = find_export(&definitions, path.name())?;
    let now = app.services.clock.now();
    let body = ExportBody::of(&export, timezone(&definitions), now);
    let body = body.with_warnings(&caller).await?;
    Ok(Tagged::get(
        ETag::of_version(export.version),
        body,
        &preconditions,
    ))
}

async fn delete_export(
    State(app): State<Arc<App>>,
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
        forget_handled(change, path.name());
        Ok(())
    };
    caller.change(delete).await?;
    app.forget_unused_code();
    app.runs.wake();
    app.deliveries.notice(caller.tenant, &caller.lane);
    Ok(NoContent)
}
