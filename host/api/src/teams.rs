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
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind,
    Tagged, WireName, WireTime, problems,
};
use app::App;
use app::teams::{
    self, ChangeTeamError, CreateTeamError, ListTeamsError, NewTeam, NoSuchTeam, ReadTeamError,
    TeamFields,
};
use tenant::{Answer, Team, TeamKind};

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
#[schemars(rename = "NewTeam")]
struct NewTeamBody {
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

impl From<TeamFields> for TeamChange {
    fn from(fields: TeamFields) -> Self {
        Self {
            title: fields.title,
            answer: fields.answer,
        }
    }
}

impl From<TeamChange> for TeamFields {
    fn from(change: TeamChange) -> Self {
        Self {
            title: change.title,
            answer: change.answer,
        }
    }
}

problem_kind!(NoSuchTeam: NotFound);
problem_from!(CreateTeamError { Forbidden, Invalid, Lane; Conflict: NameTaken });
problem_from!(ReadTeamError {
    Forbidden,
    NoSuchTeam
});
problem_from!(ListTeamsError {
    Forbidden,
    NoSuchTeam,
    ForeignCursor
});
problem_from!(ChangeTeamError {
    Forbidden,
    NoSuchTeam,
    Stale,
    Invalid,
    Lane
});

async fn create_team(
    caller: UserCaller,
    JsonBody(new): JsonBody<NewTeamBody>,
) -> Result<Created<TeamBody>, Problem> {
    let new = NewTeam {
        name: new.name.0,
        title: new.title,
        kind: new.kind,
        answer: new.answer,
    };
    let team = teams::create(&caller, new).await?;
    Ok(Created(TeamBody::of(&team)))
}

async fn list_teams(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TeamBody>>, Problem> {
    let page = teams::list(&app.cursors, &caller, &page)?;
    Ok(Json(page.map(|team| TeamBody::of(&team)).into()))
}

async fn read_team(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TeamBody>, Problem> {
    let team = teams::read(&caller, path.name())?;
    let etag = ETag::of_version(team.version);
    Ok(Tagged::get(etag, TeamBody::of(&team), &preconditions))
}

async fn change_team(
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TeamBody>, Problem> {
    let edit = patch.edit::<TeamChange, _>();
    let team = teams::change(&caller, path.team.0, preconditions.expected(), edit).await?;
    Ok(Tagged::changed(
        ETag::of_version(team.version),
        TeamBody::of(&team),
    ))
}
