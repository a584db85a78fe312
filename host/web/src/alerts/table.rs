//! The table of the queue.

use app::alerts::search::AlertPage;
use app::alerts::seen::SeenAlert;
use app::caller::Caller;
use app::users::login_of;
use domain::time::Timestamp;
use maud::{Markup, html};

use super::bulk;
use super::filter::Filter;
use super::order::Order;
use super::{shapes, tools};
use crate::customers;
use crate::elements::empty;
use crate::rules::words;
use crate::text::EN;
use crate::when::{Zone, apart};

/// The alerts of a page of the queue.
pub(super) fn show(
    caller: &Caller,
    filter: &Filter,
    found: &AlertPage,
    matching: Option<u64>,
    now: Timestamp,
) -> Markup {
    let text = &EN.queue;
    if found.page.items.is_empty() {
        return html! {
            (empty(text.empty, text.empty_hint))
            @if filter.narrowing().next().is_some() {
                p { a href={ "/alerts?" (filter.whole().query()) } { (text.without_filters) } }
            }
        };
    }
    let zone = Zone::of(caller);
    let is_chosen_from = bulk::is_open_to(caller);
    let table = html! {
        div.wide {
            table.queue {
                thead {
                    tr {
                        @if is_chosen_from {
                            th.choose scope="col" {
                                input type="checkbox" hidden data-chooses="alert" aria-label=(EN.bulk.select_page);
                            }
                        }
                        (ordering(filter, Order::Worst, text.severity))
                        th scope="col" { (text.alert) }
                        th scope="col" { (text.customer) }
                        th scope="col" { (text.rule) }
                        th scope="col" { (text.state) }
                        th scope="col" { (text.assignee) }
                        (ordering(filter, Order::FirstDue, text.due))
                        (ordering(filter, Order::Newest, text.created))
                    }
                }
                tbody {
                    @for alert in &found.page.items {
                        (row(alert, caller, filter, &zone, now, is_chosen_from))
                    }
                }
            }
        }
    };
    match is_chosen_from {
        false => table,
        true => choosing(filter, matching, now, &table),
    }
}

/// The form around the table: it leads to what changes the chosen alerts, or all.
fn choosing(filter: &Filter, matching: Option<u64>, now: Timestamp, table: &Markup) -> Markup {
    html! {
        form.choosing action="/alerts/bulk" method="get" {
            (tools::hidden(filter, |_| true))
            input type="hidden" name="until" value=(now);
            div.buttons {
                button type="submit" name="which" value="chosen" { (EN.bulk.change_chosen) }
                @if let Some(count) = matching {
                    button.quiet type="submit" name="which" value="all" { ((EN.bulk.select_all)(count)) }
                }
            }
            (table)
        }
    }
}

/// The heading of a column by which the queue can be ordered, at first so, and the other way round from then on.
fn ordering(filter: &Filter, first: Order, title: &str) -> Markup {
    let current = filter.sort();
    let next = match current == first.sort() {
        true => first.reversed(),
        false => first,
    };
    let sorted = match current.by == first.sort().by {
        false => None,
        true if current.descending => Some("descending"),
        true => Some("ascending"),
    };
    let arrow = match sorted {
        Some("descending") => " ↓",
        Some(_) => " ↑",
        None => "",
    };
    html! {
        th.sorts scope="col" aria-sort=[sorted] {
            a href={ "/alerts?" (filter.ordered(next).query()) } { (title) span aria-hidden="true" { (arrow) } }
        }
    }
}

fn row(
    alert: &SeenAlert,
    caller: &Caller,
    filter: &Filter,
    zone: &Zone,
    now: Timestamp,
    is_chosen_from: bool,
) -> Markup {
    let text = &EN.queue;
    let content = alert.content();
    let definitions = caller.definitions();
    let is_open = !definitions.workflow().is_closed(&alert.state);
    html! {
        tr {
            @if is_chosen_from {
                td.choose {
                    input type="checkbox" name="alert" value=(alert.id) aria-label=((EN.bulk.select)(&content.title));
                }
            }
            td { (shapes::level(alert.severity)) }
            th scope="row" {
                a href={ "/alerts/" (alert.id) "?" (filter.query()) } { (content.title) }
                @for label in &content.labels { " " span.label { (label.as_str()) } }
            }
            td.rest {
                @match &alert.dprofile_id {
                    Some(customer) => (customers::link(caller, customer)),
                    None => "–",
                }
            }
            td.rest {
                @match &alert.rule {
                    Some(rule) => bdi { (words::title(&definitions, &alert.team, rule)) },
                    None => "–",
                }
            }
            td { (shapes::state(&definitions, &alert.state)) }
            td.rest {
                @match &alert.user_id {
                    Some(user) => (login_of(&definitions, user)),
                    None => span.note { (text.nobody) },
                }
            }
            td {
                @match alert.due_date {
                    Some(due) if is_open && due <= now => span.late { ((text.late)(&apart(due, now))) },
                    Some(due) if is_open => ((text.left)(&apart(now, due))),
                    Some(due) => (zone.time(due)),
                    None => "–",
                }
            }
            td.rest { (zone.time(alert.created_at)) }
        }
    }
}
