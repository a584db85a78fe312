//! The customer's amounts by day, with the days of the alert's transactions marked.

use std::collections::BTreeSet;

use app::alerts::read;
use app::alerts::seen::FullAlert;
use app::transactions::by_day::{self, ByDay, ByDayError};
use app::transactions::read as transactions;
use domain::payload::{FieldType, PayloadSchema};
use domain::time::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use tenant::Permission;

use super::answer::OnAlert;
use super::shown::Shown;
use crate::chart::{self, Bar};
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::text::{EN, amount, grouped};

failures! {
    ByDayError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        UNPROCESSABLE_ENTITY: Invalid,
        SERVICE_UNAVAILABLE: Read,
    }
}

/// How many days are shown.
const DAYS: i64 = 90;

/// The days of so many of the alert's transactions are marked.
const MARKED: usize = 200;

/// The field that is summed where the team's transactions have it; else their first number is.
const USUAL_FIELD: &str = "amount";

/// The place of the chart, which browsers with scripts fill; others have a link to it.
pub(super) fn placeholder(shown: &Shown<'_>) -> Markup {
    let alert = &shown.full.alert;
    let to = shown
        .origin
        .address(&format!("/parts/alerts/{}/amounts", alert.id));
    html! {
        @if alert.dprofile_id.is_some() {
            section.card #amounts hx-get=(to) hx-trigger="load" hx-select="#amounts" hx-swap="outerHTML" {
                h2 { (EN.amounts.title) }
                p { a href=(to) { (EN.amounts.show) } }
            }
        }
    }
}

/// A page with the chart, of which the alert's page takes the chart alone.
pub(crate) async fn show(on: OnAlert) -> Result<Markup, Failure> {
    let full = read::read(&on.app, on.caller(), on.alert).await?;
    let content = html! {
        nav.crumbs { a href=(on.page()) { (EN.documents.back) } }
        h1 { (full.alert.content().title) }
        section.card #amounts {
            h2 { (EN.amounts.title) }
            (chart(&on, &full).await?)
        }
    };
    Ok(frame::page(
        on.caller(),
        Part::Alerts,
        EN.amounts.title,
        &content,
    ))
}

async fn chart(on: &OnAlert, full: &FullAlert) -> Result<Markup, Failure> {
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
    // Alerts are raised about old transactions, too, as after an import.
    let newest = moments.iter().copied().max().unwrap_or(alert.created_at);
    let definitions = caller.definitions();
    let zone = definitions.tenant().map(|tenant| &tenant.timezone);
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let newest = jiff::Timestamp::from_microsecond(newest.as_micros()).unwrap_or_default();
    let last = newest
        .to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC))
        .date();
    let first = last.saturating_sub((DAYS - 1).days());
    let by_day = by_day::by_day(caller, Some(&alert.team), customer, first..=last).await?;
    let team = definitions.teams.get(&alert.team);
    let schema = team.and_then(|team| team.schema());
    let field = schema.as_deref().and_then(field);
    Ok(html! {
        @match field {
            None => p.empty { (text.no_numbers) },
            Some(field) if by_day.masked.contains(field) => p.note {
                ((text.masked)(field)) " " ((EN.elements.needs)(Permission::TransactionSensitive.as_str()))
            },
            Some(field) => {
                (chart::bars(&(text.chart)(field, customer), (text.day, field), &bars(&by_day, field, &moments)))
                p.note { (text.marked) }
            }
        }
        @if let Some(date) = by_day.incomplete_until {
            p.note { ((text.incomplete)(grouped(by_day::MAX_TRANSACTIONS as u64), date.to_string())) }
        }
    })
}

fn bars(by_day: &ByDay, field: &str, moments: &[Timestamp]) -> Vec<Bar> {
    let marked: BTreeSet<Date> = moments
        .iter()
        .filter_map(|at| by_day.date_of(*at))
        .collect();
    let days = by_day.days.iter().map(|day| {
        let sum = day.sums.get(field).copied().unwrap_or_default();
        Bar {
            label: day.date.to_string(),
            value: sum,
            shown: amount(sum),
            is_marked: marked.contains(&day.date),
        }
    });
    days.collect()
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

/// The field that is summed.
fn field(schema: &PayloadSchema) -> Option<&str> {
    let numbers = || {
        let fields = schema.fields().iter();
        fields.filter(|field| matches!(field.field_type, FieldType::Float | FieldType::Integer))
    };
    let usual = numbers().find(|field| field.name == USUAL_FIELD);
    let chosen = usual.or_else(|| numbers().next());
    chosen.map(|field| field.name.as_str())
}
