//! Pages of what a tenant has defined.

use std::sync::Arc;

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::{Page, PageRequest, Problem};
use app::App;
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
    let tenant = tenant.0.to_string();
    let list: Vec<&str> = std::iter::once(&*tenant)
        .chain(list.iter().copied())
        .collect();
    let after = page.position(&app.cursors, &list)?.unwrap_or_default();
    let after = String::from_utf8_lossy(&after);
    let behind = shelf.after(&after).map(|(_, definition)| definition);
    let wanted = behind.filter(|definition| belongs(definition));
    let items: Vec<Arc<D>> = wanted.take(page.limit() + 1).cloned().collect();
    let page = Page::of(items, page, &app.cursors, &list, |last| {
        last.key().into_bytes()
    });
    Ok(Json(page.map(|definition| body(&definition))))
}
