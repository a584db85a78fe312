//! What two rules found in the same transactions: counts, by severity and by day.

use engine::judgement::{Comparison, Severities};
use maud::{Markup, html};

use super::days;
use crate::text::{EN, grouped};

/// The counts of a comparison of rules with these names.
pub(crate) fn counts(compared: &Comparison, one: &str, other: &str) -> Markup {
    let text = &EN.comparison;
    let only_one = (text.only)(one);
    let only_other = (text.only)(other);
    let rows: [(&str, Severities); 5] = [
        (&only_one, compared.only_one),
        (&only_other, compared.only_other),
        (text.both, compared.both),
        (&format!("{}: {one}", text.changed), compared.changed_one),
        (
            &format!("{}: {other}", text.changed),
            compared.changed_other,
        ),
    ];
    html! {
        div.wide tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (text.found_in) }
                        th.number scope="col" { "high" }
                        th.number scope="col" { "medium" }
                        th.number scope="col" { "low" }
                        th.number scope="col" { (text.total) }
                    }
                }
                tbody {
                    @for (title, counts) in rows {
                        tr {
                            th scope="row" { (title) }
                            td.number { (grouped(counts.high)) }
                            td.number { (grouped(counts.medium)) }
                            td.number { (grouped(counts.low)) }
                            td.number { strong { (grouped(counts.count())) } }
                        }
                    }
                    @for (name, failed) in [(one, compared.failed_one), (other, compared.failed_other)] {
                        @if failed > 0 {
                            tr {
                                th scope="row" { ((text.failed_by)(name)) }
                                td {} td {} td {}
                                td.number { strong { (grouped(failed)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The same by day: a chart for each way in which the two differ or agree.
pub(crate) fn by_day(compared: &Comparison, one: &str, other: &str) -> Markup {
    let text = &EN.comparison;
    let days = &compared.days;
    html! {
        @if !days.is_empty() {
            h3 { (text.by_day) }
            div.charts {
                (days::chart(&(text.only)(one), days, |day| day.only_one))
                (days::chart(&(text.only)(other), days, |day| day.only_other))
                (days::chart(text.both, days, |day| day.both))
                (days::chart(text.changed, days, |day| day.changed))
            }
        }
    }
}
