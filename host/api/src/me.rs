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
use app::users::me::{self, Gone};
use app::users::own::{self, ChangeOwnError, OwnFields};
use tenant::{Permission, Tenant, Theme};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/me",
        get_with(read_me, |op| {
            op.summary("Who is calling")
                .description("As the credential of the request tells it.")
                .tag("Users")
        })
        .patch_with(change_me, |op| {
            op.summary("Choose the team that one is working for, and how one likes the pages to be")
                .description("A merge patch. What is left out stays as it is.")
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
        preferences: PreferencesBody,
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

/// How a user likes the pages to be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Preferences")]
struct PreferencesBody {
    /// The IANA time zone in which moments are shown; null: the tenant's.
    timezone: Option<String>,
    /// Which colours the pages have.
    theme: ThemeBody,
    /// How many rows a page of a list has: 25, 50 or 100.
    rows_per_page: u16,
    /// Whether single keys do something.
    shortcuts: bool,
}

/// Which colours pages have.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Theme")]
enum ThemeBody {
    System,
    Light,
    Dark,
}

impl PreferencesBody {
    fn of(own: &OwnFields) -> Self {
        Self {
            timezone: own.timezone.clone(),
            theme: match own.theme {
                Theme::System => ThemeBody::System,
                Theme::Light => ThemeBody::Light,
                Theme::Dark => ThemeBody::Dark,
            },
            rows_per_page: own.rows_per_page,
            shortcuts: own.shortcuts,
        }
    }
}

impl From<ThemeBody> for Theme {
    fn from(body: ThemeBody) -> Self {
        match body {
            ThemeBody::System => Self::System,
            ThemeBody::Light => Self::Light,
            ThemeBody::Dark => Self::Dark,
        }
    }
}

/// What one changes of oneself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct MeChange {
    /// The name of the team that one is working for: one of those that one is a member of; null: the first of them.
    current_team: Option<String>,
    preferences: PreferencesBody,
}

problem_from!(ChangeOwnError { Invalid, Lane; Conflict: NotAMember });

impl From<OwnFields> for MeChange {
    fn from(own: OwnFields) -> Self {
        Self {
            preferences: PreferencesBody::of(&own),
            current_team: own.current_team,
        }
    }
}

impl From<MeChange> for OwnFields {
    fn from(body: MeChange) -> Self {
        let preferences = body.preferences;
        Self {
            current_team: body.current_team,
            timezone: preferences.timezone,
            theme: preferences.theme.into(),
            rows_per_page: preferences.rows_per_page,
            shortcuts: preferences.shortcuts,
        }
    }
}

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
    own::change(&caller, patch.edit::<MeChange, _>()).await?;
    Ok(Json(user(&caller, &me::read(&caller)?)))
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
        preferences: PreferencesBody::of(&OwnFields::of(&me.user)),
    }
}

fn team(caller: &TeamCaller) -> Result<Me, Problem> {
    Ok(Me::Team {
        tenant: TenantBrief::from(&*me::tenant_of(&caller.lane)?),
        team: caller.name.to_string(),
        api_key: caller.key.to_string(),
    })
}
