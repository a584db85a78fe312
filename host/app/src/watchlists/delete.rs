//! Deletes a watchlist.

use std::sync::Arc;

use super::{NoSuchWatchlist, check_version, checked_note, find, make};
use crate::App;
use crate::blocking::Panicked;
use crate::caller::{Caller, Forbidden};
use crate::installed_plans::{Installed, InstalledPlan, PlansError, change_knowing_plans};
use crate::request::{Expected, Invalid, Stale};
use domain::name::Name;
use domain::rule::Source;
use engine::lane::{Change, LaneError};
use engine::list::{ListChange, ListChangeError, Wanted, Why};
use tenant::Permission;

/// Why a watchlist was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteWatchlistError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The note cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such list.
    #[error(transparent)]
    NoSuchWatchlist(#[from] NoSuchWatchlist),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// It is not known whether an installed rule reads it.
    #[error(transparent)]
    Plans(#[from] PlansError),
    /// An installed rule reads it.
    #[error("rule '{rule}' of team '{team}' reads list '{name}'; delete the rule first")]
    ReadByRule {
        /// The watchlist's name.
        name: String,
        /// The team's name.
        team: String,
        /// The rule's name.
        rule: String,
    },
    /// What is stored of the list cannot be read.
    #[error(transparent)]
    Change(#[from] ListChangeError),
    /// Preparing the change panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Deletes a watchlist. Its versions stay.
///
/// # Errors
/// Where the caller may not, the note cannot be taken, there is no such list, it is not the version that the change is
/// meant for, or an installed rule reads it.
pub async fn delete(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    expected: Expected,
    note: Option<String>,
) -> Result<(), DeleteWatchlistError> {
    caller.require(Permission::ListWrite)?;
    let why = Why {
        by: caller.actor(),
        action: "list.delete",
        note: checked_note(note)?,
    };
    let change = ListChange::new(name.as_str(), Wanted::Deleted, why);
    let attempt = || {
        let (name, expected, change) = (name.clone(), expected.clone(), change.clone());
        let attempt = move |lane: &mut Change<'_>, plans: &[InstalledPlan]| {
            let list = find(lane.definitions(), &name)?;
            check_version(&expected, Some(&list))?;
            check_unread(&name, plans)?;
            Ok::<_, DeleteWatchlistError>(change.make(lane)?)
        };
        change_knowing_plans(app, caller, Installed::All, attempt)
    };
    make(app, caller, name, &change, attempt).await?;
    Ok(())
}

/// Refuses to delete a list that an installed rule reads.
fn check_unread(name: &Name, plans: &[InstalledPlan]) -> Result<(), DeleteWatchlistError> {
    let name = name.as_str();
    let reads = |plan: &&InstalledPlan| {
        let mut sources = plan.plan.inputs.iter().map(|input| &input.source);
        sources.any(|source| matches!(source, Source::Membership(asked) if asked.list_name == name))
    };
    match plans.iter().find(reads) {
        None => Ok(()),
        Some(InstalledPlan { install, .. }) => Err(DeleteWatchlistError::ReadByRule {
            name: name.to_owned(),
            team: install.team.clone(),
            rule: install.rule.clone(),
        }),
    }
}
