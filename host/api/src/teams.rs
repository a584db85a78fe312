//! Teams: `/v1/teams`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::listing::{Nothing, page_of};
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind,
    Tagged, WireName, WireTime, problems,
};
use app::App;
use engine::lane::Change;
use tenant::{Answer, Permission, Team, TeamKind};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/teams",
            post_with(create_team, |op| {
                op.summary("Create a team")
                    .tag("Teams")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_teams, |op| op.summary("List the teams").tag("Teams")),
        )
        .api_route(
            "/v1/teams/{team}",
            get_with(read_team, |op| op.summary("Read a team").tag("Teams"))
                .patch_with(change_team, |op| op.summary("Change a team").tag("Teams")),
        )
}

/// A team to create.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewTeam {
    /// The tenant's name for it.
    name: WireName,
    /// For people: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// What it watches for.
    kind: TeamKind,
    /// What whoever posts a transaction is told.
    #[serde(default)]
    answer: Answer,
}

/// A team.
#[derive(Debug, Serialize, JsonSchema)]
struct TeamBody {
    name: String,
    title: String,
    kind: TeamKind,
    answer: Answer,
    /// The version of its payload schema; null until it has one.
    payload_schema_version: Option<u32>,
    created_at: WireTime,
}

/// What can be changed of a team.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TeamChange {
    title: String,
    answer: Answer,
}

impl TeamBody {
    fn of(team: &Team) -> Self {
        Self {
            name: team.name.clone(),
            title: team.title.clone(),
            kind: team.kind,
            answer: team.answer,
            payload_schema_version: team.schemas.last().map(|schema| schema.version),
            created_at: WireTime(Timestamp::from_micros(team.created_at)),
        }
    }
}

/// The path of a team.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct TeamPath {
    /// The team's name.
    pub(super) team: WireName,
}

impl TeamPath {
    pub(super) fn name(&self) -> &str {
        self.team.0.as_str()
    }
}

/// The team of this name.
///
/// # Errors
/// 404.
pub(super) fn find_team(
    definitions: &tenant::Definitions,
    name: &str,
) -> Result<Arc<Team>, Problem> {
    let team = definitions.teams.get(name).cloned();
    team.ok_or_else(|| Problem::not_found(&format!("team '{name}'")))
}

/// Checks a title: 1 to 200 characters.
///
/// # Errors
/// 422.
pub(super) fn check_title(title: &str) -> Result<(), Problem> {
    if (1..=200).contains(&title.chars().count()) && !title.chars().any(char::is_control) {
        return Ok(());
    }
    let detail = "'title' must have 1 to 200 characters and no control characters";
    Err(Problem::unprocessable(detail, Vec::new()))
}

async fn create_team(
    caller: UserCaller,
    JsonBody(new): JsonBody<NewTeam>,
) -> Result<Created<TeamBody>, Problem> {
    caller.require(Permission::TeamWrite)?;
    check_title(&new.title)?;
    let actor = caller.actor();
    let create = move |change: &mut Change<'_>| {
        let name = new.name.0.as_str().to_owned();
        let teams = &change.definitions().teams;
        if teams.get(&name).is_some() {
            return Err(Problem::conflict(format!(
                "there is a team '{name}' already"
            )));
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
    let team = caller.change(create).await?;
    Ok(Created(TeamBody::of(&team)))
}

async fn list_teams(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TeamBody>>, Problem> {
    caller.require(Permission::TeamRead)?;
    let definitions = caller.definitions();
    let teams = &definitions.teams;
    let all = |_: &Team| true;
    page_of(
        &app,
        caller.tenant,
        &["teams"],
        &page,
        teams,
        all,
        TeamBody::of,
    )
}

async fn read_team(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TeamBody>, Problem> {
    caller.require(Permission::TeamRead)?;
    let team = find_team(&caller.definitions(), path.name())?;
    let etag = ETag::of_version(team.version);
    Ok(Tagged::get(etag, TeamBody::of(&team), &preconditions))
}

async fn change_team(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TeamBody>, Problem> {
    caller.require(Permission::TeamWrite)?;
    let actor = caller.actor();
    let apply = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), path.name())?;
        preconditions.check(Some(&ETag::of_version(team.version)))?;
        let current = TeamChange {
            title: team.title.clone(),
            answer: team.answer,
        };
        let changed: TeamChange = patch.apply(&current)?;
        check_title(&changed.title)?;
        change.audit(&actor, "team.change", path.name());
        Ok(change.put(Team {
            title: changed.title,
            answer: changed.answer,
            version: team.version + 1,
            ..Team::clone(&team)
        }))
    };
    let team = caller.change(apply).await?;
    Ok(Tagged::changed(
        ETag::of_version(team.version),
        TeamBody::of(&team),
    ))
}
