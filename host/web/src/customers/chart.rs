//! How many transactions a customer had on each day of a quarter.

use app::caller::Caller;
use app::transactions::by_day;
use app::transactions::customer::CustomerView;
use axum::http::StatusCode;
use domain::time::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::chart::{Bar, bars};
use crate::failure::Failure;
use crate::text::{EN, grouped};

/// So many days are drawn, up to the last transaction.
const DAYS: i64 = 90;

/// The chart; nothing of a customer without transactions.
pub(super) async fn by_day(caller: &Caller, view: &CustomerView) -> Result<Markup, Failure> {
    let (text, dashboard) = (&EN.customers, &EN.dashboard);
    let Some(last_at) = view.reach().last_at else {
        return Ok(html! {});
    };
    let last = date_of(caller, last_at);
    let days = last.saturating_sub((DAYS - 1).days())..=last;
    let summed = by_day::by_day(caller, None, &view.customer_id, days).await;
    let summed =
        summed.map_err(|error| Failure::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let days = summed.days.iter().map(|day| Bar {
        label: day.date.to_string(),
        value: day.count as f64,
        shown: grouped(day.count),
        is_marked: false,
    });
    let days: Vec<Bar> = days.collect();
    Ok(html! {
        section.card {
            (bars(dashboard.transactions_by_day, (dashboard.day, text.transactions), &days))
            @if let Some(day) = summed.incomplete_until {
                p.note { ((dashboard.incomplete_until)(&day.to_string())) }
            }
        }
    })
}

/// The day of a moment in the tenant's time zone.
fn date_of(caller: &Caller, at: Timestamp) -> Date {
    let definitions = caller.definitions();
    let zone = definitions.tenant().map(|tenant| &tenant.timezone);
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date()
}
