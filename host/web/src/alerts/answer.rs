//! Requests about an alert, and what its forms are answered with: the way back to the page, or the page with why nothing was
//! done.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::{AlertId, PartId};
use serde::Deserialize;

use super::actions::{TypedFields, TypedMove};
use super::origin::Origin;
use super::page;
use super::tasks::TypedTask;
use crate::browser::{Named, SignedIn};
use crate::failure::Failure;

/// Why nothing was done, and what was typed.
pub(super) struct Notice<'n> {
    pub(super) failure: &'n Failure,
    pub(super) kept: Kept<'n>,
}

/// What was typed into the form that was refused.
#[derive(Clone, Copy, Default)]
pub(super) struct Kept<'n> {
    /// A new comment.
    pub(super) comment: &'n str,
    /// Another text of a comment that there is.
    pub(super) edited: Option<(PartId, &'n str)>,
    pub(super) moved: Option<&'n TypedMove>,
    pub(super) fields: Option<&'n TypedFields>,
    /// The fields of the info.
    pub(super) info: Option<&'n [(String, String)]>,
    /// A new task.
    pub(super) task: Option<&'n TypedTask>,
    /// What a task that there is was to become.
    pub(super) changed_task: Option<(PartId, &'n TypedTask)>,
    /// What is said of a document.
    pub(super) description: &'n str,
    /// The version of what the form was to change.
    pub(super) known: Option<Known>,
}

/// A version that somebody knew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// None of the alert itself.
    pub(super) part: Option<PartId>,
    pub(super) version: u64,
}

impl Known {
    /// A version of the alert.
    pub(super) fn alert(version: u64) -> Option<Self> {
        let part = None;
        Some(Self { part, version })
    }

    /// A version of a comment, a task or a document.
    pub(super) fn part(part: PartId, version: u64) -> Option<Self> {
        let part = Some(part);
        Some(Self { part, version })
    }
}

impl Notice<'_> {
    /// The version that the form knew, where it is not the newest.
    pub(super) fn stale(&self) -> Option<Known> {
        let is_stale = self.failure.status() == StatusCode::PRECONDITION_FAILED;
        self.kept.known.filter(|_| is_stale)
    }
}

/// A request about an alert: who asks, which alert, and from which queue it was opened.
pub(crate) struct OnAlert {
    pub(super) app: Arc<App>,
    pub(super) alert: AlertId,
    pub(super) origin: Origin,
    signed_in: SignedIn,
}

/// The alert of an address, whatever else the address names.
#[derive(Clone, Copy, Debug, Deserialize)]
struct OfAlert {
    alert: AlertId,
}

/// The comment, task or document of an address.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct OfPart {
    pub(super) part: PartId,
}

impl FromRequestParts<Arc<App>> for OnAlert {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        let named = Named::<OfAlert>::from_request_parts(parts, app).await;
        let Named(OfAlert { alert }) = named.map_err(IntoResponse::into_response)?;
        Ok(Self {
            app: app.clone(),
            alert,
            origin: Origin::of(&parts.uri, &signed_in.caller),
            signed_in,
        })
    }
}

impl OnAlert {
    pub(super) fn caller(&self) -> &Caller {
        &self.signed_in.caller
    }

    /// The address of the alert's page.
    pub(super) fn page(&self) -> String {
        self.origin.address(&format!("/alerts/{}", self.alert))
    }

    /// Leads back to a place of the page, such as `#tasks`, or shows the page as it is now with why nothing was done. What was
    /// typed is kept.
    pub(super) async fn answer<T>(
        &self,
        done: Result<T, Failure>,
        place: &str,
        kept: Kept<'_>,
    ) -> Response {
        let Err(failure) = done else {
            return Redirect::to(&format!("{}{place}", self.page())).into_response();
        };
        let notice = Notice {
            failure: &failure,
            kept,
        };
        let page = page::render(
            &self.app,
            self.caller(),
            self.alert,
            Some(&notice),
            &self.origin,
        );
        match page.await {
            Ok(page) => (failure.status(), page).into_response(),
            // The alert itself cannot be shown; why nothing was done says more.
            Err(_) => failure.into_response(),
        }
    }

    /// The same for a form that knew a version of a comment, a task or a document, and in which nothing was typed.
    pub(super) async fn answer_of<T>(
        &self,
        done: Result<T, Failure>,
        place: &str,
        part: PartId,
        version: u64,
    ) -> Response {
        let kept = Kept {
            known: Known::part(part, version),
            ..Kept::default()
        };
        self.answer(done, place, kept).await
    }
}
