//! Defining an export.

use super::places::{self, NewDelivery};
use super::read::ExportView;
use super::webhook_secret::make_secrets;
use super::{require_for, timezone};
use crate::App;
use crate::alerts::filters::check_stored;
use crate::alerts::{FilterError, check_known};
use crate::caller::{Caller, Forbidden};
use crate::exports::formatter::{FormatterError, KeptFile, check_formatter};
use crate::published::{DeletedPlugin, check_still_published};
use crate::request::{Expected, Invalid, Stale, Version};
use base::time_zone::is_time_zone;
use domain::name::Name;
use engine::lane::{Change, LaneError};
use export::{ScheduleError, Timetable, query_of, set_handled};
use tenant::{
    Compression, Definitions, Export, ExportFilter, FormatterChoice, Permission, Retention,
    Schedule, SensitiveOutput, WebhookSecret,
};

/// The most values of one filter of an export.
const MAX_FILTER_VALUES: usize = 1_000;

/// What an export is to be.
#[derive(Clone, Debug)]
pub struct NewExport {
    /// What writes its files.
    pub formatter: FormatterChoice,
    /// Which alerts.
    pub filter: ExportFilter,
    /// Where its files go; if there is none, they are only fetched.
    pub deliveries: Vec<NewDelivery>,
    /// When it runs by itself; if it has none, it runs only on request.
    pub schedule: Option<Schedule>,
    /// How its files are kept.
    pub compression: Compression,
    /// What its files show of what rules computed from masked fields.
    pub sensitive: SensitiveOutput,
    /// For how long its files are kept.
    pub retention: Retention,
}

/// An export that was put.
#[derive(Clone, Debug)]
pub struct PutExport {
    /// The export as it is now.
    pub export: ExportView,
    /// Whether there was none before.
    pub is_new: bool,
    /// The secrets of webhooks to URLs that it did not have, to be shown once.
    pub new_secrets: Vec<WebhookSecret>,
}

/// Why an export was not defined.
#[derive(Debug, thiserror::Error)]
pub enum PutExportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Its formatter cannot write its files.
    #[error(transparent)]
    Formatter(#[from] FormatterError),
    /// Its filter cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Another value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// Its formatter was deleted while the request was checked.
    #[error(transparent)]
    DeletedPlugin(#[from] DeletedPlugin),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Defines an export, or replaces its definition. A run that is under way ends with the definition it began with, and
/// an export that is paused stays paused.
///
/// # Errors
/// Where the caller may not, or a value cannot be taken.
pub async fn put(
    app: &App,
    caller: &Caller,
    name: Name,
    expected: Expected,
    new: NewExport,
) -> Result<PutExport, PutExportError> {
    caller.require(Permission::ExportWrite)?;
    require_for(caller, Some(new.sensitive))?;
    let formatter = check_formatter(app, caller, &new.formatter, KeptFile::Yes).await?;
    check_filter(caller, &new.filter).await?;
    new.check_times(&caller.definitions())?;
    let (actor, rules) = (caller.actor(), app.places.clone());
    let put = move |change: &mut Change<'_>| {
        let name = name.as_str();
        let current = change.definitions().exports.get(name).cloned();
        let version = current.as_ref().map(|export| export.version);
        expected.check(version.map(Version::Number))?;
        check_still_published(change.definitions(), &formatter)?;
        let known = current
            .as_ref()
            .map_or(&[][..], |export| &export.deliveries);
        let deliveries = places::check(&rules, known, new.deliveries)?;
        let new_secrets = make_secrets(change, name, &deliveries);
        change.audit(&actor, "export.put", name);
        let created_at = current.as_ref().map(|export| export.created_at);
        let paused = current.as_ref().is_some_and(|export| export.paused);
        if current.is_none_or(|export| export.schedule != new.schedule) {
            set_handled(change, name, change.at().as_micros());
        }
        let export = change.put(Export {
            name: name.to_owned(),
            formatter: new.formatter,
            filter: new.filter,
            deliveries,
            schedule: new.schedule,
            paused,
            compression: new.compression,
            sensitive: Some(new.sensitive),
            retention: new.retention,
            created_at: created_at.unwrap_or(change.at().as_micros()),
            version: version.unwrap_or(0) + 1,
        });
        Ok::<_, PutExportError>(PutExport {
            export: ExportView::of(export, change.definitions(), change.at()),
            is_new: version.is_none(),
            new_secrets,
        })
    };
    let put = caller.change(put).await?;
    app.runs.wake();
    app.deliveries.notice(caller.tenant, &caller.lane);
    Ok(put)
}

async fn check_filter(caller: &Caller, filter: &ExportFilter) -> Result<(), PutExportError> {
    let lists: [(&str, &[String]); 7] = [
        ("team", &filter.team),
        ("incident_type", &filter.incident_type),
        ("state", &filter.state),
        ("label", &filter.label),
        ("rule", &filter.rule),
        ("dprofile_id", &filter.dprofile_id),
        ("user_id", &filter.user_id),
    ];
    check_stored(lists, MAX_FILTER_VALUES)?;
    check_known(caller, &query_of(filter)).await?;
    match (filter.created_from, filter.created_to) {
        (Some(from), Some(to)) if to <= from => Err(Invalid::new(
            "'filter.created_to' is not after 'filter.created_from': no alert is in between",
        )
        .into()),
        _ => Ok(()),
    }
}

impl NewExport {
    /// Checks the schedule and how long files are kept.
    fn check_times(&self, definitions: &Definitions) -> Result<(), Invalid> {
        let days = Retention::DAYS;
        if !days.contains(&self.retention.days) {
            let (least, most) = (days.start(), days.end());
            let detail = format!("'retention.days' must be {least} to {most}");
            return Err(Invalid::field("retention.days", "invalid", detail));
        }
        let Some(schedule) = &self.schedule else {
            return Ok(());
        };
        let named = schedule.timezone.as_deref();
        if let Some(zone) = named.filter(|zone| !is_time_zone(zone)) {
            let error = ScheduleError::Zone(zone.to_owned());
            let detail = error.to_string();
            return Err(Invalid::field(error.member(), "invalid", detail));
        }
        match Timetable::new(schedule, timezone(definitions)) {
            Ok(_) => Ok(()),
            Err(error) => {
                let field = error.member();
                Err(Invalid::field(field, "invalid", error.to_string()))
            }
        }
    }
}
