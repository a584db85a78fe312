//! Taking the next alert to work on: `/v1/alerts/take-next`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::body::AlertBody;
use super::filter_problem;
use super::filters::FiltersBody;
use crate::http::Problem;
use app::App;
use app::alerts::take_next::{self, TakeNextError};

/// Of which alerts to take one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewTake {
    /// Those that a search with these parameters finds, as far as they are open. `user_id` is ignored: only an alert that
    /// is assigned to nobody is taken.
    filter: FiltersBody,
}

/// The alert that was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TakenAlert")]
pub(super) struct TakenBody {
    /// Null if every open alert of the search is assigned to somebody.
    alert: Option<AlertBody>,
}

pub(super) async fn take_next(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body, once }: Repeatable<NewTake>,
) -> Result<Json<TakenBody>, Problem> {
    let taken = take_next::take_next(&app, &caller, &body.filter.into(), once).await?;
    Ok(Json(TakenBody {
        alert: taken.map(AlertBody::from),
    }))
}

impl From<TakeNextError> for Problem {
    fn from(error: TakeNextError) -> Self {
        match error {
            TakeNextError::Forbidden(error) => error.into(),
            TakeNextError::Filter(error) => filter_problem(error, "filter."),
            TakeNextError::Repeat(error) => error.into(),
            TakeNextError::Search(error) => error.into(),
            TakeNextError::Lane(error) => error.into(),
            TakeNextError::Read(error) => error.into(),
        }
    }
}
