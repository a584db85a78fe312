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
use super::teams::check_title;
use super::tokens::issue_token;
use super::users::{NewUser, require_administrator_scope};
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemError,
    ProblemKind, Tagged, WireName, WireTime, problems,
};
use app::{App, CreateTenantError};
use engine::lane::{Actor, Change, Lane};
use tenant::{Definitions, Tenant};

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
struct NewTenant {
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

/// A tenant counts no versions; what can be changed of it tells them apart.
fn etag(tenant: &Tenant) -> ETag {
    ETag::of_content(format!("{} {}", tenant.suspended, tenant.title).as_bytes())
}

fn not_found(name: &str) -> Problem {
    Problem::not_found(&format!("tenant '{name}'"))
}

fn find(app: &App, path: &TenantPath) -> Result<Arc<Lane>, Problem> {
    let name = path.tenant.0.as_str();
    let lane = app.tenant_named(name).and_then(|id| app.lane(id));
    lane.ok_or_else(|| not_found(name))
}

async fn create_tenant(
    State(app): State<Arc<App>>,
    _: Administrator,
    JsonBody(new): JsonBody<NewTenant>,
) -> Result<Created<TenantBody>, Problem> {
    check_title(&new.title)?;
    if jiff::tz::TimeZone::get(&new.timezone).is_err() {
        let error = ProblemError {
            field: "timezone".to_owned(),
            reason: "invalid".to_owned(),
            detail: "must be the IANA name of a time zone, such as Europe/Amsterdam".to_owned(),
        };
        return Err(Problem::unprocessable(
            "'timezone' is no IANA time zone",
            vec![error],
        ));
    }
    let created = app
        .create_tenant(new.name.0.as_str(), &new.title, &new.timezone)
        .await;
    match created {
        Ok(tenant) => Ok(Created(TenantBody::of(&tenant))),
        Err(exists @ CreateTenantError::Exists(_)) => Err(Problem::conflict(exists.to_string())),
        Err(CreateTenantError::Commit(error)) => Err(error.into()),
    }
}

async fn list_tenants(
    State(app): State<Arc<App>>,
    _: Administrator,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TenantBody>>, Problem> {
    let after = page.position(&app.cursors, &["tenants"])?;
    let after = after.and_then(|id| Some(u64::from_be_bytes(id.try_into().ok()?)));
    let tenants = app.tenants().into_iter();
    let behind = tenants.filter(|(id, _)| after.is_none_or(|after| id.0 > after));
    let tenants = behind.filter_map(|(_, lane)| lane.definitions().tenant().cloned());
    let tenants: Vec<Arc<Tenant>> = tenants.take(page.limit() + 1).collect();
    let page = Page::of(tenants, &page, &app.cursors, &["tenants"], |tenant| {
        tenant.id.to_be_bytes().to_vec()
    });
    Ok(Json(page.map(|tenant| TenantBody::of(&tenant))))
}

async fn read_tenant(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(path): Params<TenantPath>,
    preconditions: Preconditions,
) -> Result<Tagged<TenantBody>, Problem> {
    let definitions = find(&app, &path)?.definitions();
    let tenant = definitions.tenant();
    let tenant = tenant.ok_or_else(|| not_found(path.tenant.0.as_str()))?;
    Ok(Tagged::get(
        etag(tenant),
        TenantBody::of(tenant),
        &preconditions,
    ))
}

async fn change_tenant(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(path): Params<TenantPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<TenantBody>, Problem> {
    let lane = find(&app, &path)?;
    let apply = move |change: &mut Change<'_>| {
        let name = path.tenant.0.as_str();
        let tenant = change.definitions().tenant().cloned();
        let tenant = tenant.ok_or_else(|| not_found(name))?;
        preconditions.check(Some(&etag(&tenant)))?;
        let current = TenantChange {
            title: tenant.title.clone(),
            suspended: tenant.suspended,
        };
        let TenantChange { title, suspended } = patch.apply(&current)?;
        check_title(&title)?;
        let action = match (tenant.suspended, suspended) {
            (false, true) => "tenant.suspend",
            (true, false) => "tenant.resume",
            _ => "tenant.change",
        };
        change.audit(&Actor::Administrator, action, name);
        Ok(change.put(Tenant {
            title,
            suspended,
            ..Tenant::clone(&tenant)
        }))
    };
    let tenant = lane.change(apply).await?;
    // Exports of a tenant that is suspended rest.
    app.runs.wake();
    Ok(Tagged::changed(etag(&tenant), TenantBody::of(&tenant)))
}

async fn create_first_user(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(path): Params<TenantPath>,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<Created<FirstUserBody>, Problem> {
    let lane = find(&app, &path)?;
    require_administrator_scope(&new.scopes)?;
    let new = new
        .check(&app, lane.tenant(), &Definitions::default())
        .await?;
    let create = move |change: &mut Change<'_>| {
        if !change.definitions().users.is_empty() {
            return Err(Problem::conflict(
                "the tenant has users; one of its own administrators makes others, under /v1/users",
            ));
        }
        let user = change.put(new.user(change.at()));
        let (token, credential) = issue_token(&user.id, "first", None, change.at());
        change.put(token);
        change.audit(&Actor::Administrator, "user.create", &user.login);
        Ok(FirstUserBody {
            id: user.id.clone(),
            login: user.login.clone(),
            scopes: user.scopes.clone(),
            token: Some(credential.expose().to_owned()),
        })
    };
    Ok(Created(lane.change(create).await?))
}
