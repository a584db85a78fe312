//! Runs of an export as they are listed.

use app::caller::Caller;
use app::exports::runs::RunView;
use domain::time::Timestamp;
use export::{DeliveryState, RunRecord, RunState};
use maud::{Markup, html};

use super::places;
use crate::audit::actor_title;
use crate::elements::{empty, progress};
use crate::text::{self, EN, grouped};
use crate::when::Zone;

/// Whether a run, or the first attempt to deliver its file, is under way. Later attempts may be hours apart.
pub(super) fn is_moving(view: &RunView) -> bool {
    let mut deliveries = view.deliveries.iter();
    matches!(view.run.state, RunState::Queued | RunState::Running { .. })
        || deliveries.any(|delivery| delivery.is_pending() && delivery.attempts == 0)
}

/// A state, as text with a shape.
pub(super) fn state(state: &RunState) -> Markup {
    let text = &EN.exports;
    let (class, shape, title) = match state {
        RunState::Queued => ("state", "○", text.queued),
        RunState::Running { .. } => ("state", "◐", text.running),
        RunState::Ready { .. } => ("state good", "●", text.ready),
        RunState::ReadyWithErrors { .. } => ("state warn", "■", text.ready_with_errors),
        RunState::Failed { .. } => ("state bad", "▲", text.run_failed),
        RunState::Expired { .. } => ("state closed", "▽", text.expired),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (title) } }
}

/// How far a run is that is being written.
pub(super) fn how_far(state: &RunState) -> Markup {
    html! {
        @if let RunState::Running { rows, read, of } = state {
            @if *of > 0 { (progress(EN.exports.progress, *read, *of)) }
            p.note { ((EN.exports.rows_so_far)(*rows)) }
        }
    }
}

/// Who started a run.
pub(super) fn asked_by(run: &RunRecord) -> String {
    match &run.asked_by {
        Some(actor) => actor_title(actor),
        None => EN.exports.by_schedule.to_owned(),
    }
}

/// Alerts and bytes of the file that a run has, or had.
pub(super) fn extent(state: &RunState) -> Option<(u64, u64)> {
    match state {
        RunState::Ready { rows, bytes, .. }
        | RunState::ReadyWithErrors { rows, bytes, .. }
        | RunState::Expired { rows, bytes, .. } => Some((*rows, *bytes)),
        RunState::Queued | RunState::Running { .. } | RunState::Failed { .. } => None,
    }
}

/// A link to the file of a run that has one and that the caller may fetch.
pub(super) fn download(caller: &Caller, run: &RunRecord) -> Markup {
    let needs = app::exports::runs::file::needs(run);
    html! {
        @if run.state.file().is_some() {
            @match needs.filter(|needs| !caller.may(*needs)) {
                None => a.button href={ "/exports/" (run.export) "/runs/" (run.id) "/file" } { (EN.exports.download) },
                Some(needs) => span.note { ((EN.elements.needs)(needs.as_str())) },
            }
        }
    }
}

/// Runs, the newest first.
pub(super) fn table(caller: &Caller, runs: &[RunView], zone: &Zone) -> Markup {
    let text = &EN.exports;
    if runs.is_empty() {
        return empty(text.no_runs, text.no_runs_hint);
    }
    html! {
        div.wide {
            table {
                thead {
                    tr {
                        th scope="col" { (text.snapshot) }
                        th scope="col" { (text.state) }
                        th.number scope="col" { (text.rows) }
                        th.number scope="col" { (text.size) }
                        th scope="col" { (text.asked_by) }
                        th scope="col" { (text.deliveries) }
                        th scope="col" { span.hidden { (text.download) } }
                    }
                }
                tbody { @for view in runs { (row(caller, view, zone)) } }
            }
        }
    }
}

fn row(caller: &Caller, view: &RunView, zone: &Zone) -> Markup {
    let run = &view.run;
    let extent = extent(&run.state);
    html! {
        tr {
            th scope="row" {
                a href={ "/exports/" (run.export) "/runs/" (run.id) } {
                    (zone.time(Timestamp::from_micros(run.snapshot_at)))
                }
            }
            td {
                (state(&run.state))
                (how_far(&run.state))
                @if let RunState::Failed { reason } = &run.state { p.note { (reason) } }
            }
            td.number { @if let Some((rows, _)) = extent { (grouped(rows)) } }
            td.number { @if let Some((_, bytes)) = extent { (text::bytes(bytes)) } }
            td { (asked_by(run)) }
            td {
                @for delivery in &view.deliveries {
                    div { (places::state(delivery)) " " span.note { (places::kind(&delivery.place)) } }
                }
                @if view.deliveries.is_empty() { "–" }
            }
            td { (download(caller, run)) }
        }
    }
}

/// Whether a delivery can be tried again.
pub(super) fn can_retry(state: &DeliveryState) -> bool {
    matches!(
        state,
        DeliveryState::Failed { .. } | DeliveryState::Stopped { .. } | DeliveryState::Pending
    )
}
