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
use crate::rules::words;
use crate::text::EN;
use crate::when::Zone;
use crate::{customers, transactions, watchlists};

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
            @let place = Place { caller, team: &full.alert.team };
            @for finding in &full.findings { (one_finding(finding, place, zone)) }
            @if !full.findings.is_empty() { (replay::button(shown, caller)) }
        }
    }
}

/// Who reads findings, and of which team they are: what a value names is a link, where there is a page of it.
#[derive(Clone, Copy)]
struct Place<'p> {
    caller: &'p Caller,
    team: &'p str,
}

impl Place<'_> {
    /// The value of a field of a transaction.
    fn value_of(self, field: Option<&str>, value: &EvidenceValue) -> Markup {
        match (field, value) {
            (_, EvidenceValue::Text(text)) if text == MASKED => cell(value),
            (Some("customer_id"), EvidenceValue::Text(customer)) => html! {
                td.value { (customers::link(self.caller, customer)) }
            },
            (Some("txn_id"), EvidenceValue::Text(txn_id)) => html! {
                td.value { (transactions::link(self.caller, self.team, txn_id)) }
            },
            _ => cell(value),
        }
    }
}

fn one_finding(finding: &Finding, place: Place<'_>, zone: &Zone) -> Markup {
    let text = &EN.alert;
    let (rows, values): (Vec<_>, Vec<_>) = finding
        .evidence
        .iter()
        .partition(|item| matches!(item.value, EvidenceValue::Rows(_)));
    html! {
        article {
            h3 { (finding.title) }
            p.note {
                (words::link(place.caller, place.team, &finding.rule)) " · "
                (finding.plugin) " " (finding.version) " · " (zone.time(finding.found_at)) " · "
                (text.transaction) " " (transactions::link(place.caller, place.team, &finding.txn_id))
            }
            h4 { (text.saw) }
            (table_of_values(&values, &finding.meanings, place))
            @for item in rows { (table_of_rows(item, finding.meanings.get(&item.name), place)) }
            @if let Some(configuration) = &finding.configuration {
                details {
                    summary { (text.configuration) }
                    pre { (configuration) }
                }
            }
        }
    }
}

fn table_of_values(items: &[&EvidenceItem], meanings: &InputMeanings, place: Place<'_>) -> Markup {
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
                            @let meaning = meanings.get(&item.name);
                            tr {
                                th scope="row" { (item.name) }
                                (place.value_of(meaning.and_then(|meaning| meaning.field.as_deref()), &item.value))
                                td.note {
                                    @if let Some(meaning) = meaning { (meaning.text) }
                                    @if let Some((list, version)) = &item.list {
                                        ", " (watchlists::link(place.caller, list, *version, &(text.list_version)(*version)))
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

/// A value as the rule was given it.
fn cell(value: &EvidenceValue) -> Markup {
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
fn table_of_rows(item: &EvidenceItem, meaning: Option<&Meaning>, place: Place<'_>) -> Markup {
    let EvidenceValue::Rows(rows) = &item.value else {
        return html! {};
    };
    let (first, others) = rows.split_at(rows.len().min(ROWS));
    let columns = meaning.map_or(&[][..], |meaning| &meaning.columns);
    let field = |at: usize| columns.get(at).map(String::as_str);
    let table = |rows: &[Vec<EvidenceValue>]| {
        html! {
            div.wide tabindex="0" {
                table {
                    @if !columns.is_empty() {
                        thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    }
                    tbody {
                        @for row in rows {
                            tr { @for (at, value) in row.iter().enumerate() { (place.value_of(field(at), value)) } }
                        }
                    }
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
