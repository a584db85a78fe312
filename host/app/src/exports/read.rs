//! Exports as they are read.

use std::sync::Arc;

use super::{NoSuchExport, find, timezone};
use crate::App;
use crate::alerts::unknown;
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::request::page::{ForeignCursor, page_of};
use crate::request::{Page, PageRequest};
use domain::time::Timestamp;
use engine::lane::UnknownValue;
use export::{Timetable, query_of};
use tenant::{Definitions, Export, Permission};

/// An export, as it is at a moment.
#[derive(Clone, Debug)]
pub struct ExportView {
    /// Its definition.
    pub export: Arc<Export>,
    /// When its schedule is due next, if it has one and is not paused.
    pub next_run_at: Option<Timestamp>,
    /// Values of its filter that are neither defined nor occur among the tenant's alerts, such as a state that the
    /// workflow no longer has. Its runs go on.
    pub unknown: Vec<UnknownValue>,
}

/// Why an export cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadExportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// The alerts cannot be searched for the values of its filter.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why exports cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListExportsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// The alerts cannot be searched for the values of the filters.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ExportView {
    /// As it is now, before its filter is looked at.
    pub(super) fn of(export: Arc<Export>, definitions: &Definitions, now: Timestamp) -> Self {
        let schedule = export.schedule.as_ref().filter(|_| !export.paused);
        let timezone = timezone(definitions);
        let timetable = schedule.and_then(|schedule| Timetable::new(schedule, timezone).ok());
        let next_run_at = timetable.and_then(|timetable| timetable.next_after(now));
        Self {
            export,
            next_run_at,
            unknown: Vec::new(),
        }
    }

    /// With the values of its filter that are unknown.
    pub(super) async fn with_unknown(mut self, caller: &Caller) -> Result<Self, ReadError> {
        self.unknown = unknown(caller, &query_of(&self.export.filter)).await?;
        Ok(self)
    }
}

/// The next moments at which the schedule of an export is due; none if it has none or is paused.
pub fn next_runs(app: &App, caller: &Caller, export: &Export, count: usize) -> Vec<Timestamp> {
    let definitions = caller.definitions();
    let schedule = export.schedule.as_ref().filter(|_| !export.paused);
    let timetable =
        schedule.and_then(|schedule| Timetable::new(schedule, timezone(&definitions)).ok());
    let Some(timetable) = timetable else {
        return Vec::new();
    };
    let first = timetable.next_after(app.services.clock.now());
    std::iter::successors(first, |at| timetable.next_after(*at))
        .take(count)
        .collect()
}

/// A page of the exports, by name.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<ExportView>, ListExportsError> {
    caller.require(Permission::ExportRead)?;
    let (definitions, now) = (caller.definitions(), app.services.clock.now());
    let exports = &definitions.exports;
    let list = ["exports"];
    let page = page_of(&app.cursors, caller.tenant, &list, page, exports, |_| true)?;
    let mut items = Vec::with_capacity(page.items.len());
    for export in page.items {
        let view = ExportView::of(export, &definitions, now);
        items.push(view.with_unknown(caller).await?);
    }
    Ok(Page {
        items,
        next_cursor: page.next_cursor,
    })
}

/// Reads an export.
///
/// # Errors
/// Where the caller may not, or there is no such export.
pub async fn read(app: &App, caller: &Caller, name: &str) -> Result<ExportView, ReadExportError> {
    caller.require(Permission::ExportRead)?;
    let definitions = caller.definitions();
    let export = find(&definitions, name)?;
    let view = ExportView::of(export, &definitions, app.services.clock.now());
    Ok(view.with_unknown(caller).await?)
}
