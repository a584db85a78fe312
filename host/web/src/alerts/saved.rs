//! Saving the queue as a view, and renaming and deleting views.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Expected, Once};
use app::views::{self, DeleteViewError, NewView, SaveViewError, Whose};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;
use uuid::Uuid;

use super::filter::Filter;
use super::queue;
use super::view::View;
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::asking;
use crate::failure::{Failure, failures};
use crate::once::once;
use crate::text::EN;

failures! {
    DeleteViewError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchView,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
}

impl From<SaveViewError> for Failure {
    fn from(error: SaveViewError) -> Self {
        use SaveViewError as E;
        let status = match error {
            E::Filter(error) => return error.into(),
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::NoSuchView(_) => StatusCode::NOT_FOUND,
            E::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Stale(_) => StatusCode::PRECONDITION_FAILED,
            E::NameTaken(_) | E::TooMany | E::Repeat(_) => StatusCode::CONFLICT,
            E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

/// A view to save, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedView {
    name: String,
    /// There where everybody is to see it.
    shared: Option<String>,
    /// The view that was to have the name; none for a new one.
    #[serde(skip)]
    renames: Option<Uuid>,
}

/// Another name of a view, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Renamed {
    version: u64,
    name: String,
    /// There where it is a shared one.
    shared: Option<String>,
}

/// Which view is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Deleted {
    /// There where it is a shared one.
    shared: Option<String>,
}

fn whose(shared: Option<&String>) -> Whose {
    match shared {
        Some(_) => Whose::Shared,
        None => Whose::Own,
    }
}

/// Saves the queue as a view, and shows that.
pub(crate) async fn save(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
    Typed(typed): Typed<TypedView>,
) -> Result<Response, Failure> {
    let query = uri.query().unwrap_or_default();
    let filter = Filter::read(query, &caller)?;
    let new = NewView {
        name: typed.name.clone(),
        filters: filter.filters(),
        sort: Some(filter.sort()),
    };
    let whose = whose(typed.shared.as_ref());
    match views::create(&app, &caller, whose, new, Once::unkeyed()).await {
        Ok(view) => Ok(Redirect::to(&format!("/alerts?view={}", view.id)).into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            let page = queue::render(&app, &caller, query, Some((&refused, &typed))).await?;
            Ok((refused.status(), page).into_response())
        }
    }
}

/// Gives a view another name, and shows the queue as it was.
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(view): Named<Uuid>,
    uri: Uri,
    Typed(typed): Typed<Renamed>,
) -> Result<Response, Failure> {
    let whose = whose(typed.shared.as_ref());
    let expected = Expected::version(typed.version);
    let renamed = views::rename(&caller, whose, view, expected, &typed.name).await;
    let query = uri.query().unwrap_or_default();
    match renamed.map_err(Failure::from) {
        Ok(_) => {
            let filter = Filter::read(query, &caller)?;
            let to = format!("/alerts?{}", filter.query());
            Ok(Redirect::to(&to).into_response())
        }
        Err(refused) if refused.status() == StatusCode::NOT_FOUND => Err(refused),
        Err(refused) => {
            let typed = TypedView {
                name: typed.name,
                shared: typed.shared,
                renames: Some(view),
            };
            let page = queue::render(&app, &caller, query, Some((&refused, &typed))).await?;
            Ok((refused.status(), page).into_response())
        }
    }
}

/// Deletes a view, and shows the queue without it.
pub(crate) async fn delete(
    SignedIn { caller, .. }: SignedIn,
    Named(view): Named<Uuid>,
    uri: Uri,
    Typed(deleted): Typed<Deleted>,
) -> Result<Redirect, Failure> {
    let filter = Filter::read(uri.query().unwrap_or_default(), &caller)?;
    let whose = whose(deleted.shared.as_ref());
    views::delete(&caller, whose, view, Expected::default()).await?;
    let to = match filter.view() == View::Saved(view) {
        true => "/alerts".to_owned(),
        false => format!("/alerts?{}", filter.query()),
    };
    Ok(Redirect::to(&to))
}

/// The form that saves the queue as a view, and those that rename and delete views.
pub(super) fn manage(
    caller: &Caller,
    filter: &Filter,
    typed: Option<&TypedView>,
) -> Result<Markup, Failure> {
    let text = &EN.queue;
    let new = typed.filter(|typed| typed.renames.is_none());
    let name = new.map_or("", |typed| &typed.name);
    let is_shared = new.is_some_and(|typed| typed.shared.is_some());
    let own = views::list(caller, Whose::Own)?;
    let shared = match views::may_save(caller, Whose::Shared) {
        true => views::list(caller, Whose::Shared)?,
        false => Vec::new(),
    };
    let query = filter.query();
    let each = own
        .into_iter()
        .map(|view| (view, Whose::Own))
        .chain(shared.into_iter().map(|view| (view, Whose::Shared)));
    let each: Vec<_> = each.collect();
    Ok(html! {
        details.manage open[typed.is_some()] {
            summary { (text.save_view) }
            div.card {
                form.row action=(once(&format!("/alerts/views?{query}"))) method="post" {
                    label for="view-name" { (text.view_name) }
                    input #view-name name="name" required maxlength="100" value=(name);
                    @if views::may_save(caller, Whose::Shared) {
                        label.tick {
                            input type="checkbox" name="shared" checked[is_shared];
                            " " (text.share_view)
                        }
                    }
                    button.primary type="submit" { (text.save) }
                }
                @if !views::may_save(caller, Whose::Shared) {
                    p.note { (text.share_view) ": " ((EN.elements.needs)(Permission::ViewShare.as_str())) }
                }
                @if !each.is_empty() {
                    h2 { (text.own_views) }
                    ul.plain {
                        @for (view, whose) in &each {
                            @let typed = typed.filter(|typed| typed.renames == Some(view.id));
                            li {
                                (renaming(view, *whose, &query, typed))
                                (deletion(view, *whose, &query))
                            }
                        }
                    }
                }
            }
        }
    })
}

fn renaming(view: &views::View, whose: Whose, query: &str, typed: Option<&TypedView>) -> Markup {
    let text = &EN.queue;
    let field = format!("name-of-{}", view.id);
    let name = typed.map_or(&view.name, |typed| &typed.name);
    html! {
        form.row action=(once(&format!("/alerts/views/{}/rename?{query}", view.id))) method="post" {
            input type="hidden" name="version" value=(view.version);
            @if whose == Whose::Shared { input type="hidden" name="shared" value="yes"; }
            label for=(field) { ((text.name_of_view)(&view.name)) }
            input id=(field) name="name" required maxlength="100" value=(name);
            button type="submit" aria-label={ (text.rename_view) " " (view.name) } { (text.rename_view) }
        }
    }
}

fn deletion(view: &views::View, whose: Whose, query: &str) -> Markup {
    let text = &EN.queue;
    let is_shared = whose == Whose::Shared;
    let question = match is_shared {
        true => text.delete_shared,
        false => text.delete_own,
    };
    let address = once(&format!("/alerts/views/{}/delete?{query}", view.id));
    let form = html! {
        form action=(address) method="post" {
            @if is_shared { input type="hidden" name="shared" value="yes"; }
            button.danger type="submit" { (text.delete_view) }
        }
    };
    asking(&(text.delete_named)(&view.name), question, &form)
}
