//! Views as they are stored.

use uuid::Uuid;

use super::{NewView, View};
use crate::alerts::filters::AlertFilters;
use domain::rule::Level;
use domain::time::Timestamp;
use engine::alert::index::{Sort, SortKey};
use tenant::{ExportFilter, FilterLevel, MoreFilters, SavedView};

impl View {
    pub(super) fn of(view: &SavedView) -> Self {
        Self {
            id: Uuid::try_parse(&view.id).unwrap_or_default(),
            name: view.name.clone(),
            filters: filters(view),
            sort: view.sort.as_deref().and_then(parse_sort),
            created_at: Timestamp::from_micros(view.created_at),
            created_by: view.created_by.clone(),
            version: view.version,
        }
    }
}

impl NewView {
    /// The view in the place of another.
    pub(super) fn stored(self, place: SavedView) -> SavedView {
        let filters = self.filters;
        let levels = |levels: Vec<Level>| levels.into_iter().map(FilterLevel::from).collect();
        SavedView {
            name: self.name,
            alerts: ExportFilter {
                team: filters.team,
                incident_type: filters.incident_type,
                state: filters.state,
                label: filters.label,
                outcome: filters.outcome,
                severity: levels(filters.severity),
                priority: levels(filters.priority),
                rule: filters.rule,
                dprofile_id: filters.dprofile_id,
                user_id: filters.user_id,
                created_from: filters.created_from,
                created_to: filters.created_to,
            },
            more: MoreFilters {
                txn_id: filters.txn_id,
                closed_from: filters.closed_from.map(Timestamp::as_micros),
                closed_to: filters.closed_to.map(Timestamp::as_micros),
                due_before: filters.due_before.map(Timestamp::as_micros),
                overdue: filters.overdue,
                text: filters.text,
            },
            sort: self.sort.map(|sort| sort_name(sort).to_owned()),
            ..place
        }
    }
}

fn filters(view: &SavedView) -> AlertFilters {
    let (alerts, more) = (view.alerts.clone(), view.more.clone());
    let levels = |levels: Vec<FilterLevel>| levels.into_iter().map(Level::from).collect();
    AlertFilters {
        state: alerts.state,
        severity: levels(alerts.severity),
        priority: levels(alerts.priority),
        incident_type: alerts.incident_type,
        team: alerts.team,
        rule: alerts.rule,
        dprofile_id: alerts.dprofile_id,
        user_id: alerts.user_id,
        label: alerts.label,
        outcome: alerts.outcome,
        created_from: alerts.created_from,
        created_to: alerts.created_to,
        closed_from: more.closed_from.map(Timestamp::from_micros),
        closed_to: more.closed_to.map(Timestamp::from_micros),
        due_before: more.due_before(),
        txn_id: more.txn_id,
        overdue: more.overdue,
        text: more.text,
    }
}

/// The orders of a list of alerts, by name; the greatest first where a `-` stands before it.
const SORT_KEYS: [(&str, SortKey); 5] = [
    ("-created_at", SortKey::CreatedAt),
    ("-updated_at", SortKey::UpdatedAt),
    ("-due_date", SortKey::DueDate),
    ("-severity", SortKey::Severity),
    ("-priority", SortKey::Priority),
];

/// An order as it is named, such as `-created_at`.
pub fn sort_name(sort: Sort) -> &'static str {
    let mut keys = SORT_KEYS.iter();
    let found = keys.find(|(_, key)| *key == sort.by);
    let name = found.map_or(SORT_KEYS[0].0, |(name, _)| name);
    match sort.descending {
        true => name,
        false => name.trim_start_matches('-'),
    }
}

/// Reads what [`sort_name`] writes.
pub fn parse_sort(name: &str) -> Option<Sort> {
    let key = name.strip_prefix('-').unwrap_or(name);
    let mut keys = SORT_KEYS.iter();
    let found = keys.find(|(known, _)| known.strip_prefix('-') == Some(key));
    found.map(|(known, by)| Sort {
        by: *by,
        descending: *known == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_read_as_it_is_written() {
        for (_, by) in SORT_KEYS {
            for descending in [true, false] {
                let sort = Sort { by, descending };
                assert_eq!(parse_sort(sort_name(sort)), Some(sort));
            }
        }
        assert_eq!(parse_sort("colour"), None);
        assert_eq!(parse_sort("--severity"), None);
    }
}
