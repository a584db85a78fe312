//! What each install of a rule has done, and how right it was.

use app::rules::stats::RuleStats;
use app::rules::view::InstallView;
use domain::time::Timestamp;
use maud::{Markup, html};

use super::shapes;
use crate::elements::pages;
use crate::text::{EN, grouped};
use crate::when::Zone;

/// A count, if it is known.
pub(super) fn count(count: Option<u64>) -> String {
    count.map_or_else(|| "–".to_owned(), grouped)
}

/// A share in percent, if there is one.
pub(super) fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

/// What a rule did altogether, in a line.
pub(super) fn summary(stats: &RuleStats) -> Markup {
    let text = &EN.rules;
    let figures = [
        (text.evaluations, count(stats.all.evaluations)),
        (text.findings, grouped(stats.all.findings)),
        (text.open_alerts, grouped(stats.all.alerts.open)),
        (text.precision, share(stats.all.precision)),
        (text.failures, grouped(stats.all.failures)),
    ];
    html! {
        dl.figures { @for (name, value) in figures { div { dt { (name) } dd { (value) } } } }
    }
}

/// What is wrong with a rule now.
pub(super) fn warnings(stats: &RuleStats) -> Markup {
    let text = &EN.rules;
    let last_failure = stats.last_failure.as_deref().unwrap_or_default();
    html! {
        @if stats.failing {
            p.alarm role="status" { ((text.failing_since)(stats.failures_in_a_row, last_failure)) }
        }
        @if let Some(reason) = stats.last_refused.as_ref().filter(|_| stats.refused_infos > 0) {
            p.alarm role="status" { ((text.refused_infos)(stats.refused_infos, reason)) }
        }
    }
}

/// A page of installs, newest first, each with what it has done; `list` is the address of the first page.
pub(super) fn installs(
    installs: &app::request::Page<InstallView>,
    stats: &RuleStats,
    list: &str,
    is_later: bool,
    zone: &Zone,
) -> Markup {
    let text = &EN.rules;
    html! {
        section.card aria-labelledby="installs" {
            h2 #installs { (text.installs) }
            div.wide tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "#" }
                            th scope="col" { (text.version) }
                            th scope="col" { (text.mode) }
                            th scope="col" { (EN.queue.state) }
                            th scope="col" { (text.installed) }
                            th.number scope="col" { (text.evaluations) }
                            th.number scope="col" { (text.findings) }
                            th.number scope="col" { (text.failures) }
                            th.number scope="col" { (text.true_positive) }
                            th.number scope="col" { (text.false_positive) }
                            th.number scope="col" { (text.precision) }
                            th.number scope="col" { (text.time_of_each) }
                        }
                    }
                    tbody { @for view in &installs.items { (row(view, stats, zone)) } }
                }
            }
            (pages(list, is_later, installs.next_cursor.as_deref()))
            p.note { (text.precision_hint) }
        }
    }
}

fn row(view: &InstallView, stats: &RuleStats, zone: &Zone) -> Markup {
    let install = &view.install;
    let mut versions = stats.versions.iter();
    let own = versions.find(|version| version.install.number == install.number);
    let own = own.map(|version| &version.own);
    let time = own.and_then(|own| own.nanoseconds.p50);
    html! {
        tr {
            th scope="row" { (install.number) }
            td { code { (install.plugin) " " (install.version) } }
            td { @if !install.removed { (shapes::mode(install.mode)) } }
            td { (shapes::state(view.state)) }
            td {
                (zone.time(Timestamp::from_micros(install.installed_at)))
                " " span.note { ((EN.rules.by)(&install.installed_by)) }
            }
            td.number { (count(own.and_then(|own| own.evaluations))) }
            td.number { (count(own.map(|own| own.findings))) }
            td.number { (count(own.map(|own| own.failures))) }
            td.number { (count(own.map(|own| own.alerts.true_positive))) }
            td.number { (count(own.map(|own| own.alerts.false_positive))) }
            td.number { (share(own.and_then(|own| own.precision))) }
            td.number { @match time { Some(time) => ((EN.rules.microseconds)(time)), None => "–" } }
        }
    }
}
