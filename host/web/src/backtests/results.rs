//! What the rule of a backtest found, and where it failed.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::App;
use app::backtest::failures::{self, BacktestFailure};
use app::backtest::findings::{self, FoundTransaction};
use app::backtest::read::BacktestName;
use app::backtest::{Purity, SeenBacktest, compare};
use app::caller::Caller;
use app::request::{Page, PageRequest};
use engine::judgement::Day;
use maud::{Markup, html};

use super::address;
use crate::alerts::evidence;
use crate::elements::pages;
use crate::failure::Failure;
use crate::rules::days;
use crate::text::{EN, grouped};
use crate::when::Zone;

/// So many transactions with findings, and so many failures, are shown at once.
const SAMPLES: usize = 20;

/// What is kept of what the rule said, as far as the page shows it.
pub(super) struct Results {
    days: BTreeMap<String, Day>,
    found: Page<FoundTransaction>,
    failed: Page<BacktestFailure>,
    /// Whether this is another page of findings than the first.
    is_later: bool,
}

impl Results {
    pub(super) async fn read(
        app: &Arc<App>,
        caller: &Caller,
        name: &BacktestName,
        cursor: Option<String>,
    ) -> Result<Self, Failure> {
        let is_later = cursor.is_some();
        let page = PageRequest::new(SAMPLES, cursor);
        let first = PageRequest::new(SAMPLES, None);
        Ok(Self {
            days: compare::count(app, caller, name).await?.days,
            found: findings::list(app, caller, name, &page).await?,
            failed: failures::list(app, caller, name, &first).await?,
            is_later,
        })
    }

    /// Transactions with findings, by day.
    pub(super) fn chart(&self) -> Markup {
        html! {
            section.card aria-label=(EN.backtests.by_day) {
                (days::chart(EN.backtests.by_day, &self.days, |day| day.only_one))
            }
        }
    }

    /// The findings, a page at a time.
    pub(super) fn findings(&self, name: &BacktestName, zone: &Zone) -> Markup {
        let text = &EN.backtests;
        html! {
            section.card aria-labelledby="findings" {
                h2 #findings { (text.findings) }
                @if self.found.items.is_empty() { p.empty { (text.no_findings) } }
                @for found in &self.found.items { (transaction(found, zone)) }
                (pages(&address(name), self.is_later, self.found.next_cursor.as_deref()))
            }
        }
    }

    /// The first failures.
    pub(super) fn failures(&self, zone: &Zone) -> Markup {
        let text = &EN.rules;
        html! {
            @if !self.failed.items.is_empty() {
                section.card aria-labelledby="failures" {
                    h2 #failures { (EN.backtests.failures) }
                    div.wide tabindex="0" {
                        table {
                            thead {
                                tr {
                                    th scope="col" { (EN.alert.transaction) }
                                    th scope="col" { (EN.queue.created) }
                                    th scope="col" { (text.reason) }
                                }
                            }
                            tbody {
                                @for failure in &self.failed.items {
                                    tr {
                                        th scope="row" { code { (failure.txn_id) } }
                                        td { (zone.time(failure.date_time)) }
                                        td.value { span.label { (failure.kind) } " " (failure.reason) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn transaction(found: &FoundTransaction, zone: &Zone) -> Markup {
    html! {
        details.sample {
            summary {
                (EN.alert.transaction) " " code { (found.txn_id) } " · " (zone.time(found.date_time))
                @for finding in &found.findings { " · " (finding.title) " " span.label { (finding.severity) } }
            }
            div.wide tabindex="0" {
                table {
                    thead { tr { th scope="col" { (EN.alert.input) } th scope="col" { (EN.alert.value) } } }
                    tbody {
                        @for item in &found.evidence {
                            tr {
                                th scope="row" { (item.name) }
                                td.value { (evidence::shown(&item.value)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What is counted of a backtest, and what is wrong with its rule.
pub(super) fn counts(seen: &SeenBacktest) -> Markup {
    let text = &EN.backtests;
    let tally = &seen.record.tally;
    let severities = tally.findings.iter();
    let severities = severities.map(|(severity, count)| (text.by_severity)(severity, *count));
    let severities: Vec<String> = severities.collect();
    let fuel = tally.fuel_of_rows.quantiles();
    html! {
        section.card aria-labelledby="results" {
            h2 #results { (text.results) }
            dl.figures {
                div { dt { (text.found) } dd { (grouped(tally.found)) } }
                div { dt { (text.failures) } dd { (grouped(tally.failed())) } }
                @if let Some(fuel) = fuel { div { dt { (text.fuel) } dd.small { ((text.fuel_of)(fuel.median, fuel.most)) } } }
            }
            @if !severities.is_empty() { p { (text.findings) ": " (severities.join(", ")) } }
            @if let Some(Purity::Impure { reason }) = &seen.record.purity {
                p.alarm { (text.impure) ": " (reason) }
            }
            @if tally.cut_at.is_some() { p.note { (text.cut) } }
        }
    }
}
