//! Charts: SVG that the host draws, each with its numbers in a table beside it.

use maud::{Markup, html};

use crate::text::EN;

/// How wide a bar is with the room beside it, and how high the drawing is; the page stretches both.
const STEP: f64 = 10.0;
const HEIGHT: f64 = 100.0;

/// A drawing has room for so many bars, so that one alone is not as wide as the page.
const LEAST_BARS: usize = 14;

/// One bar, with its value as a number and as people read it.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    pub(crate) shown: String,
    /// What the page is about, among others.
    pub(crate) is_marked: bool,
}

/// Bars from left to right. `columns` are the titles of the table: of the labels, and of the values.
pub(crate) fn bars(title: &str, columns: (&str, &str), bars: &[Bar]) -> Markup {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return html! { p.empty { (EN.elements.no_numbers) } };
    };
    let scale = Scale::of(bars);
    let width = STEP * bars.len().max(LEAST_BARS) as f64;
    html! {
        figure.chart {
            figcaption { (title) }
            svg role="img" aria-label=(title) viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" {
                // Who does not see them has the table below.
                g aria-hidden="true" {
                    @for (at, bar) in bars.iter().enumerate() {
                        @let (y, height) = scale.place(bar.value);
                        rect class=[bar.is_marked.then_some("marked")]
                            x=(STEP * at as f64 + 1.0) y=(y) width=(STEP - 2.0) height=(height) {
                            title { (bar.label) ": " (bar.shown) }
                        }
                    }
                }
                line x1="0" x2=(width) y1=(scale.zero) y2=(scale.zero) {}
            }
            p.ends { span { (first.label) } @if bars.len() > 1 { span { (last.label) } } }
            details {
                summary { (EN.elements.numbers) }
                div.wide {
                    table {
                        thead { tr { th scope="col" { (columns.0) } th.number scope="col" { (columns.1) } } }
                        tbody {
                            @for bar in bars {
                                tr {
                                    th scope="row" { @if bar.is_marked { strong { (bar.label) } } @else { (bar.label) } }
                                    td.number { (bar.shown) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where values stand in the drawing.
struct Scale {
    /// The height at which zero stands.
    zero: f64,
    /// How high one is.
    one: f64,
}

impl Scale {
    /// The scale in which all bars, and zero, have room.
    fn of(bars: &[Bar]) -> Self {
        let values = || {
            bars.iter()
                .map(|bar| bar.value)
                .filter(|value| value.is_finite())
        };
        let most = values().fold(0.0, f64::max);
        let least = values().fold(0.0, f64::min);
        let span = most - least;
        match span > 0.0 && span.is_finite() {
            true => Self {
                zero: HEIGHT * (most / span),
                one: HEIGHT / span,
            },
            false => Self {
                zero: HEIGHT,
                one: 0.0,
            },
        }
    }

    /// The upper edge of a bar, and its height.
    fn place(&self, value: f64) -> (f64, f64) {
        let value = if value.is_finite() { value } else { 0.0 };
        let height = (value.abs() * self.one).min(HEIGHT);
        match value < 0.0 {
            true => (self.zero, height),
            false => (self.zero - height, height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: f64) -> Bar {
        Bar {
            label: "2026-11-23".to_owned(),
            value,
            shown: value.to_string(),
            is_marked: false,
        }
    }

    #[test]
    fn all_bars_have_room() {
        let check = |values: &[f64], expect: &[(f64, f64)]| {
            let bars: Vec<Bar> = values.iter().copied().map(bar).collect();
            let scale = Scale::of(&bars);
            let placed: Vec<_> = values.iter().map(|value| scale.place(*value)).collect();
            assert_eq!(placed, expect, "{values:?}");
        };
        check(
            &[0.0, 5.0, 10.0],
            &[(100.0, 0.0), (50.0, 50.0), (0.0, 100.0)],
        );
        check(&[5.0, -5.0], &[(0.0, 50.0), (50.0, 50.0)]);
        check(&[0.0], &[(100.0, 0.0)]);
        check(&[f64::NAN, 1.0], &[(100.0, 0.0), (0.0, 100.0)]);
    }

    #[test]
    fn what_is_not_there_is_not_drawn() {
        let drawn = bars("Findings", ("Day", "Findings"), &[]).into_string();
        assert!(!drawn.contains("<svg"), "{drawn}");
    }
}
