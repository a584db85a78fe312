//! Samples of a comparison, side by side, with what differs marked.

use app::rules::samples::{ComparedTransaction, RuleOutcome};
use engine::alert::EvidenceItem;
use engine::judgement::Kind;
use maud::{Markup, html};

use crate::alerts::evidence;
use crate::text::EN;
use crate::when::Zone;

/// The samples of a comparison of rules with these names, newest first, those that differ before those that do not.
pub(crate) fn section(
    samples: &[ComparedTransaction],
    one: &str,
    other: &str,
    zone: &Zone,
) -> Markup {
    let text = &EN.comparison;
    let kinds = [
        (Kind::OnlyOne, (text.only)(one)),
        (Kind::OnlyOther, (text.only)(other)),
        (Kind::Changed, text.changed.to_owned()),
        (Kind::Failed, text.failed.to_owned()),
        (Kind::Both, text.both.to_owned()),
    ];
    html! {
        section.card aria-labelledby="samples" {
            h2 #samples { (text.samples) }
            @if samples.is_empty() { p.empty { (text.no_samples) } }
            @for (kind, title) in kinds {
                @let of_kind: Vec<&ComparedTransaction> =
                    samples.iter().rev().filter(|sample| sample.kind == kind).collect();
                @if !of_kind.is_empty() {
                    h3 { (title) " " span.note { ((text.newest)(of_kind.len())) } }
                    @for sample in of_kind { (one_sample(sample, one, other, zone)) }
                }
            }
        }
    }
}

fn one_sample(sample: &ComparedTransaction, one: &str, other: &str, zone: &Zone) -> Markup {
    let text = &EN.comparison;
    let has_both = !sample.one.findings.is_empty() && !sample.other.findings.is_empty();
    html! {
        details.sample {
            summary {
                (EN.alert.transaction) " " code { (sample.txn_id) } " · " (zone.time(sample.date_time))
                @if let Some(title) = title(sample) { span.note { " · " (title) } }
            }
            div.wide tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { (EN.alert.input) }
                            th scope="col" { (one) }
                            th scope="col" { (other) }
                        }
                    }
                    tbody {
                        (row(text.outcome, said(&sample.one) != said(&sample.other), &outcome(&sample.one), &outcome(&sample.other)))
                        @for name in names(sample) {
                            @let values = [find(&sample.one, name), find(&sample.other, name)];
                            @let differs = has_both && values[0].map(|item| &item.value) != values[1].map(|item| &item.value);
                            (row(name, differs, &cell(values[0]), &cell(values[1])))
                        }
                    }
                }
            }
        }
    }
}

/// A row of both sides; one that differs says so, besides being marked.
fn row(name: &str, differs: bool, one: &Markup, other: &Markup) -> Markup {
    html! {
        tr.differs[differs] {
            th scope="row" { (name) @if differs { " " span.label { "≠ " (EN.comparison.differs) } } }
            td { (one) }
            td { (other) }
        }
    }
}

/// What a comparison shows of the first finding of each side.
fn title(sample: &ComparedTransaction) -> Option<&str> {
    let findings = sample.one.findings.iter().chain(&sample.other.findings);
    findings.map(|found| &*found.finding.title).next()
}

/// What an outcome is compared by.
fn said(outcome: &RuleOutcome) -> Vec<(&str, &str)> {
    let findings = outcome.findings.iter();
    let findings = findings.map(|found| (&*found.severity, &*found.finding.title));
    let failure = outcome.failure.iter().map(|failure| ("", &**failure));
    findings.chain(failure).collect()
}

fn outcome(outcome: &RuleOutcome) -> Markup {
    html! {
        @if let Some(failure) = &outcome.failure { span.late { "! " (failure) } }
        @else if outcome.findings.is_empty() { span.note { (EN.comparison.clear) } }
        @for found in &outcome.findings {
            div {
                @match found.alert {
                    Some(alert) => a href={ "/alerts/" (alert) } { (found.finding.title) },
                    None => (found.finding.title),
                }
                " " span.label { (found.severity) }
                @if let Some(score) = found.finding.score { " " span.note { (EN.comparison.score) " " (score) } }
            }
        }
    }
}

/// The inputs of a side: all findings of a transaction have the same.
fn evidence_of(outcome: &RuleOutcome) -> &[EvidenceItem] {
    let first = outcome.findings.first();
    first.map_or(&[], |found| &found.finding.evidence)
}

fn find<'o>(outcome: &'o RuleOutcome, name: &str) -> Option<&'o EvidenceItem> {
    evidence_of(outcome).iter().find(|item| item.name == name)
}

/// The names of the inputs of both sides, each once.
fn names(sample: &ComparedTransaction) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let items = evidence_of(&sample.one).iter();
    for item in items.chain(evidence_of(&sample.other)) {
        if !names.contains(&&*item.name) {
            names.push(&item.name);
        }
    }
    names
}

fn cell(item: Option<&EvidenceItem>) -> Markup {
    match item {
        Some(item) => evidence::shown(&item.value),
        None => html! { span.note { "–" } },
    }
}
