//! Alerts: `/v1/alerts`.

mod body;
mod bulk;
mod comments;
mod create;
mod documents;
mod export;
mod fields;
pub(super) mod filters;
mod history;
mod list;
mod merge;
mod neighbours;
mod outcome;
mod parts;
mod read;
mod replay;
mod take_next;
mod tasks;
mod transitions;

pub(super) use list::filter_problem;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem_from::{problem_from, problem_kind};
use crate::http::{Problem, ProblemError, ProblemKind, answers_file, answers_headers, problems};
use app::App;
use app::alerts::history::Difference;
use app::alerts::{MergedAway, NoSuchAlert, StaleAlert, TargetError};
use config::Config;

pub(super) fn routes(config: &Config) -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts",
            get_with(list::list_alerts, |op| {
                op.summary("Search alerts")
                    .description("Of each parameter repeated values mean any of them; of different parameters all must be met. For a while after the host was started, only the newest alerts may be found: `incomplete` says how many were searched. An alert is read by its id at any time.")
                    .tag("Alerts")
            })
            .post_with(create::create_alert, |op| {
                op.summary("Make an alert by hand")
                    .description("It may join an alert that is there, by the tenant's parameters of merging.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/summary",
            get_with(list::count_alerts, |op| {
                op.summary("Count alerts by what they have in common")
                    .description("Where `incomplete` is there, only so many alerts were counted, as in a search.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/export",
            get_with(export::export_alerts, |op| {
                op.summary("Export alerts as they are now")
                    .description("All alerts that match the filters, as of one moment, written by the same formatters as the files of scheduled exports. The first byte is sent when the whole file is written. An alert that the formatter cannot write is left out, and the header `Vervet-Skipped-Alert-Count` says how many were. With more than 100 of them, or nothing else to write, the answer is 422.")
                    .tag("Alerts")
                    .response::<200, Vec<u8>>()
                    .with(answers_file(&["*/*"]))
                    .with(answers_headers(export::SKIPPED_HEADERS))
                    .with(problems(&[ProblemKind::Unprocessable]))
            }),
        )
        .api_route(
            "/v1/alerts/merge",
            post_with(merge::merge_alerts, |op| {
                op.summary("Merge alerts into the oldest of them")
                    .description("From then on they are one alert, in lists and exports, too. The originals stay, and the merge can be taken back.")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::Conflict, ProblemKind::NotFound]))
            }),
        )
        .api_route(
            "/v1/alerts/take-next",
            post_with(take_next::take_next, |op| {
                op.summary("Assign the most urgent open alert that nobody has to the caller")
                    .description("The alert with the highest priority; among those the one with the highest severity, then the one due first, then the oldest. Two callers never get the same one.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/neighbours",
            get_with(neighbours::read_neighbours, |op| {
                op.summary("Read which alerts are before and after one in a list")
                    .description("The list is that of a search with the same parameters. The alert keeps its place when it is no longer in the list, such as after it was closed.")
                    .tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}",
            get_with(read::get_alert, |op| {
                op.summary("Read an alert with its findings and their evidence")
                    .tag("Alerts")
            })
            .patch_with(fields::change_alert, |op| {
                op.summary("Assign or change an alert")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/originals",
            get_with(read::list_originals, |op| {
                op.summary("List the alerts that were merged into one, oldest first").tag("Alerts")
            }),
        )
        .api_route(
            "/v1/alerts/{alert}/unmerge",
            post_with(merge::unmerge_alert, |op| {
                op.summary("Take a merge back")
                    .description("Each finding returns to its alert. What merging had raised is lowered again; what people changed since stays.")
                    .tag("Alerts")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .merge(replay::routes())
        .merge(comments::routes())
        .merge(tasks::routes())
        .merge(documents::routes(config))
        .merge(history::routes())
        .merge(transitions::routes())
        .merge(bulk::routes())
}

/// The path of an alert.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct AlertPath {
    /// The alert's id.
    #[schemars(with = "String")]
    alert: uuid::Uuid,
}

problem_kind!(NoSuchAlert: NotFound, MergedAway: Conflict);
problem_from!(TargetError {
    NoSuchAlert,
    MergedAway,
    Stale,
    Lane
});

impl From<StaleAlert> for Problem {
    fn from(error: StaleAlert) -> Self {
        let changes = error.changes.into_iter().map(told);
        Self::from(error.stale).with_errors(changes.collect())
    }
}

fn told(change: Difference) -> ProblemError {
    let detail = match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("was {from}, and is {to} now"),
        _ => "is another now".to_owned(),
    };
    ProblemError {
        field: change.field,
        reason: "changed".to_owned(),
        detail,
    }
}
