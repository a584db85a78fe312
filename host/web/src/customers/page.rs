//! One customer: transactions by team, alerts, watchlists.

use std::sync::Arc;

use app::App;
use app::alerts::filters::AlertFilters;
use app::alerts::search;
use app::caller::Caller;
use app::request::PageRequest;
use app::transactions::customer::{self, CustomerAlerts, CustomerTeam, CustomerView};
use axum::extract::State;
use axum::http::Uri;
use engine::alert::index::{Sort, SortKey};
use maud::{Markup, html};

use super::address;
use super::by_day::{ByDay, Drawn, Wanted};
use crate::alerts;
use crate::browser::{Named, SignedIn};
use crate::elements::empty;
use crate::failure::Failure;
use crate::find::queue;
use crate::frame::{self, Part};
use crate::text::{EN, grouped};
use crate::transactions::filter::Filter;
use crate::when::Zone;

/// So many alerts are shown; the queue has all.
const ALERTS: usize = 20;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<String>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let view = customer::read(&app, &caller, &id).await?;
    let zone = Zone::of(&caller);
    let title = (EN.customers.title)(&view.customer_id);
    let content = html! {
        h1 { (title) }
        div.columns {
            div.column {
                (transactions(&caller, &view, &zone))
                (by_day(&app, &caller, &view, Wanted::of(&uri)).await?)
                (about_customer(&app, &caller, &view, &zone).await?)
            }
            aside.column aria-label=(EN.alert.about) {
                @if let Some(lists) = &view.lists { (on_lists(lists)) }
            }
        }
    };
    Ok(frame::page(&caller, Part::Transactions, &title, &content))
}

/// The days up to the customer's last transaction; nothing of a customer without transactions.
async fn by_day(
    app: &App,
    caller: &Caller,
    view: &CustomerView,
    wanted: Wanted,
) -> Result<Markup, Failure> {
    let Some(until) = view.reach().last_at else {
        return Ok(html! {});
    };
    let drawn = Drawn {
        team: None,
        customer: &view.customer_id,
        until,
    };
    let by_day = ByDay::read(app, caller, drawn, wanted, |_| None).await?;
    Ok(html! {
        section.card #by-day {
            (by_day.chart(&[]))
            (by_day.form(&address(&view.customer_id), "by-day"))
        }
    })
}

fn transactions(caller: &Caller, view: &CustomerView, zone: &Zone) -> Markup {
    let text = &EN.customers;
    let reach = view.reach();
    html! {
        section.card aria-labelledby="transactions" {
            h2 #transactions { (text.transactions) }
            @if view.teams.is_empty() { (empty(text.none, "")) } @else {
                div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (EN.queue.team) }
                                th.number scope="col" { (text.count) }
                                th scope="col" { (text.first) }
                                th scope="col" { (text.last) }
                                th scope="col" { span.hidden { (text.show) } }
                            }
                        }
                        tbody { @for team in &view.teams { (row(caller, view, team, zone)) } }
                        @if view.teams.len() > 1 {
                            tfoot {
                                tr {
                                    th scope="row" { (EN.queue.all) }
                                    td.number { (counted(reach.count, reach.has_more)) }
                                    td { @if let Some(at) = reach.first_at { (zone.time(at)) } }
                                    td { @if let Some(at) = reach.last_at { (zone.time(at)) } }
                                    td {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(caller: &Caller, view: &CustomerView, team: &CustomerTeam, zone: &Zone) -> Markup {
    let definitions = caller.definitions();
    let title = definitions.teams.get(&team.team);
    let list = Filter::of_customer(&team.team, &view.customer_id);
    html! {
        tr {
            th scope="row" { (title.map_or(&team.team, |team| &team.title)) }
            td.number { (counted(team.extent.count, team.extent.has_more)) }
            td { (zone.time(team.extent.first_at)) }
            td { (zone.time(team.extent.last_at)) }
            td { a href=(list.address()) { (EN.customers.show) } }
        }
    }
}

fn counted(count: u64, has_more: bool) -> String {
    match has_more {
        true => (EN.customers.at_least)(count),
        false => grouped(count),
    }
}

/// The newest alerts about the customer, and where all of them are.
async fn about_customer(
    app: &Arc<App>,
    caller: &Caller,
    view: &CustomerView,
    zone: &Zone,
) -> Result<Markup, Failure> {
    let text = &EN.customers;
    let Some(CustomerAlerts { open, all }) = view.alerts else {
        return Ok(html! {});
    };
    let filters = AlertFilters {
        dprofile_id: vec![view.customer_id.clone()],
        ..AlertFilters::default()
    };
    let sort = Sort {
        by: SortKey::CreatedAt,
        descending: true,
    };
    let found =
        search::search(app, caller, &filters, sort, &PageRequest::new(ALERTS, None)).await?;
    let definitions = caller.definitions();
    Ok(html! {
        section.card aria-labelledby="alerts" {
            h2 #alerts { (text.alerts) }
            @if all == 0 { (empty(text.no_alerts, "")) } @else {
                p { ((text.open_of)(open, all)) " · " a href=(queue(&view.customer_id)) { (text.all_alerts) } }
                ul.plain {
                    @for alert in &found.page.items {
                        li {
                            (alerts::shapes::level(alert.severity)) " "
                            a href={ "/alerts/" (alert.id) } { (alert.content().title) } " "
                            (alerts::shapes::state(&definitions, &alert.state)) " "
                            span.note { (zone.time(alert.created_at)) }
                        }
                    }
                }
            }
        }
    })
}

fn on_lists(lists: &[String]) -> Markup {
    let text = &EN.customers;
    html! {
        section.card aria-labelledby="lists" {
            h2 #lists { (text.lists) }
            @if lists.is_empty() { p.empty { (text.no_lists) } }
            ul.ids { @for list in lists { li { (list) } } }
        }
    }
}
