//! Who is calling: `/v1/me`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::{AnyCaller, TeamCaller, UserCaller};
use super::problem_from::problem_from;
use crate::http::{MergePatch, Problem, ProblemKind, problems};
use app::App;
use app::users::ChooseTeamError;
use app::users::me::{self, ChangeMeError, Gone};
use tenant::{Permission, Tenant};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/me",
        get_with(read_me, |op| {
            op.summary("Who is calling")
                .description("As the credential of the request tells it.")
                .tag("Users")
        })
        .patch_with(change_me, |op| {
            op.summary("Choose the team that one is working for")
                .description("One of the teams that one is a member of; null: the first of them.")
                .tag("Users")
                .with(problems(&[ProblemKind::Conflict]))
        }),
    )
}

/// Who is calling.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Me {
    /// A user or a service of a tenant.
    User {
        id: String,
        login: String,
        tenant: TenantBrief,
        scopes: Vec<String>,
        /// What the scopes permit, such as `rule:write`.
        permissions: Vec<&'static str>,
        /// The names of the teams that one is a member of.
        teams: Vec<String>,
        /// The team that one is working for; null without any.
        current_team: Option<String>,
    },
    /// Whoever has a team's API key.
    Team {
        tenant: TenantBrief,
        /// The team's name.
        team: String,
        /// The id of the key.
        api_key: String,
    },
    /// The administrator of the host.
    Administrator,
}

/// A tenant, as its own people see it.
#[derive(Debug, Serialize, JsonSchema)]
struct TenantBrief {
    name: String,
    title: String,
    timezone: String,
}

impl From<&Tenant> for TenantBrief {
    fn from(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            title: tenant.title.clone(),
            timezone: tenant.timezone.clone(),
        }
    }
}

/// What one changes of oneself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct MeChange {
    /// The name of the team that one is working for.
    #[serde(default)]
    current_team: Option<String>,
}

impl From<Option<String>> for MeChange {
    fn from(current_team: Option<String>) -> Self {
        Self { current_team }
    }
}

impl From<MeChange> for Option<String> {
    fn from(change: MeChange) -> Self {
        change.current_team
    }
}

problem_from!(ChooseTeamError { Lane; Conflict: NotAMember });
problem_from!(ChangeMeError {
    Invalid,
    Choose,
    Gone
});

impl From<Gone> for Problem {
    fn from(_: Gone) -> Self {
        Self::unauthorized()
    }
}

async fn read_me(caller: AnyCaller) -> Result<Json<Me>, Problem> {
    Ok(Json(match caller {
        AnyCaller::User(caller) => user(&caller, &me::read(&caller)?),
        AnyCaller::Team(caller) => team(&caller)?,
        AnyCaller::Administrator(_) => Me::Administrator,
    }))
}

async fn change_me(caller: UserCaller, patch: MergePatch) -> Result<Json<Me>, Problem> {
    let changed = me::change(&caller, patch.edit::<MeChange, _>()).await?;
    Ok(Json(user(&caller, &changed)))
}

fn user(caller: &UserCaller, me: &me::Me) -> Me {
    let permissions = me.permissions.iter().copied();
    Me::User {
        id: caller.id.to_string(),
        login: caller.login.to_string(),
        tenant: TenantBrief::from(&*me.tenant),
        scopes: caller.scopes.to_vec(),
        permissions: permissions.map(Permission::as_str).collect(),
        teams: me.user.teams.clone(),
        current_team: me.user.current_team().map(str::to_owned),
    }
}

fn team(caller: &TeamCaller) -> Result<Me, Problem> {
    Ok(Me::Team {
        tenant: TenantBrief::from(&*me::tenant_of(&caller.lane)?),
        team: caller.name.to_string(),
        api_key: caller.key.to_string(),
    })
}
