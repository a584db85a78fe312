//! The entries of the audit, the newest first.

use std::sync::Arc;

use app::App;
use app::audit::{self, AuditFilters};
use app::request::{Page, PageRequest};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use engine::lane::{ACTIONS, AuditEntry};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use tenant::Permission;

use super::{actor_title, changes};
use crate::browser::SignedIn;
use crate::elements::{cursor_of, empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::transactions::filter::time;
use crate::when::Zone;

/// The filters, as they were typed. An empty one is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Filter {
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    action: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    to: String,
}

impl Filter {
    fn address(&self) -> String {
        let query = serde_html_form::to_string(self).unwrap_or_default();
        match query.is_empty() {
            true => "/audit".to_owned(),
            false => format!("/audit?{query}"),
        }
    }

    fn filters(&self, zone: &Zone) -> Result<AuditFilters, Failure> {
        let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(AuditFilters {
            actor: some(&self.actor),
            action: some(&self.action),
            subject: some(&self.subject),
            from: time(zone, &self.from)?,
            to: time(zone, &self.to)?,
        })
    }
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Response, Failure> {
    caller.require(Permission::AuditRead)?;
    let text = &EN.audit;
    let filter: Filter = serde_html_form::from_str(uri.query().unwrap_or_default())
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_such_filter))?;
    let zone = Zone::of(&caller);
    let cursor = cursor_of(&uri);
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, cursor.clone());
    let found = match filter.filters(&zone) {
        Ok(filters) => audit::list(&app, &caller, filters, &page)
            .await
            .map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let content = html! {
        h1 { (text.title) }
        p.note { (text.hint) }
        @if let Err(failure) = &found { (frame::alarm(failure.detail())) }
        div.tools { (form(&filter)) }
        @if let Ok(found) = &found {
            (table(found, &zone))
            (pages(&filter.address(), cursor.is_some(), found.next_cursor.as_deref()))
        }
    };
    let page = frame::page(&caller, Part::Audit, text.title, &content);
    let status = found.as_ref().err().map_or(StatusCode::OK, Failure::status);
    Ok((status, page).into_response())
}

fn form(filter: &Filter) -> Markup {
    let (text, transactions) = (&EN.audit, &EN.transactions);
    let field = |name: &str, title: &str, value: &str, hint: &str| {
        html! {
            div {
                label for=(name) { (title) }
                input id=(name) name=(name) spellcheck="false" placeholder=(hint) value=(value);
            }
        }
    };
    let is_known = ACTIONS.contains(&filter.action.as_str());
    html! {
        form.filters action="/audit" method="get" {
            (field("actor", text.who, &filter.actor, text.who_hint))
            div {
                label for="action" { (text.action) }
                select #action name="action" {
                    option value="" { (EN.queue.any) }
                    @if !is_known && !filter.action.is_empty() { option selected { (filter.action) } }
                    @for action in ACTIONS { option value=(action) selected[action == filter.action] { (action) } }
                }
            }
            (field("subject", text.subject, &filter.subject, ""))
            (field("from", transactions.from, &filter.from, "2026-11-23 06:40"))
            (field("to", transactions.to, &filter.to, "2026-11-24"))
            button type="submit" { (EN.queue.filter) }
        }
    }
}

fn table(found: &Page<AuditEntry>, zone: &Zone) -> Markup {
    let text = &EN.audit;
    if found.items.is_empty() {
        return match found.next_cursor {
            Some(_) => empty(text.none_of_page, ""),
            None => empty(text.none, text.none_hint),
        };
    }
    html! {
        div.wide tabindex="0" {
            table.log {
                thead {
                    tr {
                        th scope="col" { (text.at) }
                        th scope="col" { (text.who) }
                        th scope="col" { (text.action) }
                        th scope="col" { (text.subject) }
                        th scope="col" { (text.changes) }
                    }
                }
                tbody {
                    @for entry in &found.items {
                        tr {
                            td { (zone.time(Timestamp::from_micros(entry.at))) }
                            td { bdi { (actor_title(&entry.actor)) } }
                            th scope="row" { code { (entry.action) } }
                            td.value { (subject(&entry.subject)) }
                            td { (changes::show(entry)) }
                        }
                    }
                }
            }
        }
    }
}

/// A subject, with a link to everything that was done to it.
fn subject(subject: &str) -> Markup {
    let filter = Filter {
        subject: subject.to_owned(),
        ..Filter::default()
    };
    html! { @if !subject.is_empty() { a href=(filter.address()) { bdi { (subject) } } } }
}
