//! Tenants, which the administrator of the host creates, changes and suspends.

mod create;
pub(crate) mod registry;
mod stored;

use std::sync::Arc;

use base::time_zone::is_time_zone;

use crate::App;
use crate::caller::{Administrator, refusal};
use crate::request::invalid::check_caption;
use crate::request::page::ForeignCursor;
use crate::request::{Edit, Expected, Invalid, Page, PageRequest, Stale, Version};
use crate::users::{CheckUserError, NewUser, check_administers, tokens};
use domain::name::Name;
use engine::lane::{Actor, Change, Lane, LaneError};
use tenant::credential::Credential;
use tenant::{Definitions, Tenant, User};

pub use create::AddTenantError;
pub use stored::stored_tenants;

/// A tenant to create.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// By which the administrator calls it.
    pub name: Name,
    /// For people: 1 to 200 characters.
    pub title: String,
    /// An IANA name, such as `Europe/Amsterdam`.
    pub timezone: String,
}

/// What can be changed of a tenant.
#[derive(Clone, Debug)]
pub struct TenantFields {
    /// For people: 1 to 200 characters.
    pub title: String,
    /// Whether its credentials are refused.
    pub suspended: bool,
}

/// A tenant's first user, with a token that is shown once.
pub struct FirstUser {
    /// The user.
    pub user: Arc<User>,
    /// The user's token.
    pub credential: Credential,
}

/// The host has no tenant of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no tenant '{0}'")]
pub struct NoSuchTenant(pub String);

/// Why a tenant was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateTenantError {
    /// Title or time zone cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The tenant was not added to the store.
    #[error(transparent)]
    Add(#[from] AddTenantError),
}

/// Why a tenant was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeTenantError {
    /// There is no such tenant.
    #[error(transparent)]
    NoSuchTenant(#[from] NoSuchTenant),
    /// It is not what the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The new fields cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a tenant's first user was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateFirstUserError {
    /// There is no such tenant.
    #[error(transparent)]
    NoSuchTenant(#[from] NoSuchTenant),
    /// The scopes do not administer the tenant.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The user's values cannot be taken.
    #[error(transparent)]
    Check(#[from] CheckUserError),
    /// There are users already.
    #[error("the tenant has users; one of its own administrators makes others")]
    HasUsers,
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Creates a tenant.
///
/// # Errors
/// Where title or time zone cannot be taken, or another tenant has the name.
pub async fn create(
    app: &App,
    _: &Administrator,
    new: NewTenant,
) -> Result<Arc<Tenant>, CreateTenantError> {
    check_caption("title", &new.title)?;
    if !is_time_zone(&new.timezone) {
        let reason = "must be the IANA name of a time zone, such as Europe/Amsterdam";
        return Err(Invalid {
            detail: "'timezone' is no IANA time zone".to_owned(),
            ..Invalid::field("timezone", "invalid", reason)
        }
        .into());
    }
    let name = new.name.as_str();
    Ok(app.create_tenant(name, &new.title, &new.timezone).await?)
}

/// A page of the tenants, by number.
///
/// # Errors
/// Where the cursor is none of this list.
pub fn list(
    app: &App,
    _: &Administrator,
    page: &PageRequest,
) -> Result<Page<Arc<Tenant>>, ForeignCursor> {
    let after = page.position(&app.cursors, &["tenants"])?;
    let after = after.and_then(|id| <[u8; 8]>::try_from(id).ok());
    let after = after.map(u64::from_be_bytes);
    let tenants = app.tenants().into_iter();
    let behind = tenants.filter(|(id, _)| after.is_none_or(|after| id.0 > after));
    let tenants = behind.filter_map(|(_, lane)| lane.definitions().tenant().cloned());
    let tenants: Vec<Arc<Tenant>> = tenants.take(page.limit() + 1).collect();
    Ok(Page::of(
        tenants,
        page,
        &app.cursors,
        &["tenants"],
        |tenant| tenant.id.to_be_bytes().to_vec(),
    ))
}

/// Reads a tenant.
///
/// # Errors
/// Where there is none of this name.
pub fn read(app: &App, _: &Administrator, name: &Name) -> Result<Arc<Tenant>, NoSuchTenant> {
    let definitions = find_lane(app, name)?.definitions();
    let tenant = definitions.tenant().cloned();
    tenant.ok_or_else(|| NoSuchTenant(name.as_str().to_owned()))
}

/// Changes a tenant, or suspends it: its credentials are refused then, and nothing of it is lost.
///
/// # Errors
/// Where there is no such tenant, it is not the version that the change is meant for, or the title cannot be taken.
pub async fn change(
    app: &App,
    _: &Administrator,
    name: Name,
    expected: Expected,
    edit: Edit<TenantFields>,
) -> Result<Arc<Tenant>, ChangeTenantError> {
    let lane = find_lane(app, &name)?;
    let apply = move |change: &mut Change<'_>| {
        let tenant = change.definitions().tenant().cloned();
        let tenant = tenant.ok_or_else(|| NoSuchTenant(name.as_str().to_owned()))?;
        expected.check(Some(version(&tenant)))?;
        let current = TenantFields {
            title: tenant.title.clone(),
            suspended: tenant.suspended,
        };
        let TenantFields { title, suspended } = edit.apply(current)?;
        check_caption("title", &title)?;
        let action = match (tenant.suspended, suspended) {
            (false, true) => "tenant.suspend",
            (true, false) => "tenant.resume",
            _ => "tenant.change",
        };
        change.audit(&Actor::Administrator, action, name.as_str());
        Ok(change.put(Tenant {
            title,
            suspended,
            ..Tenant::clone(&tenant)
        }))
    };
    let changed = lane.change(apply).await;
    let tenant = changed.map_err(refusal::<ChangeTenantError>)?;
    // Exports of a tenant that is suspended rest.
    app.runs.wake();
    Ok(tenant)
}

/// The version of a tenant. A tenant counts no changes; what can be changed of it tells its versions apart.
pub fn version(tenant: &Tenant) -> Version {
    Version::of_content(format!("{} {}", tenant.suspended, tenant.title).as_bytes())
}

/// Creates the tenant's first user, who administers it and makes the others.
///
/// # Errors
/// Where there is no such tenant, it has users, or the user's values cannot be taken.
pub async fn create_first_user(
    app: &App,
    _: &Administrator,
    name: &Name,
    new: NewUser,
) -> Result<FirstUser, CreateFirstUserError> {
    let lane = find_lane(app, name)?;
    check_administers(&new.scopes)?;
    let none = Definitions::default();
    let new = new.check(app, lane.tenant(), &none).await?;
    let create = move |change: &mut Change<'_>| {
        if !change.definitions().users.is_empty() {
            return Err(CreateFirstUserError::HasUsers);
        }
        let user = change.put(new.user(change.at()));
        let (token, credential) = tokens::issue(&user.id, "first", None, change.at());
        change.put(token);
        change.audit(&Actor::Administrator, "user.create", &user.login);
        Ok(FirstUser { user, credential })
    };
    lane.change(create).await.map_err(refusal)
}

fn find_lane(app: &App, name: &Name) -> Result<Arc<Lane>, NoSuchTenant> {
    let name = name.as_str();
    let lane = app.tenant_named(name).and_then(|id| app.lane(id));
    lane.ok_or_else(|| NoSuchTenant(name.to_owned()))
}
