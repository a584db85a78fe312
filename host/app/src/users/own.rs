//! What users change of themselves: the team that they are working for, and how they like the pages to be.

use std::sync::Arc;

use base::time_zone::is_time_zone;

use super::acting_user;
use crate::caller::Caller;
use crate::request::{Edit, Invalid};
use engine::lane::{Change, LaneError};
use tenant::{Preferences, Rows, Theme, User};

/// What users change of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFields {
    /// The name of the team that the user is working for; none: the first of the user's teams.
    pub current_team: Option<String>,
    /// The time zone in which moments are shown: an IANA name; none: the tenant's.
    pub timezone: Option<String>,
    /// Which colours the pages have.
    pub theme: Theme,
    /// How many rows a page of a list has: 25, 50 or 100.
    pub rows_per_page: u16,
    /// Whether single keys do something.
    pub shortcuts: bool,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeOwnError {
    /// The user is no member of the team.
    #[error("you are not a member of team '{0}'; whoever has user:write makes members")]
    NotAMember(String),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Changes the caller's own fields.
///
/// # Errors
/// Where the caller is no member of the team, a value cannot be taken, or the lane cannot make the change.
pub async fn change(caller: &Caller, edit: Edit<OwnFields>) -> Result<Arc<User>, ChangeOwnError> {
    let (actor, by) = (caller.actor(), caller.id.clone());
    let change = move |change: &mut Change<'_>| {
        let user = acting_user(change.definitions(), &by)?;
        let new = edit.apply(OwnFields::of(&user))?;
        let preferences = new.preferences()?;
        if let Some(team) = &new.current_team
            && user.current_team.as_ref() != Some(team)
            && !user.teams.contains(team)
        {
            return Err(ChangeOwnError::NotAMember(team.clone()));
        }
        if user.current_team == new.current_team && user.preferences == preferences {
            return Ok(user);
        }
        change.audit(&actor, "user.change", &user.login);
        Ok(change.put(User {
            current_team: new.current_team,
            preferences,
            version: user.version + 1,
            ..User::clone(&user)
        }))
    };
    caller.change(change).await
}

impl OwnFields {
    /// As they are now.
    pub fn of(user: &User) -> Self {
        let preferences = user.preferences.clone();
        Self {
            current_team: user.current_team.clone(),
            timezone: preferences.timezone,
            theme: preferences.theme,
            rows_per_page: preferences.rows.count(),
            shortcuts: preferences.shortcuts,
        }
    }

    fn preferences(&self) -> Result<Preferences, Invalid> {
        if !self.timezone.as_deref().is_none_or(is_time_zone) {
            let detail = "'timezone' must be the IANA name of a time zone, such as Europe/Brussels";
            return Err(Invalid::field("preferences.timezone", "invalid", detail));
        }
        let rows = Rows::try_from(self.rows_per_page).map_err(|error| {
            Invalid::field("preferences.rows_per_page", "invalid", error.to_string())
        })?;
        Ok(Preferences {
            timezone: self.timezone.clone(),
            theme: self.theme,
            rows,
            shortcuts: self.shortcuts,
        })
    }
}
