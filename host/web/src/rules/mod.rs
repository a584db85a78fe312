//! Rules: all of them, one with what it found and where it failed, and what changes it.

mod actions;
mod change;
mod comparison;
pub(crate) mod days;
mod errors;
mod failures;
pub(crate) mod form;
mod head;
mod inputs;
mod list;
pub(crate) mod new;
mod page;
mod promotion;
pub(crate) mod samples;
pub(crate) mod schema;
mod shapes;
pub(crate) mod side_by_side;
mod statistics;
pub(crate) mod words;

use std::sync::Arc;

use app::App;
use app::request::expected::Versions;
use app::request::{Expected, Version};
use app::rules::RuleName;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use domain::name::{Name, NameError};
use serde::Deserialize;

use crate::failure::Failure;
use crate::text::EN;

/// The pages of rules.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/rules", get(list::show))
        // Not below `/rules/{team}`: a rule may be called anything.
        .route("/new-rule/{team}", get(new::show).post(new::install))
        .route("/rules/{team}/{rule}", get(page::show))
        .route(
            "/rules/{team}/{rule}/change",
            get(change::show).post(change::install),
        )
        .route("/rules/{team}/{rule}/comparison", get(comparison::show))
        .route(
            "/rules/{team}/{rule}/promote",
            get(comparison::back).post(comparison::promote),
        )
        .route("/rules/{team}/{rule}/failures", get(failures::show))
        .route(
            "/rules/{team}/{rule}/re-evaluate",
            get(failures::back).post(failures::start),
        )
        .route(
            "/rules/{team}/{rule}/re-evaluate/cancel",
            get(failures::back).post(failures::cancel),
        )
        .route(
            "/rules/{team}/{rule}/mode",
            get(page::back).post(actions::set_mode),
        )
        .route(
            "/rules/{team}/{rule}/roll-back",
            get(page::back).post(actions::roll_back),
        )
        .route(
            "/rules/{team}/{rule}/remove",
            get(page::back).post(actions::remove),
        )
}

/// The path of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "(String, String)")]
pub(crate) struct RulePath(pub(crate) RuleName);

impl TryFrom<(String, String)> for RulePath {
    type Error = NameError;

    fn try_from((team, rule): (String, String)) -> Result<Self, NameError> {
        let (team, rule) = (Name::new(&team)?, Name::new(&rule)?);
        Ok(Self(RuleName { team, rule }))
    }
}

/// The path of a team.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TeamPath(pub(crate) Name);

impl TryFrom<String> for TeamPath {
    type Error = NameError;

    fn try_from(team: String) -> Result<Self, NameError> {
        Name::new(&team).map(Self)
    }
}

/// The address of a rule.
pub(crate) fn address(rule: &RuleName) -> String {
    format!("/rules/{}/{}", rule.team, rule.rule)
}

/// The version of an install, as a form carries it.
fn written(version: Version) -> String {
    match version {
        Version::Number(number) => number.to_string(),
        Version::Pending(number) => format!("{number}-preparing"),
        Version::Content(_) => String::new(),
    }
}

/// What a form expects that carries a version.
fn expected(written: &str) -> Result<Expected, Failure> {
    let (number, is_pending) = match written.strip_suffix("-preparing") {
        Some(number) => (number, true),
        None => (written, false),
    };
    let bad = |_| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, EN.rules.bad_version);
    let number = number.parse().map_err(bad)?;
    let version = match is_pending {
        true => Version::Pending(number),
        false => Version::Number(number),
    };
    Ok(Expected {
        one_of: Some(Versions::These(vec![version])),
        none_of: None,
    })
}
