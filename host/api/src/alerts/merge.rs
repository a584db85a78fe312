//! Merging alerts by hand, and taking a merge back.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::problem_from::{problem_from, problem_kind};
use super::body::AlertBody;
use super::{AlertPath, read};
use crate::http::{Created, JsonBody, Params, Preconditions, Problem, Tagged};
use app::App;
use app::alerts::merge::{
    self, MergeAlerts, MergeAlertsError, MergedAlert, UnmergeAlertError, Unmergeable,
};

/// Alerts to merge.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Merge {
    /// From 2 to 100, of one team and one customer, none of them closed.
    #[schemars(with = "Vec<String>")]
    alerts: Vec<Uuid>,
    /// The title of the merged alert; else that of the oldest.
    #[serde(default)]
    title: Option<String>,
}

/// What alerts became.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Merged {
    /// The oldest of them, which holds the others.
    id: String,
    title: String,
    /// How many alerts it holds besides itself.
    merged: u32,
    /// Its version.
    version: u64,
}

impl From<MergedAlert> for Merged {
    fn from(merged: MergedAlert) -> Self {
        Self {
            id: merged.id.to_string(),
            title: merged.title,
            merged: merged.merged,
            version: merged.version,
        }
    }
}

problem_kind!(Unmergeable: Conflict);
problem_from!(MergeAlertsError {
    Forbidden,
    Invalid,
    NoSuchAlert,
    Unmergeable,
    Repeat,
    Lane
});
problem_from!(UnmergeAlertError {
    Forbidden,
    Target,
    Invalid,
    Unmergeable,
    Lane,
    Read
});

pub(super) async fn merge_alerts(
    caller: UserCaller,
    Repeatable { body, once }: Repeatable<Merge>,
) -> Result<Created<Merged>, Problem> {
    let asked = MergeAlerts {
        alerts: body.alerts,
        title: body.title,
    };
    let merged = merge::merge(&caller, asked, once).await?;
    Ok(Created(merged.into()))
}

/// Which alerts to give back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Unmerge {
    /// Alerts that were merged into this one. Left out: those of the last merge by hand, or, where there was none, the one
    /// that joined last.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    alerts: Option<Vec<Uuid>>,
}

pub(super) async fn unmerge_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    JsonBody(unmerge): JsonBody<Unmerge>,
) -> Result<Tagged<AlertBody>, Problem> {
    let (expected, leaving) = (preconditions.expected(), unmerge.alerts);
    let holder = merge::unmerge(&app, &caller, path.alert, expected, leaving).await?;
    Ok(read::changed(holder))
}
