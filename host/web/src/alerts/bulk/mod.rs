//! The same change of many alerts: which are meant, what is changed, a last look at both, and how far it is.
//!
//! The address says which alerts are meant, so that each step can be loaded anew.

mod chosen;
mod form;
mod progress;
mod review;
mod typed;

use std::sync::Arc;

use app::App;
use app::alerts::bulk::{self, ChangeManyError, ReadBulkError};
use app::caller::Caller;
use app::request::Once;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::Markup;
use tenant::Permission;

use self::chosen::Chosen;
use self::typed::{Step, TypedChange};
use crate::browser::{SignedIn, Typed};
use crate::failure::{Failure, failures};
use crate::text::EN;

failures! {
    ReadBulkError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchBulk,
        SERVICE_UNAVAILABLE: Read,
    }
}

impl From<ChangeManyError> for Failure {
    fn from(error: ChangeManyError) -> Self {
        use ChangeManyError as E;
        let status = match error {
            E::Filter(error) => return error.into(),
            E::Comment(error) => return error.into(),
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Invalid(_) | E::Ask(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::OtherCount { .. } | E::Repeat(_) => StatusCode::CONFLICT,
            E::NotWhole(_) | E::Read(_) | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

/// The pages of changes of many alerts.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/alerts/bulk", get(show).post(send))
        .route("/alerts/bulk/{bulk}", get(progress::show))
}

/// Whether a caller may change anything of many alerts.
pub(super) fn is_open_to(caller: &Caller) -> bool {
    let changes = [
        Permission::AlertWrite,
        Permission::AlertTransition,
        Permission::CommentWrite,
    ];
    changes.into_iter().any(|one| caller.may(one))
}

async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let chosen = Chosen::read(&app, &caller, uri.query().unwrap_or_default()).await?;
    form::page(&caller, &chosen, &TypedChange::default(), None)
}

async fn send(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
    Typed(typed): Typed<TypedChange>,
) -> Result<Response, Failure> {
    caller.require(Permission::AlertRead)?;
    if !is_open_to(&caller) {
        caller.require(Permission::AlertWrite)?;
    }
    let query = uri.query().unwrap_or_default();
    let chosen = Chosen::read(&app, &caller, query).await?;
    if typed.step == Step::Edit || chosen.count == 0 {
        return Ok(form::page(&caller, &chosen, &typed, None)?.into_response());
    }
    let change = match check(&caller, &typed).await {
        Ok(change) => change,
        Err(refused) => {
            let page = form::page(&caller, &chosen, &typed, Some(&refused))?;
            return Ok((refused.status(), page).into_response());
        }
    };
    let again = |chosen: &Chosen, refused: &Failure| {
        let page = review::page(&caller, chosen, &typed, &change, Some(refused));
        (refused.status(), page).into_response()
    };
    if typed.step == Step::Review {
        let page = review::page(&caller, &chosen, &typed, &change, None);
        return Ok(page.into_response());
    }
    if chosen.count > review::MOST_WITHOUT_NUMBER && typed.number() != Some(chosen.count) {
        let detail = (EN.bulk.wrong_number)(chosen.count);
        let refused = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        return Ok(again(&chosen, &refused));
    }
    // Meanwhile others work on alerts: what was looked at is what is changed.
    let which = chosen.which(typed.count);
    let begun = bulk::change_many(&app, &caller, which, change.clone(), Once::unkeyed()).await;
    match begun {
        Ok(view) => {
            let to = format!("/alerts/bulk/{}?{}", view.id, chosen.filter.query());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let chosen = Chosen::read(&app, &caller, query).await?;
            Ok(again(&chosen, &Failure::from(error)))
        }
    }
}

/// What is asked for, where alerts can be changed so.
async fn check(caller: &Caller, typed: &TypedChange) -> Result<bulk::BulkChange, Failure> {
    let change = typed.change()?;
    bulk::check(caller, &change).await?;
    Ok(change)
}
