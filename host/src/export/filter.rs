//! Which alerts an export holds.

use domain::alert::Alert;

use crate::tenant::ExportFilter;

/// Whether an alert passes a filter: of each member, any of its values; none means all.
pub fn matches(filter: &ExportFilter, alert: &Alert) -> bool {
    let any_of = |values: &[String], value: &str| {
        values.is_empty() || values.iter().any(|wanted| wanted == value)
    };
    let has_label = |wanted: &String| alert.labels.iter().any(|label| label.as_str() == wanted);
    any_of(&filter.team, &alert.team)
        && any_of(&filter.incident_type, &alert.incident_type)
        && any_of(&filter.state, &alert.state)
        && any_of(&filter.severity, alert.severity.as_str())
        && (filter.label.is_empty() || filter.label.iter().any(has_label))
}
