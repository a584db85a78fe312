//! A backtest, as far as it is.

use std::sync::Arc;

use app::App;
use app::backtest::read::{self, BacktestName};
use app::backtest::{
    CompareOver, End, ListsMode, SeenBacktest, Stage, cancel as cancels, delete as deletes,
};
use app::caller::Caller;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;
use uuid::Uuid;

use super::results::{self, Results};
use super::{address, comparison, shapes};
use crate::browser::{Named, SignedIn};
use crate::elements::{asking, live, permitted, progress};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    /// Where in the list of findings.
    cursor: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((team, id)): Named<(String, Uuid)>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let place: Place = serde_html_form::from_str(query).unwrap_or_default();
    render(
        &app,
        &caller,
        &BacktestName { team, id },
        place.cursor,
        None,
    )
    .await
}

/// Leads from the address of a form to the backtest.
pub(super) async fn back(Named((team, id)): Named<(String, Uuid)>) -> Redirect {
    Redirect::to(&address(&BacktestName { team, id }))
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((team, id)): Named<(String, Uuid)>,
) -> Result<Response, Failure> {
    let name = BacktestName { team, id };
    match cancels::cancel(&app, &caller, &name).await {
        Ok(_) => Ok(Redirect::to(&address(&name)).into_response()),
        Err(error) => refused(&app, &caller, &name, error.into()).await,
    }
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((team, id)): Named<(String, Uuid)>,
) -> Result<Response, Failure> {
    let name = BacktestName { team, id };
    match deletes::delete(&app, &caller, &name).await {
        Ok(()) => Ok(Redirect::to("/backtests").into_response()),
        Err(error) => refused(&app, &caller, &name, error.into()).await,
    }
}

/// The page again, with what was refused.
async fn refused(
    app: &Arc<App>,
    caller: &Caller,
    name: &BacktestName,
    failure: Failure,
) -> Result<Response, Failure> {
    if failure.status() == StatusCode::NOT_FOUND {
        return Err(failure);
    }
    let page = render(app, caller, name, None, Some(&failure)).await?;
    Ok((failure.status(), page).into_response())
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    name: &BacktestName,
    cursor: Option<String>,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let seen = read::read(app, caller, name).await?;
    let results = Results::read(app, caller, name, cursor).await?;
    let compared = comparison::section(app, caller, name, &seen).await?;
    let zone = Zone::of(caller);
    let title = (EN.backtests.backtest_of)(&shapes::plugin(&seen.record));
    let definitions = caller.definitions();
    let team = definitions.teams.get(&name.team);
    let is_running = seen.record.end.is_none();
    let now = html! {
        (state(caller, name, &seen))
        (results::counts(&seen))
    };
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) { a href="/backtests" data-key="u" { (EN.backtests.title) } }
        h1 { (title) }
        p.facts {
            (shapes::state(&seen))
            @if let Some(team) = team { span { (EN.queue.team) " " (team.title) } }
            span { ((EN.rules.by)(shapes::login(&seen.record.actor))) }
            (zone.time(Timestamp::from_micros(seen.record.asked_at)))
        }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        div.columns {
            div.column {
                (live("backtest-now", &address(name), is_running, &now))
                (results.chart())
                (compared)
                (results.findings(name, &zone))
                (results.failures(&zone))
            }
            aside.column aria-label=(EN.rules.about) {
                (about(&seen, &zone))
                (configuration(&seen))
                (remove(caller, name, is_running))
            }
        }
    };
    Ok(frame::page(caller, Part::Backtests, &title, &content))
}

/// How far it is, with the button that ends it.
fn state(caller: &Caller, name: &BacktestName, seen: &SeenBacktest) -> Markup {
    let text = &EN.backtests;
    let record = &seen.record;
    let of = record.extent.map_or(0, |extent| extent.rows);
    html! {
        section.card aria-labelledby="progress" {
            h2 #progress { (text.progress) }
            (progress(text.progress, record.tally.rows, of))
            @if let Stage::Running { pace } = seen.stage {
                p.note {
                    ((text.pace)(pace.rate as u64))
                    @if let Some(seconds) = pace.seconds_left { ", " ((text.seconds_left)(seconds.ceil() as u64)) }
                }
            }
            @match &record.end {
                Some(End::Failed { reason }) => p.alarm role="status" { (reason) },
                Some(End::Cancelled { by }) => p role="status" { ((text.cancelled_by)(shapes::login(by))) },
                Some(End::Done) => p.done role="status" { (text.done) },
                None => (permitted(caller, Permission::RuleWrite, text.cancel, || html! {
                    form action=(once(&format!("{}/cancel", address(name)))) method="post" {
                        button type="submit" { (text.cancel) }
                    }
                })),
            }
        }
    }
}

fn about(seen: &SeenBacktest, zone: &Zone) -> Markup {
    let text = &EN.backtests;
    let trial = &seen.record.trial;
    let time = |micros: Option<i64>| micros.map(|micros| zone.time(Timestamp::from_micros(micros)));
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (EN.rules.about) }
            dl {
                dt { (EN.rules.plugin) } dd { code { (shapes::plugin(&seen.record)) } }
                @match (time(trial.from), time(trial.to)) {
                    (None, None) => { dt { (text.period) } dd { (text.all_time) } }
                    (from, to) => {
                        @if let Some(from) = from { dt { (text.from) } dd { (from) } }
                        @if let Some(to) = to { dt { (text.to) } dd { (to) } }
                    }
                }
                dt { (text.lists) }
                dd {
                    @match trial.lists {
                        ListsMode::Then => (text.lists_then),
                        ListsMode::Now => (text.lists_now),
                    }
                }
                @if let Some(rule) = &trial.compare_with {
                    dt { (text.compare_with) }
                    dd { a href={ "/rules/" (trial.team) "/" (rule) } { (rule) } }
                    dt { (text.compare_over) }
                    dd {
                        @match trial.compared_backtest {
                            None => (over(CompareOver::Live)),
                            Some(id) => {
                                (over(CompareOver::History)) ": "
                                a href={ "/backtests/" (trial.team) "/" (id) } { (text.compared_backtest) }
                            }
                        }
                    }
                }
                @if let Some(at) = time(seen.record.finished_at) { dt { (text.ended) } dd { (at) } }
                dt { "Id" } dd { code.id { (seen.record.id) } }
            }
        }
    }
}

/// Over what two rules are compared.
pub(super) fn over(over: CompareOver) -> &'static str {
    match over {
        CompareOver::Live => EN.backtests.over_live,
        CompareOver::History => EN.backtests.over_history,
    }
}

fn configuration(seen: &SeenBacktest) -> Markup {
    html! {
        section.card aria-labelledby="configuration" {
            h2 #configuration { (EN.rules.config) }
            pre tabindex="0" { (seen.record.trial.config.pretty()) }
        }
    }
}

fn remove(caller: &Caller, name: &BacktestName, is_running: bool) -> Markup {
    let text = &EN.backtests;
    html! {
        @if !is_running {
            (permitted(caller, Permission::RuleWrite, text.delete, || asking(
                text.delete,
                text.delete_question,
                &html! {
                    form action=(once(&format!("{}/delete", address(name)))) method="post" {
                        button.danger type="submit" { (text.delete) }
                    }
                },
            )))
        }
    }
}
