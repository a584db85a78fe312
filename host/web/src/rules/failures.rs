//! Transactions that a rule could not evaluate, and their re-evaluation.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::catch_up::State as Stage;
use app::request::{Page, PageRequest};
use app::rules::catch_up::{self, CatchUpView};
use app::rules::failures::{self, RuleFailure};
use app::rules::{RuleName, read};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use super::head::{self, Tab};
use super::{RulePath, address};
use crate::browser::{Named, SignedIn};
use crate::elements::{denied, empty, live, pages, permitted, progress};
use crate::failure::Failure;
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Whether those that were evaluated since are shown, too.
    all: bool,
    cursor: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    render(&app, &caller, &rule, &wanted, None).await
}

/// Leads from the address of a form to the page.
pub(super) async fn back(Named(RulePath(rule)): Named<RulePath>) -> Redirect {
    Redirect::to(&Tab::Failures.address(&rule))
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
) -> Result<Response, Failure> {
    let started = catch_up::start(&app, &caller, &rule).await;
    answer(&app, &caller, &rule, started.map_err(Failure::from)).await
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
) -> Result<Response, Failure> {
    let cancelled = catch_up::cancel(&app, &caller, &rule).await;
    answer(&app, &caller, &rule, cancelled.map_err(Failure::from)).await
}

async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    done: Result<CatchUpView, Failure>,
) -> Result<Response, Failure> {
    match done {
        Ok(_) => Ok(Redirect::to(&Tab::Failures.address(rule)).into_response()),
        Err(failure) if failure.status() == StatusCode::NOT_FOUND => Err(failure),
        Err(failure) => {
            let page = render(app, caller, rule, &Wanted::default(), Some(&failure)).await?;
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    wanted: &Wanted,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let newest = read::read(app, caller, rule)?;
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, wanted.cursor.clone());
    let found = failures::list(app, caller, rule, !wanted.all, &page).await?;
    let progress = catch_up::read(app, caller, rule).await?;
    let list = Tab::Failures.address(rule);
    let list = if wanted.all {
        format!("{list}?all=true")
    } else {
        list
    };
    let content = html! {
        (re_evaluation(caller, rule, &progress))
        (choose(rule, wanted))
        @if found.items.is_empty() {
            (empty(EN.rules.no_failures, EN.rules.no_failures_hint))
        } @else {
            (table(&found, &Zone::of(caller)))
        }
        (pages(&list, wanted.cursor.is_some(), found.next_cursor.as_deref()))
    };
    Ok(head::page(
        caller,
        rule,
        &newest,
        Tab::Failures,
        refused,
        &content,
    ))
}

fn choose(rule: &RuleName, wanted: &Wanted) -> Markup {
    let text = &EN.rules;
    let list = Tab::Failures.address(rule);
    html! {
        nav.views aria-label=(EN.queue.views) {
            ul {
                li { a href=(list) aria-current=[(!wanted.all).then_some("page")] { (text.waiting_only) } }
                li { a href={ (list) "?all=true" } aria-current=[wanted.all.then_some("page")] { (text.all_failures) } }
            }
        }
    }
}

/// What waits, and how far its re-evaluation is.
fn re_evaluation(caller: &Caller, rule: &RuleName, view: &CatchUpView) -> Markup {
    let text = &EN.rules;
    let state = view.progress.as_ref().map(|progress| &progress.state);
    let is_running = state == Some(&Stage::Running);
    let content = html! {
        section.card aria-labelledby="re-evaluation" {
            h2 #re-evaluation { (text.re_evaluation) }
            p.note { (text.re_evaluation_hint) }
            p { @if view.waiting == 0 { (text.nothing_waits) } @else { ((text.waiting)(view.waiting)) } }
            @if let Some(now) = &view.progress {
                @match &now.state {
                    Stage::Running => p role="status" { (text.running) },
                    Stage::Done => p.done role="status" { (text.done) },
                    Stage::Failed(reason) => p.alarm role="status" { ((text.ended_early)(reason)) },
                    Stage::Cancelled { by } => p role="status" { ((text.cancelled_by)(by)) },
                }
                (progress(text.judged, now.judged, now.rows))
                p { ((text.came_of_it)(now.found, now.alerts, now.failed)) }
                @if let Some(reason) = &now.last_failure { p.note { (text.reason) ": " (reason) } }
            }
            @if is_running {
                (permitted(caller, Permission::RuleWrite, text.cancel, || html! {
                    form action=(once(&format!("{}/re-evaluate/cancel", address(rule)))) method="post" {
                        button type="submit" { (text.cancel) }
                    }
                }))
            } @else if view.waiting == 0 {
                (denied(text.start, text.nothing_waits))
            } @else {
                (permitted(caller, Permission::RuleWrite, text.start, || html! {
                    form action=(once(&format!("{}/re-evaluate", address(rule)))) method="post" {
                        button.primary type="submit" { (text.start) }
                    }
                }))
            }
        }
    };
    live(
        "re-evaluation-now",
        &Tab::Failures.address(rule),
        is_running,
        &content,
    )
}

fn table(found: &Page<RuleFailure>, zone: &Zone) -> Markup {
    let text = &EN.rules;
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (EN.alert.transaction) }
                        th scope="col" { (text.failed_at) }
                        th scope="col" { (text.installs) }
                        th scope="col" { (text.reason) }
                        th scope="col" { (text.later) }
                    }
                }
                tbody { @for failure in &found.items { (row(failure, zone)) } }
            }
        }
    }
}

fn row(failure: &RuleFailure, zone: &Zone) -> Markup {
    let text = &EN.rules;
    html! {
        tr {
            th scope="row" { code { (failure.txn_id) } }
            td { (zone.time(failure.failed_at)) }
            td.number { (failure.install) }
            td.value { span.label { (failure.kind) } " " (failure.reason) }
            td {
                @match &failure.caught_up {
                    None => (text.waits),
                    Some(later) => {
                        @if later.findings == 0 { (text.later_clear) } @else { ((text.later_found)(later.findings)) }
                        " · " (zone.time(later.at))
                        @for alert in &later.alerts { " " a href={ "/alerts/" (alert) } { (EN.queue.alert) } }
                    }
                }
            }
        }
    }
}
