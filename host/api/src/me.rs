//! Who is calling: `/v1/me`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::{AnyCaller, TeamCaller, UserCaller};
use crate::http::Problem;
use app::App;
use engine::lane::Lane;
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/me",
        get_with(read_me, |op| {
            op.summary("Who is calling")
                .description("As the credential of the request tells it.")
                .tag("Users")
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

fn brief(lane: &Lane) -> Result<TenantBrief, Problem> {
    let definitions = lane.definitions();
    let tenant = definitions.tenant().ok_or_else(Problem::unauthorized)?;
    Ok(TenantBrief {
        name: tenant.name.clone(),
        title: tenant.title.clone(),
        timezone: tenant.timezone.clone(),
    })
}

async fn read_me(caller: AnyCaller) -> Result<Json<Me>, Problem> {
    Ok(Json(match caller {
        AnyCaller::User(caller) => user(&caller)?,
        AnyCaller::Team(caller) => team(&caller)?,
        AnyCaller::Administrator(_) => Me::Administrator,
    }))
}

fn user(caller: &UserCaller) -> Result<Me, Problem> {
    let permissions = Permission::ALL.iter().copied();
    let permitted = permissions.filter(|permission| caller.may(*permission));
    Ok(Me::User {
        id: caller.id.to_string(),
        login: caller.login.to_string(),
        tenant: brief(&caller.lane)?,
        scopes: caller.scopes.to_vec(),
        permissions: permitted.map(Permission::as_str).collect(),
    })
}

fn team(caller: &TeamCaller) -> Result<Me, Problem> {
    Ok(Me::Team {
        tenant: brief(&caller.lane)?,
        team: caller.name.to_string(),
        api_key: caller.key.to_string(),
    })
}
