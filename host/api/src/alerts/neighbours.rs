//! The alerts beside one in a list: `/v1/alerts/{alert}/neighbours`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::caller::UserCaller;
use super::filters::FiltersBody;
use super::list::Sorted;
use super::{AlertPath, filter_problem};
use crate::http::{FiltersAnd, Params, Problem};
use app::App;
use app::alerts::neighbours::{self, NeighboursError};

/// The alerts beside one in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertNeighbours")]
pub(super) struct NeighboursBody {
    /// The alert before it; null if it is the first.
    previous: Option<String>,
    /// The alert after it; null if it is the last.
    next: Option<String>,
}

pub(super) async fn read_neighbours(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    FiltersAnd {
        filters,
        beside: Sorted { sort },
    }: FiltersAnd<FiltersBody, Sorted>,
) -> Result<Json<NeighboursBody>, Problem> {
    let (filters, sort) = (filters.into(), sort.into());
    let found = neighbours::neighbours(&app, &caller, &filters, sort, path.alert).await?;
    Ok(Json(NeighboursBody {
        previous: found.previous.map(|id| id.to_string()),
        next: found.next.map(|id| id.to_string()),
    }))
}

impl From<NeighboursError> for Problem {
    fn from(error: NeighboursError) -> Self {
        match error {
            NeighboursError::Forbidden(error) => error.into(),
            NeighboursError::NoSuchAlert(error) => error.into(),
            NeighboursError::Filter(error) => filter_problem(error, "query parameter "),
            NeighboursError::Read(error) => error.into(),
        }
    }
}
