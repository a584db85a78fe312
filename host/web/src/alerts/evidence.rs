//! Findings: what a rule said of a transaction, and what it saw.

use app::alerts::meanings::{InputMeanings, Meaning};
use app::alerts::seen::Finding;
use app::caller::Caller;
use engine::alert::{EvidenceItem, EvidenceValue, MASKED};
use json::to_json;
use maud::{Markup, html};
use tenant::Permission;

use super::replay;
use super::shown::Shown;
use crate::text::EN;
use crate::when::Zone;

/// So many rows are shown at once; the others open on demand.
const ROWS: usize = 20;

/// So many characters of a text are shown at once.
const CHARACTERS: usize = 200;

/// All findings of an alert.
pub(super) fn findings(shown: &Shown<'_>, caller: &Caller, zone: &Zone) -> Markup {
    let text = &EN.alert;
    let full = &shown.full;
    html! {
        section.card aria-labelledby="findings" {
            h2 #findings { (text.findings) }
            @if full.findings.is_empty() { p.empty { (text.by_hand) } }
            @for finding in &full.findings { (one_finding(finding, zone)) }
            @if !full.findings.is_empty() { (replay::button(shown, caller)) }
        }
    }
}

fn one_finding(finding: &Finding, zone: &Zone) -> Markup {
    let text = &EN.alert;
    let (rows, values): (Vec<_>, Vec<_>) = finding
        .evidence
        .iter()
        .partition(|item| matches!(item.value, EvidenceValue::Rows(_)));
    html! {
        article {
            h3 { (finding.title) }
            p.note {
                code { (finding.rule) } " · " (finding.plugin) " " (finding.version) " · "
                (zone.time(finding.found_at)) " · " (text.transaction) " " code { (finding.txn_id) }
            }
            h4 { (text.saw) }
            (table_of_values(&values, &finding.meanings))
            @for item in rows { (table_of_rows(item, finding.meanings.get(&item.name))) }
            @if let Some(configuration) = &finding.configuration {
                details {
                    summary { (text.configuration) }
                    pre { (configuration) }
                }
            }
        }
    }
}

fn table_of_values(items: &[&EvidenceItem], meanings: &InputMeanings) -> Markup {
    let text = &EN.alert;
    html! {
        @if !items.is_empty() {
            div.wide tabindex="0" {
                table.evidence {
                    thead {
                        tr {
                            th scope="col" { (text.input) }
                            th.number scope="col" { (text.value) }
                            th scope="col" { (text.meaning) }
                        }
                    }
                    tbody {
                        @for item in items {
                            tr {
                                th scope="row" { (item.name) }
                                (value(&item.value))
                                td.note {
                                    @if let Some(meaning) = meanings.get(&item.name) { (meaning.text) }
                                    @if let Some((_, version)) = &item.list { ", " ((text.list_version)(*version)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value as the rule was given it.
fn value(value: &EvidenceValue) -> Markup {
    match value {
        EvidenceValue::Text(text) if text == MASKED => html! {
            td.note {
                (text) " " ((EN.elements.needs)(Permission::TransactionSensitive.as_str()))
            }
        },
        EvidenceValue::Text(text) => html! { td.value { (shortened(text)) } },
        EvidenceValue::Boolean(truth) => html! { td.value { (truth) } },
        EvidenceValue::Integer(integer) => html! { td.number { (integer) } },
        EvidenceValue::Float(None) => html! { td.note { (EN.alert.no_value) } },
        EvidenceValue::Float(Some(_)) => html! { td.number { (written(value)) } },
        EvidenceValue::Rows(_) => html! { td.value { (shortened(&written(value))) } },
    }
}

/// A value as the rule was given it, where it stands in no table of values.
pub(crate) fn shown(value: &EvidenceValue) -> Markup {
    match value {
        EvidenceValue::Float(None) => html! { span.note { (EN.alert.no_value) } },
        value => shortened(&written(value)),
    }
}

fn written(value: &EvidenceValue) -> String {
    match value {
        EvidenceValue::Text(text) => text.clone(),
        value => to_json(value).expect("evidence is JSON").to_string(),
    }
}

/// A text; what is long opens on demand.
fn shortened(text: &str) -> Markup {
    match text.chars().count() > CHARACTERS {
        true => {
            let beginning: String = text.chars().take(60).collect();
            html! { details { summary { (beginning) "…" } pre { (text) } } }
        }
        false => html! { (text) },
    }
}

/// The rows of an input, the newest first.
fn table_of_rows(item: &EvidenceItem, meaning: Option<&Meaning>) -> Markup {
    let EvidenceValue::Rows(rows) = &item.value else {
        return html! {};
    };
    let (first, others) = rows.split_at(rows.len().min(ROWS));
    let table = |rows: &[Vec<EvidenceValue>]| {
        html! {
            div.wide tabindex="0" {
                table {
                    @if let Some(meaning) = meaning.filter(|meaning| !meaning.columns.is_empty()) {
                        thead { tr { @for column in &meaning.columns { th scope="col" { (column) } } } }
                    }
                    tbody { @for row in rows { tr { @for cell in row { (value(cell)) } } } }
                }
            }
        }
    };
    html! {
        h5 { (item.name) }
        @if let Some(meaning) = meaning { p.note { (meaning.text) } }
        @if rows.is_empty() { p.empty { (EN.alert.no_rows) } } @else { (table(first)) }
        @if !others.is_empty() {
            details {
                summary { ((EN.alert.more_rows)(others.len())) }
                (table(others))
            }
        }
    }
}
