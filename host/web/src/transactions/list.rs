//! The transactions of a team, the newest first.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Page, PageRequest};
use app::transactions::read;
use app::transactions::seen::SeenTransaction;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use engine::lane::SeenSaid;
use maud::{Markup, html};
use tenant::Permission;

use super::address;
use super::filter::Filter;
use crate::browser::SignedIn;
use crate::customers;
use crate::elements::{cursor_of, empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

/// So many of the schema's fields stand in the list; the page of a transaction has all.
const COLUMNS: usize = 4;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Response, Failure> {
    caller.require(Permission::TransactionRead)?;
    let query = uri.query().unwrap_or_default();
    let filter: Filter = serde_html_form::from_str(query)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_such_filter))?;
    let zone = Zone::of(&caller);
    let Some(team) = filter.team(&caller) else {
        let content = html! {
            h1 { (EN.transactions.title) }
            (empty(EN.transactions.no_team, EN.transactions.no_team_hint))
        };
        let page = frame::page(&caller, Part::Transactions, EN.transactions.title, &content);
        return Ok(page.into_response());
    };
    let rows = usize::from(caller.preferences().rows.count());
    let request = PageRequest::new(rows, cursor_of(&uri));
    let found = match filter.filters(&zone) {
        Ok(filters) => read::list(&app.cursors, &caller, &team, filters, &request)
            .await
            .map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let content = html! {
        h1 { (EN.transactions.title) }
        @if let Err(failure) = &found { (frame::alarm(failure.detail())) }
        (form(&caller, &filter, &team))
        @if let Ok(found) = &found {
            (table(&caller, &team, found, &zone))
            (pages(&filter.address(), cursor_of(&uri).is_some(), found.next_cursor.as_deref()))
        }
    };
    let page = frame::page(&caller, Part::Transactions, EN.transactions.title, &content);
    let status = found.as_ref().err().map_or(StatusCode::OK, Failure::status);
    Ok((status, page).into_response())
}

fn form(caller: &Caller, filter: &Filter, team: &str) -> Markup {
    let (text, queue) = (&EN.transactions, &EN.queue);
    let field = |name: &str, title: &str, value: &str, hint: &str| {
        html! {
            div {
                label for=(name) { (title) }
                input id=(name) name=(name) spellcheck="false" placeholder=(hint) value=(value);
            }
        }
    };
    html! {
        div.tools {
            form.filters action="/transactions" method="get" {
                div {
                    label for="team" { (queue.team) }
                    select #team name="team" {
                        @for one in caller.definitions().teams.iter() {
                            option value=(one.name) selected[one.name == team] { (one.title) }
                        }
                    }
                }
                (field("customer", queue.customer, &filter.customer, ""))
                (field("txn", text.transaction, &filter.txn, ""))
                (field("from", text.from, &filter.from, "2026-11-23 06:40"))
                (field("to", text.to, &filter.to, "2026-11-24"))
                button type="submit" { (queue.filter) }
            }
        }
    }
}

fn table(caller: &Caller, team: &str, found: &Page<SeenTransaction>, zone: &Zone) -> Markup {
    let text = &EN.transactions;
    if found.items.is_empty() {
        return empty(text.none, text.none_hint);
    }
    let definitions = caller.definitions();
    let schema = definitions.teams.get(team).and_then(|team| team.schema());
    let fields = schema.iter().flat_map(|schema| schema.fields());
    let fields: Vec<&str> = fields.take(COLUMNS).map(|field| &*field.name).collect();
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.transaction) }
                        th scope="col" { (text.happened) }
                        th scope="col" { (EN.queue.customer) }
                        @for field in &fields { th scope="col" { (field) } }
                        th scope="col" { (text.outcome) }
                    }
                }
                tbody { @for seen in &found.items { (row(caller, seen, &fields, zone)) } }
            }
        }
    }
}

fn row(caller: &Caller, seen: &SeenTransaction, fields: &[&str], zone: &Zone) -> Markup {
    let values = seen.fields();
    let value = |field: &str| values.iter().find(|value| value.name == field);
    html! {
        tr {
            th scope="row" { a href=(address(seen.team(), seen.txn_id())) { (seen.txn_id()) } }
            td { (zone.time(seen.date_time())) }
            td { (customers::link(caller, seen.customer_id())) }
            @for field in fields {
                @match value(field) {
                    Some(value) if value.is_number() => td.number { (value.text()) },
                    Some(value) => td.value { (value.text()) },
                    None => td { "–" },
                }
            }
            td { (outcome(seen)) }
        }
    }
}

/// What rules said, in few words.
fn outcome(seen: &SeenTransaction) -> Markup {
    let text = &EN.transactions;
    let rules = || seen.outcome().rules().into_iter().flatten();
    let findings = rules()
        .filter(|rule| matches!(rule.said, SeenSaid::Alert { .. }))
        .count();
    let failures = rules()
        .filter(|rule| matches!(rule.said, SeenSaid::Failed { .. }))
        .count();
    html! {
        @if findings > 0 { span.state.bad { span aria-hidden="true" { "▲" } " " ((text.findings)(findings)) } " " }
        @if failures > 0 { span.state.warn { span aria-hidden="true" { "■" } " " ((text.failures)(failures)) } }
        @if findings + failures == 0 { span.note { (text.clear) } }
    }
}
