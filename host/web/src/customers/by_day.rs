//! A customer's transactions by day: how many there were, or the sum of a field that the reader chooses.

use std::collections::BTreeSet;

use app::App;
use app::caller::Caller;
use app::transactions::summary::{self, DailySummary, Day, MAX_TRANSACTIONS, Period, SummaryQuery};
use axum::http::Uri;
use domain::time::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use crate::chart::{Bar, bars};
use crate::failure::Failure;
use crate::text::{EN, amount, grouped};

/// So many days are drawn.
const DAYS: usize = 90;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// The field that is summed; empty for the number of transactions.
    field: Option<String>,
}

impl Wanted {
    pub(crate) fn of(uri: &Uri) -> Self {
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default()
    }

    /// The field of these that is summed: the one that is asked for, or else the usual one.
    fn field(self, fields: &[String], usual: Option<&str>) -> Option<String> {
        let known = |name: &str| fields.iter().find(|field| *field == name).cloned();
        match self.field {
            Some(field) if field.is_empty() => None,
            Some(field) => known(&field),
            None => usual.and_then(known),
        }
    }
}

/// The transactions that are drawn.
#[derive(Clone, Copy)]
pub(crate) struct Drawn<'d> {
    /// Of this team; of all teams where there is none.
    pub(crate) team: Option<&'d str>,
    pub(crate) customer: &'d str,
    /// A moment of the last day.
    pub(crate) until: Timestamp,
}

/// What can be drawn of a customer, and what is.
pub(crate) struct ByDay {
    customer: String,
    fields: Vec<String>,
    field: Option<String>,
    summary: DailySummary,
}

impl ByDay {
    /// Reads what is drawn. Where nothing is asked for, that is the sum of the `usual` field of those that there are, or the
    /// number of transactions.
    pub(crate) async fn read(
        app: &App,
        caller: &Caller,
        drawn: Drawn<'_>,
        wanted: Wanted,
        usual: impl Fn(&[String]) -> Option<&str>,
    ) -> Result<Self, Failure> {
        let fields = summary::fields(caller, drawn.team)?;
        let field = wanted.field(&fields, usual(&fields));
        let query = SummaryQuery {
            team: drawn.team.map(str::to_owned),
            customer_id: Some(drawn.customer.to_owned()),
            period: Period::Last {
                days: DAYS,
                until: drawn.until,
            },
            sums: field.iter().cloned().collect(),
        };
        Ok(Self {
            customer: drawn.customer.to_owned(),
            summary: summary::read(app, caller, query).await?,
            fields,
            field,
        })
    }

    /// The chart, with the days of some moments marked.
    pub(crate) fn chart(&self, marked: &[Timestamp]) -> Markup {
        let text = &EN.amounts;
        let dates = marked.iter().filter_map(|at| self.summary.date_of(*at));
        let marked: BTreeSet<Date> = dates.collect();
        let days = self.summary.days.iter().map(|day| self.bar(day, &marked));
        let days: Vec<Bar> = days.collect();
        let is_masked = |field: &String| self.summary.masked.contains(field);
        html! {
            @match &self.field {
                None => (bars(&(text.counts)(&self.customer), (text.day, EN.customers.transactions), &days)),
                Some(field) if is_masked(field) => p.note {
                    ((text.masked)(field)) " " ((EN.elements.needs)(Permission::TransactionSensitive.as_str()))
                },
                Some(field) => (bars(&(text.chart)(field, &self.customer), (text.day, field), &days)),
            }
            @if !marked.is_empty() && !self.field.as_ref().is_some_and(is_masked) { p.note { (text.marked) } }
            @if let Some(date) = self.summary.incomplete_until {
                p.note { ((text.incomplete)(grouped(MAX_TRANSACTIONS as u64), date.to_string())) }
            }
        }
    }

    fn bar(&self, day: &Day, marked: &BTreeSet<Date>) -> Bar {
        let (value, shown) = match &self.field {
            None => (day.count as f64, grouped(day.count)),
            Some(field) => {
                let sum = day.sums.get(field).copied().unwrap_or_default();
                (sum, amount(sum))
            }
        };
        Bar {
            label: day.date.to_string(),
            value,
            shown,
            is_marked: marked.contains(&day.date),
        }
    }

    /// The form that draws something else. It leads to `address`, of whose page browsers with scripts take the section of
    /// this id alone.
    pub(crate) fn form(&self, address: &str, section: &str) -> Markup {
        let text = &EN.amounts;
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).unwrap_or_default();
        let section = format!("#{section}");
        html! {
            @if !self.fields.is_empty() {
                form.row action=(path) method="get" hx-get=(path) hx-target=(section) hx-select=(section) hx-swap="outerHTML ignoreTitle:true" {
                    @for (name, value) in pairs.iter().filter(|(name, _)| name != "field") {
                        input type="hidden" name=(name) value=(value);
                    }
                    label for="drawn-field" { (text.by_day) }
                    select #drawn-field name="field" {
                        option value="" { (text.number) }
                        @for field in &self.fields {
                            option value=(field) selected[self.field.as_ref() == Some(field)] { ((text.sum)(field)) }
                        }
                    }
                    button type="submit" { (text.draw) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_not_is_not_drawn() {
        let fields = ["fee", "amount"].map(str::to_owned);
        let check = |asked: Option<&str>, usual: Option<&str>, expect: Option<&str>| {
            let wanted = Wanted {
                field: asked.map(str::to_owned),
            };
            let field = wanted.field(&fields, usual);
            assert_eq!(field.as_deref(), expect, "{asked:?} {usual:?}");
        };
        check(None, Some("amount"), Some("amount"));
        check(None, None, None);
        check(Some(""), Some("amount"), None);
        check(Some("fee"), Some("amount"), Some("fee"));
        check(Some("iban"), Some("amount"), None);
    }
}
