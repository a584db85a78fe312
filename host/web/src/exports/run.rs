//! One run of an export: how far it is, what it left out, where its file went.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::exports::deliveries;
use app::exports::runs::{self, RunView, file};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::Timestamp;
use export::{AlertError, RunState};
use maud::{Markup, html};
use uuid::Uuid;

use super::runs::{asked_by, download as download_link, extent, how_far, is_moving, state};
use super::{name_of, page, places};
use crate::browser::{Named, SignedIn};
use crate::download::answer;
use crate::elements::live;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::{self, EN, grouped};
use crate::when::Zone;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((export, run)): Named<(String, Uuid)>,
) -> Result<Markup, Failure> {
    let text = &EN.exports;
    let view = runs::read(&app, &caller, &export, run).await?;
    let zone = Zone::of(&caller);
    let address = format!("/exports/{export}/runs/{run}");
    let snapshot = zone.time(Timestamp::from_micros(view.run.snapshot_at));
    let content = html! {
        p.crumbs { a href={ "/exports/" (export) } { (EN.export_form.back) } }
        h1 { (export) ", " (snapshot) }
        (live("run", &address, is_moving(&view), &html! {
            (facts(&caller, &view, &zone))
            (outcome(&view.run.state))
            section.card aria-labelledby="deliveries" {
                h2 #deliveries { (text.deliveries) }
                @if view.deliveries.is_empty() { p.empty { (text.no_deliveries) } }
                @for delivery in &view.deliveries {
                    article.place {
                        p { strong { (delivery.place) } }
                        (places::progress(&caller, delivery, &zone))
                    }
                }
            }
        }))
    };
    Ok(frame::page(&caller, Part::Exports, &export, &content))
}

fn facts(caller: &Caller, view: &RunView, zone: &Zone) -> Markup {
    let text = &EN.exports;
    let run = &view.run;
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    let file = run.state.file();
    html! {
        section.card aria-labelledby="run-title" {
            h2 #run-title { (text.run) }
            p { (state(&run.state)) }
            (how_far(&run.state))
            dl.terms {
                dt { (text.snapshot) } dd { (time(run.snapshot_at)) }
                dt { (text.asked_by) } dd { (asked_by(run)) }
                @if let Some(at) = run.finished_at { dt { (text.finished_at) } dd { (time(at)) } }
                dt { (text.formatter) } dd { (run.formatter.plugin) " " (run.formatter.version) }
                @if let Some((rows, bytes)) = extent(&run.state) {
                    dt { (text.rows) } dd { (grouped(rows)) }
                    @if let Some(lines) = file.as_ref().and_then(|file| file.lines) {
                        dt { (text.lines) } dd { (grouped(lines)) }
                    }
                    dt { (text.size) } dd { (text::bytes(bytes)) }
                }
                @if let Some(file) = &file { dt { (text.digest) } dd { code { (file.sha256) } } }
            }
            div.buttons { (download_link(caller, run)) }
        }
    }
}

/// Why there is no file, or which alerts are not in it.
fn outcome(state: &RunState) -> Markup {
    html! {
        @match state {
            RunState::Failed { reason } | RunState::Expired { reason, .. } => p.alarm role="status" { (reason) },
            RunState::ReadyWithErrors { errors, .. } => (skipped(errors)),
            RunState::Queued | RunState::Running { .. } | RunState::Ready { .. } => {}
        }
    }
}

fn skipped(errors: &[AlertError]) -> Markup {
    let text = &EN.exports;
    html! {
        section.card aria-labelledby="skipped" {
            h2 #skipped { ((text.skipped)(errors.len())) }
            div.wide tabindex="0" {
                table {
                    thead { tr { th scope="col" { (text.alert) } th scope="col" { (text.reason) } } }
                    tbody {
                        @for error in errors {
                            tr {
                                th scope="row" { a href={ "/alerts/" (error.alert) } { code { (error.alert) } } }
                                td.value { (error.reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Answers the bytes that `GET /v1/exports/{export}/runs/{run}/file` answers.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((export, run)): Named<(String, Uuid)>,
) -> Result<Response, Failure> {
    let found = file::find_file(&app, &caller, &export, run).await?;
    let bytes = file::open(&app, &caller, &found, 0..found.bytes).await?;
    let body = Body::from_stream(bytes);
    answer(&found.name, &found.media_type, found.bytes, body)
}

/// Leads from the address of a form, as when its answer is reloaded, to the run.
pub(crate) async fn back(
    Named((export, run, _)): Named<(String, Uuid, u32)>,
) -> Result<Redirect, Failure> {
    let export = name_of(&export)?;
    Ok(Redirect::to(&format!("/exports/{export}/runs/{run}")))
}

pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((export, run, number)): Named<(String, Uuid, u32)>,
) -> Result<Response, Failure> {
    match deliveries::retry(&app, &caller, &export, run, number).await {
        Ok(_) => Ok(back(Named((export, run, number))).await?.into_response()),
        Err(error) => page::refuse(&app, &caller, &export, error.into()).await,
    }
}
