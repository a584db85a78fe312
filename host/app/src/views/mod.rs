//! Views of alerts that people save under a name: their own, and those that everybody of the tenant sees.
//!
//! A view holds what a search asks for, and nothing that was found: who opens one sees what they may see.

mod stored;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::App;
use crate::alerts::filters::{AlertFilters, check_stored};
use crate::alerts::{FilterError, check_filters};
use crate::caller::{Caller, Forbidden};
use crate::request::once::RepeatError;
use crate::request::{Expected, Invalid, Once, Replayable, Stale, Version};
use base::naming;
use domain::time::Timestamp;
use engine::alert::index::Sort;
use engine::lane::{Change, LaneError};
use tenant::{Definition, Definitions, ExportFilter, MoreFilters, Permission, SavedView};

pub use stored::{parse_sort, sort_name};

/// The most views of a user, and the most that are shared.
pub const MAX_VIEWS: usize = 50;

/// The most values of one filter of a view.
const MAX_VALUES: usize = 100;

/// Whose views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// Those that everybody of the tenant sees.
    Shared,
}

/// A view to save.
#[derive(Clone, Debug, Default)]
pub struct NewView {
    /// 1 to 100 characters.
    pub name: String,
    /// Which alerts.
    pub filters: AlertFilters,
    /// The order; none: the newest first.
    pub sort: Option<Sort>,
}

/// A view that was saved.
#[derive(Clone, Debug)]
pub struct View {
    /// UUIDv7.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// Which alerts.
    pub filters: AlertFilters,
    /// The order; none: the newest first.
    pub sort: Option<Sort>,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// The login of who saved it.
    pub created_by: String,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

/// There is no such view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no view {0}; it may have been deleted")]
pub struct NoSuchView(pub Uuid);

/// Why views cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadViewError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such view.
    #[error(transparent)]
    NoSuchView(#[from] NoSuchView),
}

/// Why a view was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveViewError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// There is no such view.
    #[error(transparent)]
    NoSuchView(#[from] NoSuchView),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// Another view has the name.
    #[error("there is a view '{0}' already; choose another name, or delete that one")]
    NameTaken(String),
    /// There are as many as there may be.
    #[error("there can be at most {MAX_VIEWS} views; delete one first")]
    TooMany,
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a view was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteViewError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such view.
    #[error(transparent)]
    NoSuchView(#[from] NoSuchView),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Which view was saved, for a request that comes again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved(SavedView);

impl Replayable for Saved {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Whether the caller may save and delete such views.
pub fn may_save(caller: &Caller, whose: Whose) -> bool {
    caller.may(Permission::AlertRead) && caller.may(whose.needs())
}

/// All views, in the order in which they were saved.
///
/// # Errors
/// Where the caller may not.
pub fn list(caller: &Caller, whose: Whose) -> Result<Vec<View>, Forbidden> {
    caller.require(Permission::AlertRead)?;
    let saved = caller.definitions().saved_views(whose.owner(caller));
    Ok(saved.iter().map(|view| View::of(view)).collect())
}

/// Reads a view.
///
/// # Errors
/// Where the caller may not, or there is no such view.
pub fn read(caller: &Caller, whose: Whose, id: Uuid) -> Result<View, ReadViewError> {
    caller.require(Permission::AlertRead)?;
    let definitions = caller.definitions();
    let found = find(&definitions, whose.owner(caller), id)?;
    Ok(View::of(&found))
}

/// Saves a new view.
///
/// # Errors
/// Where the caller may not, a value cannot be taken, or there are too many views.
pub async fn create(
    app: &Arc<App>,
    caller: &Caller,
    whose: Whose,
    new: NewView,
    once: Once,
) -> Result<View, SaveViewError> {
    let new = new.checked(app, caller, whose).await?;
    let owner = whose.owner(caller).map(str::to_owned);
    let (actor, login) = (caller.actor(), caller.login.to_string());
    let create = move |change: &mut Change<'_>| {
        let others = change.definitions().saved_views(owner.as_deref());
        if others.len() >= MAX_VIEWS {
            return Err(SaveViewError::TooMany);
        }
        check_name(&others, &new.name, None)?;
        let view = new.stored(SavedView {
            id: Uuid::now_v7().to_string(),
            owner,
            name: String::new(),
            alerts: ExportFilter::default(),
            more: MoreFilters::default(),
            sort: None,
            created_at: change.at().as_micros(),
            created_by: login,
            version: 1,
        });
        change.audit(&actor, "view.create", &view.id);
        let saved = change.put(view);
        Ok(Saved((*saved).clone()))
    };
    let Saved(view) = once.make::<_, SaveViewError, _>(caller, create).await?;
    Ok(View::of(&view))
}

/// Sets a view.
///
/// # Errors
/// Where the caller may not, there is no such view, or a value cannot be taken.
pub async fn put(
    app: &Arc<App>,
    caller: &Caller,
    whose: Whose,
    id: Uuid,
    expected: Expected,
    new: NewView,
) -> Result<View, SaveViewError> {
    let new = new.checked(app, caller, whose).await?;
    let owner = whose.owner(caller).map(str::to_owned);
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let current = find(change.definitions(), owner.as_deref(), id)?;
        expected.check(Some(Version::Number(current.version)))?;
        let others = change.definitions().saved_views(owner.as_deref());
        check_name(&others, &new.name, Some(&current.id))?;
        let view = new.stored(SavedView {
            version: current.version + 1,
            ..(*current).clone()
        });
        change.audit(&actor, "view.put", &view.id);
        Ok(View::of(&change.put(view)))
    };
    caller.change(put).await
}

/// Gives a view another name.
///
/// # Errors
/// Where the caller may not, there is no such view, or the name cannot be taken.
pub async fn rename(
    caller: &Caller,
    whose: Whose,
    id: Uuid,
    expected: Expected,
    name: &str,
) -> Result<View, SaveViewError> {
    caller.require(Permission::AlertRead)?;
    caller.require(whose.needs())?;
    let name = checked_name(name)?;
    let owner = whose.owner(caller).map(str::to_owned);
    let actor = caller.actor();
    let rename = move |change: &mut Change<'_>| {
        let current = find(change.definitions(), owner.as_deref(), id)?;
        expected.check(Some(Version::Number(current.version)))?;
        let others = change.definitions().saved_views(owner.as_deref());
        check_name(&others, &name, Some(&current.id))?;
        if current.name == name {
            return Ok(View::of(&current));
        }
        let view = SavedView {
            name,
            version: current.version + 1,
            ..(*current).clone()
        };
        change.audit(&actor, "view.put", &view.id);
        Ok(View::of(&change.put(view)))
    };
    caller.change(rename).await
}

/// Deletes a view.
///
/// # Errors
/// Where the caller may not, or there is no such view.
pub async fn delete(
    caller: &Caller,
    whose: Whose,
    id: Uuid,
    expected: Expected,
) -> Result<(), DeleteViewError> {
    caller.require(Permission::AlertRead)?;
    caller.require(whose.needs())?;
    let owner = whose.owner(caller).map(str::to_owned);
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let current = find(change.definitions(), owner.as_deref(), id)?;
        expected.check(Some(Version::Number(current.version)))?;
        change.remove::<SavedView>(&current.key());
        change.audit(&actor, "view.delete", &current.id);
        Ok(())
    };
    caller.change(delete).await
}

impl Whose {
    /// What the caller must be permitted to save and delete such views.
    fn needs(self) -> Permission {
        match self {
            Self::Own => Permission::AlertRead,
            Self::Shared => Permission::ViewShare,
        }
    }

    /// The user whose views these are; none if they are everybody's.
    fn owner(self, caller: &Caller) -> Option<&str> {
        match self {
            Self::Own => Some(&*caller.id),
            Self::Shared => None,
        }
    }
}

impl NewView {
    /// Refuses what cannot be taken, and what the caller may not do.
    async fn checked(
        mut self,
        app: &Arc<App>,
        caller: &Caller,
        whose: Whose,
    ) -> Result<Self, SaveViewError> {
        caller.require(Permission::AlertRead)?;
        caller.require(whose.needs())?;
        self.name = checked_name(&self.name)?;
        check_stored(self.filters.lists(), MAX_VALUES)?;
        check_filters(app, caller, &self.filters).await?;
        Ok(self)
    }
}

/// A name without the spaces at its ends.
fn checked_name(name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    if !name.is_empty() && !naming::is_visible(name) {
        let detail = "'name' must show something: all of its characters are invisible";
        return Err(Invalid::field("name", "invalid", detail));
    }
    let is_right = (1..=100).contains(&name.chars().count());
    match is_right && !name.chars().any(char::is_control) {
        true => Ok(name.to_owned()),
        false => {
            let detail = "'name' must have 1 to 100 characters and no control characters";
            Err(Invalid::field("name", "invalid", detail))
        }
    }
}

/// Refuses a name that another view has.
fn check_name(
    views: &[Arc<SavedView>],
    name: &str,
    own: Option<&str>,
) -> Result<(), SaveViewError> {
    let mut others = views.iter().filter(|view| Some(&*view.id) != own);
    match others.any(|view| view.name == name) {
        true => Err(SaveViewError::NameTaken(name.to_owned())),
        false => Ok(()),
    }
}

fn find(
    definitions: &Definitions,
    owner: Option<&str>,
    id: Uuid,
) -> Result<Arc<SavedView>, NoSuchView> {
    let found = definitions.saved_view(owner, &id.to_string());
    found.cloned().ok_or(NoSuchView(id))
}
