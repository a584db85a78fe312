//! Merging alerts.

/// Merging alerts.
pub(crate) struct MergeText {
    pub(crate) title: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) no_customer: &'static str,
    pub(crate) away: &'static str,
    pub(crate) away_note: &'static str,
    pub(crate) take_out: &'static str,
    pub(crate) merge: &'static str,
    pub(crate) merge_title: &'static str,
    pub(crate) with: &'static str,
    pub(crate) no_others: &'static str,
    pub(crate) no_others_hint: &'static str,
    pub(crate) look: &'static str,
    pub(crate) ids: &'static str,
    pub(crate) ids_hint: &'static str,
    pub(crate) new_title: &'static str,
    pub(crate) title_hint: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) one_more: &'static str,
    pub(crate) sure: &'static str,
    pub(crate) holds: &'static str,
    pub(crate) joins: &'static str,
    pub(crate) follows: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) no_id: fn(&str) -> String,
    pub(crate) merge_all: fn(usize) -> String,
    pub(crate) take_out_question: fn(&str) -> String,
}

/// English.
pub(crate) const EN: MergeText = MergeText {
    title: "Merged alerts",
    nothing: "No other alert is part of this one.",
    closed: "A closed alert cannot be merged; reopen it first.",
    no_customer: "The alert is about no customer, so it cannot be merged.",
    away: "This alert is part of another one now",
    away_note: "Work goes on there: comments, tasks, documents and findings of this alert are shown there, too. This page shows the alert as it was when it was merged.",
    take_out: "Take out of the merged alert",
    merge: "Merge with other alerts",
    merge_title: "Merge alerts",
    with: "Open alerts of the team about this customer",
    no_others: "The team has no other open alert about this customer.",
    no_others_hint: "Alerts about other customers, or of other teams, cannot be merged with this one.",
    look: "open",
    ids: "Other alerts, by id",
    ids_hint: "separated by blanks or commas",
    new_title: "Title of the merged alert",
    title_hint: "If you leave this empty, the title of the oldest alert stays.",
    go_on: "Go on",
    one_more: "choose at least one other alert to merge this one with",
    sure: "Merge these alerts?",
    holds: "The oldest alert holds the others:",
    joins: "These become part of it:",
    follows: "It gets the labels of all of them. The others can still be opened, and say where they went. You can take each of them out again.",
    cancel: "Cancel",
    no_id: |text| format!("'{text}' is no id of an alert"),
    merge_all: |count| format!("Merge {count} alerts"),
    take_out_question: |title| {
        format!(
            "Take '{title}' out again? It becomes an alert of its own, with its findings, comments, tasks and documents. What merging had raised is lowered again."
        )
    },
};
