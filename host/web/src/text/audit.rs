//! The audit.

/// The audit.
pub(crate) struct AuditText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    pub(crate) none_of_page: &'static str,
    pub(crate) at: &'static str,
    pub(crate) who: &'static str,
    pub(crate) who_hint: &'static str,
    pub(crate) action: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) changes: &'static str,
    pub(crate) changed: fn(usize) -> String,
    pub(crate) more: fn(u64) -> String,
    pub(crate) made: &'static str,
    pub(crate) deleted: &'static str,
    pub(crate) member: &'static str,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) administrator: &'static str,
    pub(crate) host: &'static str,
    pub(crate) rule: fn(&str, &str) -> String,
}

/// English.
pub(crate) const EN: AuditText = AuditText {
    title: "Audit",
    hint: "Who did what, and when. Entries cannot be changed or removed.",
    none: "No entry matches.",
    none_hint: "Take filters away, or choose other times.",
    none_of_page: "None of the entries that were looked at matches; the next page has older ones.",
    at: "Time",
    who: "Who",
    who_hint: "login, team/rule, host",
    action: "Action",
    subject: "Subject",
    changes: "Changes",
    changed: |count| match count {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    },
    more: |count| format!("{count} more changes are not kept in detail"),
    made: "created",
    deleted: "deleted",
    member: "Member",
    before: "Before",
    after: "After",
    administrator: "operator",
    host: "host",
    rule: |team, rule| format!("rule {rule} of {team}"),
};
