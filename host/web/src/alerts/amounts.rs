//! The customer's amounts by day, with the days of the alert's transactions marked.

use std::collections::BTreeSet;

use app::alerts::read;
use app::alerts::seen::FullAlert;
use app::transactions::read as transactions;
use axum::http::Uri;
use domain::alert::AlertId;
use domain::time::Timestamp;
use maud::{Markup, html};
use tenant::Permission;

use super::answer::OnAlert;
use super::origin::Origin;
use super::shown::Shown;
use crate::customers::by_day::{ByDay, Drawn, Wanted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

/// The id of the section that has the chart.
const SECTION: &str = "amounts";

/// The days of so many of the alert's transactions are marked.
const MARKED: usize = 200;

/// The field that is summed where the team's transactions have it; else their first number is.
const USUAL_FIELD: &str = "amount";

/// The place of the chart, which browsers with scripts fill; others have a link to it.
pub(super) fn placeholder(shown: &Shown<'_>) -> Markup {
    let alert = &shown.full.alert;
    let to = address(shown.origin, alert.id);
    html! {
        @if alert.dprofile_id.is_some() {
            section.card #amounts hx-get=(to) hx-trigger="load" hx-select="#amounts" hx-swap="outerHTML ignoreTitle:true" {
                h2 { (EN.amounts.title) }
                p { a href=(to) { (EN.amounts.show) } }
            }
        }
    }
}

/// Where the chart is.
fn address(origin: &Origin, alert: AlertId) -> String {
    origin.address(&format!("/parts/alerts/{alert}/amounts"))
}

/// A page with the chart, of which the alert's page takes the chart alone.
pub(crate) async fn show(on: OnAlert, uri: Uri) -> Result<Markup, Failure> {
    let full = read::read(&on.app, on.caller(), on.alert).await?;
    let content = html! {
        nav.crumbs { a href=(on.page()) { (EN.documents.back) } }
        h1 { (full.alert.content().title) }
        section.card #amounts {
            h2 { (EN.amounts.title) }
            (chart(&on, &full, Wanted::of(&uri)).await?)
        }
    };
    Ok(frame::page(
        on.caller(),
        Part::Alerts,
        EN.amounts.title,
        &content,
    ))
}

async fn chart(on: &OnAlert, full: &FullAlert, wanted: Wanted) -> Result<Markup, Failure> {
    let text = &EN.amounts;
    let (caller, alert) = (on.caller(), &full.alert);
    if !caller.may(Permission::TransactionRead) {
        let needs = (EN.elements.needs)(Permission::TransactionRead.as_str());
        return Ok(html! { p.note { (needs) } });
    }
    let Some(customer) = &alert.dprofile_id else {
        return Ok(html! { p.empty { (text.no_customer) } });
    };
    let moments = moments(on, full).await;
    let drawn = Drawn {
        team: Some(&alert.team),
        customer,
        // Alerts are raised about old transactions, too, as after an import.
        until: moments.iter().copied().max().unwrap_or(alert.created_at),
    };
    let by_day = ByDay::read(&on.app, caller, drawn, wanted, usual).await?;
    Ok(html! {
        (by_day.chart(&moments))
        (by_day.form(&address(&on.origin, alert.id), SECTION))
    })
}

/// When the alert's transactions happened.
async fn moments(on: &OnAlert, full: &FullAlert) -> Vec<Timestamp> {
    let findings = full.findings.iter().map(|finding| &finding.txn_id);
    let ids: BTreeSet<&String> = full.alert.txn_ids.iter().chain(findings).collect();
    let mut moments = Vec::with_capacity(ids.len().min(MARKED));
    for id in ids.into_iter().take(MARKED) {
        // People may name transactions that there are not.
        if let Ok(found) = transactions::read(on.caller(), &full.alert.team, id).await {
            moments.push(found.date_time());
        }
    }
    moments
}

/// The field that is summed where nobody asks for another.
fn usual(fields: &[String]) -> Option<&str> {
    let usual = fields.iter().find(|field| *field == USUAL_FIELD);
    usual.or(fields.first()).map(String::as_str)
}
