//! Tenants: `/v1/tenants`, for the host's administrator alone.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Administrator;
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use super::users::NewUserBody;
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind,
    Tagged, WireName, WireTime, problems,
};
use app::App;
use app::tenants::{
    self, AddTenantError, ChangeTenantError, CreateFirstUserError, CreateTenantError, NewTenant,
    NoSuchTenant, TenantFields,
};
use tenant::Tenant;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/tenants",
            post_with(create_tenant, |op| {
                op.summary("Create a tenant")
                    .tag("Tenants")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_tenants, |op| {
                op.summary("List the tenants").tag("Tenants")
            }),
        )
        .api_route(
            "/v1/tenants/{tenant}",
            get_with(read_tenant, |op| op.summary("Read a tenant").tag("Tenants")).patch_with(
                change_tenant,
                |op| {
                    op.summary("Change or suspend a tenant")
                        .description(
                            "A suspended tenant's credentials are refused; nothing of it is lost.",
                        )
                        .tag("Tenants")
                },
            ),
        )
        .api_route(
            "/v1/tenants/{tenant}/users",
            post_with(create_first_user, |op| {
                op.summary("Create the tenant's first user")
                    .description("From there the tenant helps itself, under /v1/users.")
                    .tag("Tenants")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// A tenant to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewTenant")]
struct NewTenantBody {
    /// By which the administrator calls it.
    name: WireName,
    /// For people: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// An IANA name, such as `Europe/Amsterdam`.
    timezone: String,
}

/// A tenant.
#[derive(Debug, Serialize, JsonSchema)]
struct TenantBody {
    name: String,
    title: String,
    timezone: String,
    suspended: bool,
    created_at: WireTime,
}

/// What can be changed of a tenant.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TenantChange {
    title: String,
    suspended: bool,
}

/// A tenant's first user.
#[derive(Debug, Serialize, JsonSchema)]
struct FirstUserBody {
    id: String,
    login: String,
    scopes: Vec<String>,
    /// The user's access token, which is shown once: the answer that is repeated for an `Idempotency-Key` lacks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// The path of a tenant.
#[derive(Debug, Deserialize, JsonSchema)]
struct TenantPath {
    /// The tenant's name.
    tenant: WireName,
}

impl TenantBody {
    fn of(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            title: tenant.title.clone(),
            timezone: tenant.timezone.clone(),
            suspended: tenant.suspended,
            created_at: WireTime(Timestamp::from_micros(tenant.created_at)),
        }
    }
}

fn etag(tenant: &Tenant) -> ETag {
    ETag::of(tenants::version(tenant))
}

impl From<TenantFields> for TenantChange {
    fn from(fields: TenantFields) -> Self {
        Self {
            title: fields.title,
            suspended: fields.suspended,
        }
    }
}

impl From<TenantChange> for TenantFields {
    fn from(change: TenantChange) -> Self {
        Self {
            title: change.title,
            suspended: change.suspended,
        }
    }
}

problem_kind!(NoSuchTenant: NotFound);
problem_from!(AddTenantError { Commit; Conflict: Exists });
problem_from!(CreateTenantError { Invalid, Add });
problem_from!(ChangeTenantError {
    NoSuchTenant,
    Stale,
    Invalid,
    Lane
});
problem_from!(CreateFirstUserError { NoSuchTenant, Invalid, Check, Lane; Conflict: HasUsers => "POST /v1/users makes them" });

async fn create_tenant(
    State(app): State<Arc<App>>,
    Administrator(administrator): Administrator,
    JsonBody(new): JsonBody<NewTenantBody>,
) -> Result<Created<TenantBody>, Problem> {
    let new = NewTenant {
        name: new.name.0,
        title: new.title,
        timezone: new.timezone,
    };
    let tenant = tenants::create(&app, &administrator, new).await?;
    Ok(Created(TenantBody::of(&tenant)))
}

async fn list_tenants(
    State(app): State<Arc<App>>,
    Administrator(administrator): Administrator,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TenantBody>>, Problem> {
    let page = tenants::list(&app, &administrator, &page)?;
    Ok(Json(page.map(|tenant| TenantBody::of(&tenant)).into()))
}

async fn read_tenant(
    State(app): State<Arc<App>>,
    Administrator(administrator): Administrator,
    Params(path): Params<TenantPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TenantBody>, Problem> {
    let tenant = tenants::read(&app, &administrator, &path.tenant.0)?;
    let body = TenantBody::of(&tenant);
    Ok(Tagged::get(etag(&tenant), body, &preconditions))
}

async fn change_tenant(
    State(app): State<Arc<App>>,
    Administrator(administrator): Administrator,
    Params(path): Params<TenantPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TenantBody>, Problem> {
    let (name, expected) = (path.tenant.0, preconditions.expected());
    let edit = patch.edit::<TenantChange, _>();
    let tenant = tenants::change(&app, &administrator, name, expected, edit).await?;
    Ok(Tagged::changed(etag(&tenant), TenantBody::of(&tenant)))
}

async fn create_first_user(
    State(app): State<Arc<App>>,
    Administrator(administrator): Administrator,
    Params(path): Params<TenantPath>,
    JsonBody(new): JsonBody<NewUserBody>,
) -> Result<Created<FirstUserBody>, Problem> {
    let name = &path.tenant.0;
    let first = tenants::create_first_user(&app, &administrator, name, new.into()).await?;
    Ok(Created(FirstUserBody {
        id: first.user.id.clone(),
        login: first.user.login.clone(),
        scopes: first.user.scopes.clone(),
        token: Some(first.credential.expose().to_owned()),
    }))
}
