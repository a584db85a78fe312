//! The dashboard's page: figures, charts, and how right rules were.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::dashboard::{self, AlertSource, DAYS, Dashboard, RuleOutcomes};
use app::transactions::summary::{self, DailySummary, Period, SummaryQuery};
use axum::extract::State;
use maud::{Markup, html};
use tenant::Permission;

use crate::browser::SignedIn;
use crate::chart::{Bar, bars};
use crate::elements::empty;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::rules::words;
use crate::text::{EN, grouped};

/// So many rules have a chart of their own: those with the most alerts.
const CHARTS: usize = 6;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Markup, Failure> {
    let text = &EN.dashboard;
    let shown = dashboard::read(&app, &caller).await?;
    let transactions = match caller.may(Permission::TransactionRead) {
        true => Some(summary::read(&app, &caller, of_days(&app)).await?),
        false => None,
    };
    let content = html! {
        h1 { (text.title) }
        p.note { ((text.hint)(DAYS)) }
        @if let Some(incomplete) = &shown.incomplete {
            p.alarm role="status" { ((EN.queue.incomplete)(incomplete.searched, incomplete.of)) }
        }
        (figures(&shown, transactions.as_ref()))
        div.halves {
            section.card { (created(&shown)) }
            section.card { (open(&shown)) }
        }
        @if let Some(transactions) = &transactions { section.card { (by_day(transactions)) } }
        (by_rule(&caller, &shown))
        (outcomes(&caller, &shown.closed))
    };
    Ok(frame::page(&caller, Part::Dashboard, text.title, &content))
}

/// The transactions of the days of a dashboard.
fn of_days(app: &App) -> SummaryQuery {
    SummaryQuery {
        team: None,
        customer_id: None,
        period: Period::Last {
            days: DAYS,
            until: app.services.clock.now(),
        },
        sums: BTreeSet::new(),
    }
}

/// The numbers that matter most.
fn figures(shown: &Dashboard, transactions: Option<&DailySummary>) -> Markup {
    let text = &EN.dashboard;
    let open: u64 = shown.open.iter().map(|age| age.count).sum();
    let created: u64 = shown.created.iter().flat_map(|rule| &rule.counts).sum();
    let time = |of: Option<u64>| match of {
        Some(micros) => (text.duration)(micros / 1_000_000),
        None => text.none_closed.to_owned(),
    };
    let times = shown.time_to_close;
    html! {
        dl.figures {
            div { dt { (text.open) } dd { a href="/alerts?view=open" { (grouped(open)) } } }
            div { dt { (text.created) } dd { (grouped(created)) } }
            div { dt { (text.median) } dd { (time(times.map(|times| times.median))) } }
            div { dt { (text.p90) } dd { (time(times.map(|times| times.p90))) } }
            @if let Some(transactions) = transactions {
                @let count = transactions.days.iter().map(|day| day.count).sum();
                div { dt { (text.transactions) } dd { (grouped(count)) } }
            }
        }
    }
}

fn bar(label: String, count: u64) -> Bar {
    Bar {
        label,
        value: count as f64,
        shown: grouped(count),
        is_marked: false,
    }
}

fn created(shown: &Dashboard) -> Markup {
    let text = &EN.dashboard;
    let days = shown.days.iter().enumerate();
    let days = days.map(|(at, day)| {
        let counts = shown.created.iter().filter_map(|rule| rule.counts.get(at));
        bar(day.to_string(), counts.sum())
    });
    bars(
        text.alerts_by_day,
        (text.day, text.alerts),
        &days.collect::<Vec<_>>(),
    )
}

fn open(shown: &Dashboard) -> Markup {
    let text = &EN.dashboard;
    let ages = shown.open.iter();
    let ages = ages.map(|age| bar((text.ages)(age.from_days, age.to_days), age.count));
    bars(
        text.by_age,
        (text.age, text.alerts),
        &ages.collect::<Vec<_>>(),
    )
}

fn by_day(counts: &DailySummary) -> Markup {
    let text = &EN.dashboard;
    let days = counts.days.iter();
    let days = days.map(|day| bar(day.date.to_string(), day.count));
    html! {
        (bars(text.transactions_by_day, (text.day, text.transactions), &days.collect::<Vec<_>>()))
        @if let Some(day) = counts.incomplete_until { p.note { ((text.incomplete_until)(&day.to_string())) } }
    }
}

fn by_rule(caller: &Caller, shown: &Dashboard) -> Markup {
    let text = &EN.dashboard;
    if shown.created.is_empty() {
        return empty(text.none, text.none_hint);
    }
    html! {
        section.card aria-labelledby="by-rule" {
            h2 #by-rule { (text.by_rule) }
            div.groups {
                @for rule in shown.created.iter().take(CHARTS) {
                    @let days = shown.days.iter().zip(&rule.counts);
                    @let days = days.map(|(day, count)| bar(day.to_string(), *count));
                    @let days = days.collect::<Vec<_>>();
                    div { (bars(&title(caller, &rule.source), (text.day, text.alerts), &days)) }
                }
            }
        }
    }
}

/// A rule and its team.
fn title(caller: &Caller, source: &AlertSource) -> String {
    let definitions = caller.definitions();
    let team = definitions.teams.get(&source.team);
    let team = team.map_or(&source.team, |team| &team.title);
    let rule = match &source.rule {
        Some(rule) => words::title(&definitions, &source.team, rule),
        None => EN.dashboard.by_hand.to_owned(),
    };
    format!("{rule}, {team}")
}

fn outcomes(caller: &Caller, rules: &[RuleOutcomes]) -> Markup {
    let (text, alert) = (&EN.dashboard, &EN.alert);
    html! {
        section.card aria-labelledby="rules" {
            h2 #rules { (text.rules) }
            @if rules.is_empty() { p.empty { (text.no_rules) } } @else {
                p.note { (text.rules_hint) }
                div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (EN.queue.rule) }
                                th.number scope="col" { (text.closed) }
                                th.number scope="col" { (alert.true_positive) }
                                th.number scope="col" { (alert.false_positive) }
                                th.number scope="col" { (alert.inconclusive) }
                                th.number scope="col" { (text.unsaid) }
                                th.number scope="col" { (text.precision) }
                            }
                        }
                        tbody { @for rule in rules { (outcome_row(caller, rule)) } }
                    }
                }
            }
        }
    }
}

fn outcome_row(caller: &Caller, rule: &RuleOutcomes) -> Markup {
    let outcomes = &rule.outcomes;
    let columns = [
        outcomes.true_positive,
        outcomes.false_positive,
        outcomes.inconclusive,
        outcomes.unsaid,
    ];
    html! {
        tr {
            th scope="row" { (title(caller, &rule.source)) }
            td.number { (grouped(columns.iter().sum())) }
            @for count in columns { td.number { (grouped(count)) } }
            td.number { (outcomes.precision().map_or("–".to_owned(), EN.dashboard.percent)) }
        }
    }
}
