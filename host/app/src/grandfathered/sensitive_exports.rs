//! Exports that show what rules compute from masked fields to everyone who may read exports.

use super::{Grandfathered, Stored};

/// The exports that an earlier release defined, where the tenant has masked fields.
pub(super) fn sensitive_exports(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let definitions = stored.definitions;
    let mut teams = definitions.teams.iter();
    if !teams.any(|team| team.has_masked_fields()) {
        return Vec::new();
    }
    let exports = definitions.exports.iter();
    let undecided = exports.filter(|export| export.sensitive.is_none());
    let found = undecided.map(|export| Grandfathered {
        kind: "sensitive_export",
        name: export.name.clone(),
        reason: "its files show what rules compute from masked fields, and whoever may read exports may fetch them; \
                 set its 'sensitive' to 'mask' or 'show' to decide"
            .to_owned(),
    });
    found.collect()
}
