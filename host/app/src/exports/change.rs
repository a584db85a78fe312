//! Pausing an export, resuming it, or changing what its files show.

use std::sync::Arc;

use super::read::ExportView;
use super::{NoSuchExport, find, require_for};
use crate::App;
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::request::{Edit, Expected, Invalid, Stale, Version};
use domain::name::Name;
use engine::lane::{Actor, Change, LaneError};
use export::set_handled;
use tenant::{Export, Permission, SensitiveOutput};

/// What can be changed of an export without defining it again.
#[derive(Clone, Copy, Debug)]
pub struct ExportFields {
    /// Whether its schedule is paused.
    pub paused: bool,
    /// What its files show of what rules computed from masked fields; none for an export of an earlier release.
    pub sensitive: Option<SensitiveOutput>,
}

impl ExportFields {
    /// As they are.
    fn of(export: &Export) -> Self {
        Self {
            paused: export.paused,
            sensitive: export.sensitive,
        }
    }

    /// Whether files show what those of `export` do not.
    fn shows_more(&self, export: &Export) -> bool {
        self.sensitive == Some(SensitiveOutput::Show) && export.sensitive != self.sensitive
    }
}

/// Why an export was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeExportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The new fields cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The change was made, and the alerts cannot be searched for the values of the filter.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Changes an export. Moments of the schedule that pass while it is paused are not made up for.
///
/// # Errors
/// Where the caller may not, there is no such export, or the new fields cannot be taken.
pub async fn change(
    app: &App,
    caller: &Caller,
    name: Name,
    expected: Expected,
    edit: Edit<ExportFields>,
) -> Result<ExportView, ChangeExportError> {
    caller.require(Permission::ExportWrite)?;
    // Who does not ask for it need not go on being permitted it.
    let shows = find(&caller.definitions(), name.as_str()).is_ok_and(|export| {
        let new = edit.apply(ExportFields::of(&export));
        new.is_ok_and(|new| new.shows_more(&export))
    });
    if shows {
        require_for(caller, Some(SensitiveOutput::Show))?;
    }
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let export = find(change.definitions(), name.as_str())?;
        expected.check(Some(Version::Number(export.version)))?;
        let new = edit.apply(ExportFields::of(&export))?;
        if new.shows_more(&export) && !shows {
            // Somebody had it mask them meanwhile.
            return Err(Stale::Changed.into());
        }
        if new.sensitive.is_none() && export.sensitive.is_some() {
            return Err(Invalid::new("'sensitive' must be 'mask' or 'show'").into());
        }
        let export = apply(change, &actor, export, new);
        let (definitions, now) = (change.definitions(), change.at());
        Ok::<_, ChangeExportError>(ExportView::of(export, definitions, now))
    };
    let changed = caller.change(apply).await?;
    app.runs.wake();
    Ok(changed.with_unknown(caller).await?)
}

/// Makes a new version of an export, unless nothing changes.
fn apply(
    change: &mut Change<'_>,
    actor: &Actor,
    export: Arc<Export>,
    new: ExportFields,
) -> Arc<Export> {
    let ExportFields { paused, sensitive } = new;
    if sensitive == export.sensitive && paused == export.paused {
        return export;
    }
    let name = &*export.name;
    if sensitive != export.sensitive {
        change.audit(actor, "export.change", name);
    }
    if paused != export.paused {
        let action = match paused {
            true => "export.pause",
            false => "export.resume",
        };
        // What came while it was paused counts as handled.
        set_handled(change, name, change.at().as_micros());
        change.audit(actor, action, name);
    }
    let version = export.version + 1;
    change.put(Export {
        paused,
        sensitive,
        version,
        ..Export::clone(&export)
    })
}
