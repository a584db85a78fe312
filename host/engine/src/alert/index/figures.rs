//! What alerts add up to over time.

use std::collections::HashMap;

use domain::time::Timestamp;

use super::AlertIndex;
use super::query::{AlertQuery, GroupBy};

/// Alerts that were created in the same span of time and have the same values of what they are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanGroup {
    /// The number of the span.
    pub span: usize,
    /// The values, in the order in which they were asked for; none if alerts have none.
    pub values: Vec<Option<String>>,
    /// How many.
    pub count: u64,
}

impl AlertIndex {
    /// Counts the alerts that are sought by when they were created. Each bound, which rise, begins a span, and the last ends
    /// one; alerts outside of all are left out, and so are spans without alerts.
    pub fn count_by_spans(
        &self,
        query: &AlertQuery,
        by: &[GroupBy],
        bounds: &[Timestamp],
    ) -> Vec<SpanGroup> {
        let mut by_values: HashMap<(usize, u32), u64> = HashMap::new();
        // Alerts of one span come one after the other, since rows are in the order of creation.
        let mut last: Option<((usize, u32), u64)> = None;
        for row in &self.matching(query) {
            let row = &self.rows[row];
            let behind = bounds.partition_point(|bound| *bound <= row.created_at);
            if behind == 0 || behind == bounds.len() || !self.is_in_time(query, row) {
                continue;
            }
            let key = (behind - 1, row.values);
            match &mut last {
                Some((known, count)) if *known == key => *count += 1,
                _ => {
                    if let Some((known, count)) = last.replace((key, 1)) {
                        *by_values.entry(known).or_default() += count;
                    }
                }
            }
        }
        if let Some((known, count)) = last {
            *by_values.entry(known).or_default() += count;
        }
        let mut counts: HashMap<(usize, Vec<Option<u32>>), u64> = HashMap::new();
        for ((span, number), count) in by_values {
            let values = by.iter().map(|by| self.values.value(number, by.field()));
            *counts.entry((span, values.collect())).or_default() += count;
        }
        let name = |number: Option<u32>| number.map(|number| self.names.name(number).to_owned());
        let groups = counts.into_iter().map(|((span, values), count)| SpanGroup {
            span,
            values: values.into_iter().map(name).collect(),
            count,
        });
        let mut groups: Vec<SpanGroup> = groups.collect();
        groups.sort();
        groups
    }

    /// How long each of the alerts that are sought was open before it was closed, in microseconds; those that are not
    /// closed are left out.
    pub fn times_to_close(&self, query: &AlertQuery) -> Vec<u64> {
        let rows = self.matching(query);
        let rows = rows.iter().map(|row| &self.rows[row]);
        let rows = rows.filter(|row| self.is_in_time(query, row));
        let times = rows.filter_map(|row| {
            let open = row.closed_at()?.as_micros() - row.created_at.as_micros();
            u64::try_from(open).ok()
        });
        times.collect()
    }

    /// When the first and the last alert were created; none if there are no alerts.
    pub fn created(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.whole.min()?, self.whole.max()?);
        Some((self.rows[first].created_at, self.rows[last].created_at))
    }
}
