//! One session: how far it is, its accounts, and its events.

use std::sync::Arc;

use app::App;
use app::sessions::outcome::{MonitoringView, SessionView};
use app::sessions::read;
use axum::extract::State;
use domain::session::{Account, End, FailureStage, History, Session, Stage};
use domain::time::Timestamp;
use maud::{Markup, html};
use sessions::SessionRecord;
use uuid::Uuid;

use super::{kind_title, stage_title};
use crate::browser::{Named, SignedIn};
use crate::elements::empty;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

/// The stages that a session comes to in turn.
const COURSE: [Stage; 5] = [
    Stage::Authorizing,
    Stage::Accounts,
    Stage::Transactions,
    Stage::Complete,
    Stage::Finished,
];

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<Uuid>,
) -> Result<Markup, Failure> {
    let text = &EN.sessions;
    let view = read::read(&app, &caller, id).await?;
    let session = &view.session;
    let zone = Zone::of(&caller);
    let content = html! {
        p.crumbs { a href="/sessions" { (text.back) } }
        h1 { (text.session) ": " (session.user) " · " (session.bank) }
        p.facts { (super::stage(session.state.stage())) span { (kind_title(session.state.kind)) } }
        div.columns {
            div.column { (accounts(session)) (events(session, &zone)) }
            aside.column aria-label=(text.steps) { (steps(&session.state)) (about(&view, &zone)) }
        }
    };
    Ok(frame::page(&caller, Part::Sessions, text.title, &content))
}

/// The stages that are behind, the one that it is at, and those ahead.
fn steps(state: &Session) -> Markup {
    let text = &EN.sessions;
    // Where it ended otherwise, it stood at a stage before.
    let at = match (&state.end, state.stage()) {
        (Some(End::Failed(failure)), _) => match failure.stage {
            FailureStage::Authorization => Stage::Authorizing,
            FailureStage::Accounts => Stage::Accounts,
            FailureStage::Transactions => Stage::Transactions,
        },
        (_, stage) => stage,
    };
    let place = COURSE.iter().position(|stage| *stage == at);
    html! {
        section.card aria-labelledby="steps" {
            h2 #steps { (text.steps) }
            @if let Some(place) = place {
                ol.ids {
                    @for (number, stage) in COURSE.iter().enumerate() {
                        li.note[number > place] aria-current=[(number == place).then_some("step")] {
                            @if number == place { strong { (stage_title(*stage)) } } @else { (stage_title(*stage)) }
                        }
                    }
                }
            }
            @match &state.end {
                Some(End::Failed(failure)) => p.alarm role="status" {
                    ((text.failed_at)(stage_title(at)))
                    @if let Some(reason) = &failure.reason { ". " (reason) }
                },
                Some(End::TakenBack) => p { strong { (text.taken_back) } },
                Some(End::Finished) | None => {}
            }
        }
    }
}

fn about(view: &SessionView, zone: &Zone) -> Markup {
    let text = &EN.sessions;
    let session = &view.session;
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (EN.alert.about) }
            dl {
                dt { (text.bank) } dd { bdi { (session.bank) } }
                dt { (text.user) } dd { bdi { (session.user) } }
                dt { (text.client) } dd { bdi { (session.client) } }
                @if let Some(external) = &session.external_id { dt { (text.external_id) } dd { bdi { (external) } } }
                @if let Some(context) = &session.context { dt { (text.context) } dd { bdi { (context) } } }
                dt { (text.started) } dd { (time(session.started_at)) }
                dt { (text.changed) } dd { (time(session.changed_at)) }
                dt { "Id" } dd { code.id { (session.id) } }
            }
            @if view.unlisted.count > 0 { p { ((text.unlisted)(view.unlisted.count)) } }
            @if let Some(monitoring) = &view.monitoring { (monitored(monitoring)) }
        }
    }
}

fn monitored(monitoring: &MonitoringView) -> Markup {
    let text = &EN.sessions;
    let MonitoringView {
        accepted,
        duplicates,
        refused,
        refusals,
        alerts,
    } = monitoring;
    html! {
        h3 { (text.monitoring) }
        p { ((text.monitored)(*accepted, *duplicates, *refused)) }
        @if !refusals.is_empty() {
            details {
                summary { (text.refused) }
                ul.ids {
                    @for refusal in refusals {
                        li {
                            code { (refusal.transaction) }
                            @for (field, _, detail) in &refusal.faults { " " (field) ": " (detail) }
                        }
                    }
                }
            }
        }
        @for alerts in alerts.iter().filter(|alerts| !alerts.is_empty()) {
            h3 { (EN.queue.title) }
            ul.ids { @for alert in alerts { li { a href={ "/alerts/" (alert) } { code.id { (alert) } } } } }
        }
    }
}

fn accounts(session: &SessionRecord) -> Markup {
    let text = &EN.sessions;
    let accounts = session.state.shown_accounts();
    html! {
        section.card aria-labelledby="accounts" {
            h2 #accounts { (text.accounts) }
            @if accounts.is_empty() { (empty(text.no_accounts, "")) } @else {
                div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (text.account) }
                                th scope="col" { (text.balances) }
                                th scope="col" { (text.history) }
                            }
                        }
                        tbody { @for (account, history) in accounts { (account_row(account, history, &session.state)) } }
                    }
                }
            }
        }
    }
}

fn account_row(account: &Account, history: &History, session: &Session) -> Markup {
    let text = &EN.sessions;
    let months = history.months(session.started_on);
    html! {
        tr {
            th scope="row" {
                bdi { (account.name.as_deref().unwrap_or(&account.id)) }
                p.note { (account.iban.as_deref().unwrap_or(&account.id)) " · " (account.currency) }
            }
            td {
                @for balance in &account.balances {
                    div {
                        (balance.amount) " " (balance.currency) " " span.note {
                            (balance.kind)
                            @if let Some(on) = balance.on { ", " (on) }
                        }
                    }
                }
            }
            td {
                ((text.months)(months, session.months))
                p.note {
                    @if history.is_whole { (text.whole) }
                    @else if let Some(day) = history.reaches_to { ((text.back_to)(&day.to_string())) }
                }
            }
        }
    }
}

fn events(session: &SessionRecord, zone: &Zone) -> Markup {
    let text = &EN.sessions;
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    html! {
        section.card aria-labelledby="events" {
            h2 #events { (text.events) }
            @if session.events.is_empty() { (empty(text.no_events, text.no_events_hint)) } @else {
                div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (text.event) }
                                th scope="col" { (text.made) }
                                th scope="col" { (text.delivered) }
                                th scope="col" { (text.message) }
                            }
                        }
                        tbody {
                            @for mark in &session.events {
                                tr {
                                    th scope="row" { (mark.event) }
                                    td { (time(mark.made_at)) }
                                    td {
                                        @match mark.delivered_at {
                                            Some(at) => span.state.good { span aria-hidden="true" { "●" } " " (time(at)) },
                                            None => span.state.warn { span aria-hidden="true" { "◐" } " " (text.waits) },
                                        }
                                    }
                                    td { code.id { (mark.message_id) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
