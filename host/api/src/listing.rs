//! Pages of what a tenant has defined.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::{Page, Problem};
use app::App;
use app::request::{self, PageRequest};
use store::key::TenantId;
use tenant::{Definition, Shelf};

/// A list without filters.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Nothing {}

/// A page of those definitions that `belongs` lets through, by key. `list` names the list and its filters.
///
/// # Errors
/// 400 for a cursor of another list.
pub(super) fn page_of<D: Definition, B>(
    app: &App,
    tenant: TenantId,
    list: &[&str],
    page: &PageRequest,
    shelf: &Shelf<D>,
    belongs: impl Fn(&D) -> bool,
    body: impl Fn(&D) -> B,
) -> Result<Json<Page<B>>, Problem> {
    let page = request::page::page_of(&app.cursors, tenant, list, page, shelf, belongs)?;
    Ok(Json(page.map(|definition| body(&definition)).into()))
}
