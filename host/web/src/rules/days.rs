//! Counts by day, as bars.

use std::collections::BTreeMap;

use engine::judgement::Day;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::chart::{self, Bar};
use crate::text::{EN, grouped};

/// So many days are drawn at most, the newest.
const MAX_DAYS: usize = 92;

/// A chart of a count of each day; days of which nothing is known count as none.
pub(crate) fn chart(title: &str, days: &BTreeMap<String, Day>, count: fn(&Day) -> u64) -> Markup {
    let bars = bars(days, count);
    html! { (chart::bars(title, (EN.rules.day, EN.comparison.count), &bars)) }
}

fn bars(days: &BTreeMap<String, Day>, count: fn(&Day) -> u64) -> Vec<Bar> {
    let bar = |label: String| {
        let value = days.get(&label).map_or(0, count);
        Bar {
            value: value as f64,
            shown: grouped(value),
            is_marked: false,
            label,
        }
    };
    let date = |label: &String| label.parse::<Date>().ok();
    let first = days.keys().next().and_then(date);
    let last = days.keys().next_back().and_then(date);
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let mut day = last;
    while day >= first && all.len() < MAX_DAYS {
        all.push(bar(day.to_string()));
        match day.yesterday() {
            Ok(before) => day = before,
            Err(_) => break,
        }
    }
    all.reverse();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_a_count_stand_between_the_others() {
        let count = |both| Day {
            both,
            ..Day::default()
        };
        let days = [("2026-02-27", 2), ("2026-03-02", 1)];
        let days = days.map(|(day, both)| (day.to_owned(), count(both)));
        let bars = bars(&BTreeMap::from(days), |day| day.both);
        let bars: Vec<(&str, f64)> = bars.iter().map(|bar| (&*bar.label, bar.value)).collect();
        let expect = [
            ("2026-02-27", 2.0),
            ("2026-02-28", 0.0),
            ("2026-03-01", 0.0),
            ("2026-03-02", 1.0),
        ];
        assert_eq!(bars, expect);
    }

    #[test]
    fn the_newest_days_are_drawn_of_many() {
        let days = ["2020-01-01", "2026-03-02"];
        let days = days.map(|day| (day.to_owned(), Day::default()));
        let bars = bars(&BTreeMap::from(days), |day| day.both);
        assert_eq!(bars.len(), MAX_DAYS);
        assert_eq!(bars.last().expect("a day").label, "2026-03-02");
    }
}
