//! Teams of a tenant: what their transactions must have, and the API keys that transactions are posted with.

pub mod api_keys;
pub mod payload_schema;

use std::sync::Arc;

use crate::caller::{Caller, Forbidden};
use crate::request::cursors::Cursors;
use crate::request::invalid::check_caption;
use crate::request::page::{ForeignCursor, page_of};
use crate::request::{Edit, Expected, Invalid, Page, PageRequest, Stale, Version};
use domain::name::Name;
use engine::lane::{Change, LaneError};
use tenant::{Answer, Definitions, Permission, Team, TeamKind};

/// A team to create.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// The tenant's name for it.
    pub name: Name,
    /// For people: 1 to 200 characters.
    pub title: String,
    /// What it watches for.
    pub kind: TeamKind,
    /// What whoever posts a transaction is told.
    pub answer: Answer,
}

/// What can be changed of a team.
#[derive(Clone, Debug)]
pub struct TeamFields {
    /// For people: 1 to 200 characters.
    pub title: String,
    /// What whoever posts a transaction is told.
    pub answer: Answer,
}

/// The tenant has no team of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no team '{0}'")]
pub struct NoSuchTeam(pub String);

/// Why a team was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateTeamError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The title cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The name is another team's.
    #[error("there is a team '{0}' already")]
    NameTaken(String),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a team was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeTeamError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The new fields cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a team cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadTeamError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
}

/// Why teams, or what belongs to one, cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListTeamsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
}

/// Creates a team.
///
/// # Errors
/// Where the caller may not, the title cannot be taken, or the name is another team's.
pub async fn create(caller: &Caller, new: NewTeam) -> Result<Arc<Team>, CreateTeamError> {
    caller.require(Permission::TeamWrite)?;
    check_caption("title", &new.title)?;
    let actor = caller.actor();
    let create = move |change: &mut Change<'_>| {
        let name = new.name.as_str().to_owned();
        let teams = &change.definitions().teams;
        if teams.get(&name).is_some() {
            return Err(CreateTeamError::NameTaken(name));
        }
        let last = teams.iter().map(|team| team.id).max().unwrap_or(0);
        change.audit(&actor, "team.create", &name);
        Ok(change.put(Team {
            id: last + 1,
            name,
            title: new.title,
            kind: new.kind,
            answer: new.answer,
            schemas: Vec::new(),
            created_at: change.at().as_micros(),
            version: 1,
        }))
    };
    caller.change(create).await
}

/// A page of the tenant's teams, by name.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub fn list(
    cursors: &Cursors,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<Arc<Team>>, ListTeamsError> {
    caller.require(Permission::TeamRead)?;
    let teams = &caller.definitions().teams;
    let all = |_: &Team| true;
    Ok(page_of(
        cursors,
        caller.tenant,
        &["teams"],
        page,
        teams,
        all,
    )?)
}

/// Reads a team.
///
/// # Errors
/// Where the caller may not, or there is no such team.
pub fn read(caller: &Caller, name: &str) -> Result<Arc<Team>, ReadTeamError> {
    caller.require(Permission::TeamRead)?;
    Ok(find_team(&caller.definitions(), name)?)
}

/// Changes a team.
///
/// # Errors
/// Where the caller may not, there is no such team, it is not the version that the change is meant for, or the new
/// fields cannot be taken.
pub async fn change(
    caller: &Caller,
    name: Name,
    expected: Expected,
    edit: Edit<TeamFields>,
) -> Result<Arc<Team>, ChangeTeamError> {
    caller.require(Permission::TeamWrite)?;
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), name.as_str())?;
        expected.check(Some(Version::Number(team.version)))?;
        let current = TeamFields {
            title: team.title.clone(),
            answer: team.answer,
        };
        let TeamFields { title, answer } = edit.apply(current)?;
        check_caption("title", &title)?;
        change.audit(&actor, "team.change", name.as_str());
        Ok(change.put(Team {
            title,
            answer,
            version: team.version + 1,
            ..Team::clone(&team)
        }))
    };
    caller.change(apply).await
}

/// The team of this name.
///
/// # Errors
/// Where there is none.
pub fn find_team(definitions: &Definitions, name: &str) -> Result<Arc<Team>, NoSuchTeam> {
    let team = definitions.teams.get(name).cloned();
    team.ok_or_else(|| NoSuchTeam(name.to_owned()))
}
