//! One transaction: its fields, what rules said of it, and the alerts that have it.

use std::sync::Arc;

use app::App;
use app::alerts::filters::AlertFilters;
use app::alerts::search;
use app::caller::Caller;
use app::request::PageRequest;
use app::transactions::read;
use app::transactions::seen::{SeenField, SeenTransaction};
use axum::extract::State;
use engine::alert::index::{Sort, SortKey};
use engine::lane::SeenSaid;
use json::JsonValue;
use maud::{Markup, html};
use tenant::Permission;

use super::filter::Filter;
use crate::alerts;
use crate::browser::{Named, SignedIn};
use crate::customers;
use crate::elements::empty;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((team, txn_id)): Named<(String, String)>,
) -> Result<Markup, Failure> {
    let text = &EN.transactions;
    let seen = read::read(&caller, &team, &txn_id).await?;
    let zone = Zone::of(&caller);
    let list = Filter {
        team: team.clone(),
        ..Filter::default()
    };
    let content = html! {
        p.crumbs { a href=(list.address()) { (text.back) } }
        h1 { (text.transaction) " " (seen.txn_id()) }
        div.columns {
            div.column { (fields(&seen)) (rules(&seen)) }
            aside.column aria-label=(EN.alert.about) {
                (about(&caller, &seen, &zone))
                (with_it(&app, &caller, &seen).await?)
            }
        }
    };
    Ok(frame::page(
        &caller,
        Part::Transactions,
        seen.txn_id(),
        &content,
    ))
}

fn about(caller: &Caller, seen: &SeenTransaction, zone: &Zone) -> Markup {
    let text = &EN.transactions;
    let definitions = caller.definitions();
    let team = definitions.teams.get(seen.team());
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (EN.alert.about) }
            dl {
                dt { (EN.queue.customer) } dd { (customers::link(caller, seen.customer_id())) }
                dt { (text.happened) } dd { (zone.time(seen.date_time())) }
                dt { (text.received) } dd { (zone.time(seen.received_at())) }
                dt { (EN.queue.team) } dd { (team.map_or(seen.team(), |team| &team.title)) }
                dt { (text.sequence) } dd { (seen.sequence()) }
                dt { (text.schema_version) } dd { (text.version) " " (seen.payload_schema_version()) }
            }
        }
    }
}

fn fields(seen: &SeenTransaction) -> Markup {
    let text = &EN.transactions;
    let payload = JsonValue::read_stored(&seen.payload());
    let payload = payload.map_or_else(|_| seen.payload(), |payload| payload.pretty());
    html! {
        section.card aria-labelledby="fields" {
            h2 #fields { (text.fields) }
            div.wide tabindex="0" {
                table.evidence {
                    thead { tr { th scope="col" { (text.field) } th.number scope="col" { (text.value) } } }
                    tbody {
                        @for field in seen.fields() { tr { th scope="row" { code { (field.name) } } (value(&field)) } }
                    }
                }
            }
            details { summary { (text.as_posted) } pre tabindex="0" { (payload) } }
        }
    }
}

fn value(field: &SeenField) -> Markup {
    if field.is_masked {
        let needs = (EN.elements.needs)(Permission::TransactionSensitive.as_str());
        return html! { td.note { (field.text()) " " (needs) } };
    }
    match field.is_number() {
        true => html! { td.number { (field.text()) } },
        false => html! { td.value { (field.text()) } },
    }
}

fn rules(seen: &SeenTransaction) -> Markup {
    let text = &EN.transactions;
    let outcome = seen.outcome();
    let rules: Vec<_> = outcome.rules().into_iter().flatten().collect();
    html! {
        section.card aria-labelledby="rules" {
            h2 #rules { (text.rules) }
            @if rules.is_empty() { p.empty { (text.no_rules) } } @else {
                div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (EN.queue.rule) }
                                th scope="col" { (text.version) }
                                th scope="col" { (text.said) }
                            }
                        }
                        tbody {
                            @for rule in &rules {
                                tr {
                                    th scope="row" {
                                        (rule.rule)
                                        @if rule.shadow { " " span.label { (text.shadow) } }
                                    }
                                    td { (rule.version) }
                                    td { (said(&rule.said)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn said(said: &SeenSaid) -> Markup {
    let text = &EN.transactions;
    match said {
        SeenSaid::Clear => html! { span.note { (text.clear) } },
        SeenSaid::Alert { .. } => html! {
            span.state.bad { span aria-hidden="true" { "▲" } " " (text.finding) }
        },
        SeenSaid::Failed { reason } => html! {
            span.state.warn { span aria-hidden="true" { "■" } " " (text.failed) } ": " (reason)
        },
    }
}

/// The alerts that have it, also after they were merged.
async fn with_it(
    app: &Arc<App>,
    caller: &Caller,
    seen: &SeenTransaction,
) -> Result<Markup, Failure> {
    let text = &EN.transactions;
    if !caller.may(Permission::AlertRead) {
        return Ok(html! {});
    }
    let filters = AlertFilters {
        team: vec![seen.team().to_owned()],
        txn_id: vec![seen.txn_id().to_owned()],
        ..AlertFilters::default()
    };
    let sort = Sort {
        by: SortKey::CreatedAt,
        descending: true,
    };
    let page = PageRequest::new(PageRequest::MAX_LIMIT, None);
    let found = search::search(app, caller, &filters, sort, &page).await?;
    let definitions = caller.definitions();
    Ok(html! {
        section.card aria-labelledby="alerts" {
            h2 #alerts { (text.alerts) }
            @if found.page.items.is_empty() { (empty(text.no_alerts, "")) }
            ul.plain {
                @for alert in &found.page.items {
                    li {
                        (alerts::shapes::level(alert.severity)) " "
                        a href={ "/alerts/" (alert.id) } { (alert.content().title) } " "
                        (alerts::shapes::state(&definitions, &alert.state))
                    }
                }
            }
        }
    })
}
