//! The back office: pages in which people work alerts and set up their teams.
//!
//! A page decodes what a browser sends, calls a use case of [`app`] and renders what comes of it, so that nobody sees or
//! does more here than over the API. Every page works without scripts: links, forms, and answers that lead on.
//!
//! In reading order:
//!
//! - [`browser`]: who is signed in, the cookie that says so, and which requests may change anything;
//! - [`once`]: forms that are carried out once;
//! - [`frame`]: what all pages share; [`elements`], [`by_team`] and [`chart`]: what many are made of;
//!   [`failure`]: what is shown instead of a page; [`text`]: every word of it;
//! - [`sign_in`], [`set_password`], [`find`], [`dashboard`], [`alerts`], [`transactions`], [`customers`], [`rules`],
//!   [`backtests`], [`plugins`], [`watchlists`], [`exports`], [`sessions`], [`audit`] and [`settings`]: the pages;
//!   [`download`]: files that browsers save;
//! - [`assets`]: styles and scripts, which are part of the program.
//!
//! What this crate does not know: the REST API, the store and the lanes.

mod alerts;
mod assets;
mod audit;
mod backtests;
mod browser;
mod by_team;
mod chart;
mod customers;
mod dashboard;
mod download;
mod elements;
mod exports;
mod failure;
mod find;
mod frame;
mod not_found;
mod once;
mod plugins;
mod rules;
mod sessions;
mod set_password;
mod settings;
mod sign_in;
mod text;
mod transactions;
mod watchlists;
mod when;

pub use not_found::{for_browsers, long_address};

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::get;

/// The longest form, in bytes: a comment has at most 64 KiB.
const FORM_BYTES: usize = 256 << 10;

/// The longest form of somebody who is not signed in, in bytes.
const SIGN_IN_BYTES: usize = 16 << 10;

/// All pages: those of nobody in particular, and each part's own.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/", get(frame::start))
        .route("/parts/session", get(frame::stay))
        .route("/find", get(find::find))
        .route(
            "/sign-in",
            get(sign_in::show)
                .post(sign_in::sign_in)
                .layer(DefaultBodyLimit::max(SIGN_IN_BYTES)),
        )
        .route(
            "/set-password",
            get(set_password::show)
                .post(set_password::set)
                .layer(DefaultBodyLimit::max(SIGN_IN_BYTES)),
        )
        .route(
            "/sign-out",
            get(async || Redirect::to("/")).post(sign_in::sign_out),
        )
        .merge(alerts::routes())
        .merge(transactions::routes())
        .merge(customers::routes())
        .merge(exports::routes())
        .merge(sessions::routes())
        .merge(audit::routes())
        .merge(dashboard::routes())
        .merge(rules::routes())
        .merge(backtests::routes())
        .merge(plugins::routes(&app.config))
        .merge(watchlists::routes())
        .merge(settings::routes())
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn(browser::readable_address))
        .layer(from_fn_with_state(app.clone(), once::honour))
        .layer(from_fn_with_state(app.clone(), browser::same_origin))
        .layer(from_fn(browser::headers))
        .merge(assets::routes())
}
