//! What became of an alert, in words.

use domain::alert::PartKind;

/// What became of an alert, in words.
pub(crate) struct HistoryText {
    /// Actions of the audit with what somebody did.
    pub(crate) actions: [(&'static str, &'static str); 18],
    /// Fields with what people call them.
    pub(crate) fields: [(&'static str, &'static str); 26],
    pub(crate) other_action: &'static str,
    pub(crate) task: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) administrator: &'static str,
    pub(crate) host: &'static str,
    pub(crate) rule: fn(&str) -> String,
}

impl HistoryText {
    /// What somebody did.
    pub(crate) fn action(&self, action: &str) -> &'static str {
        let found = self.actions.iter().find(|(name, _)| *name == action);
        found.map_or(self.other_action, |(_, words)| words)
    }

    /// What people call a field of an alert, or of a part of it.
    pub(crate) fn field<'f>(&self, field: &'f str, part: Option<PartKind>) -> &'f str {
        if field == "title" && part == Some(PartKind::Task) {
            return self.task;
        }
        let found = self.fields.iter().find(|(name, _)| *name == field);
        found.map_or(field, |(_, words)| *words)
    }

    /// Whether something is so.
    pub(crate) fn truth(&self, truth: bool) -> &'static str {
        if truth { self.yes } else { self.no }
    }
}

/// English.
pub(crate) const EN: HistoryText = HistoryText {
    actions: [
        ("alert.bulk", "changed the alert with others"),
        ("alert.change", "changed the alert"),
        ("alert.count_failure", "counted another failure"),
        ("alert.create", "raised the alert"),
        ("alert.join", "added an alert to this one"),
        ("alert.merge", "merged alerts into this one"),
        ("alert.merge_into", "merged the alert into another one"),
        ("alert.move", "moved the alert"),
        ("alert.unmerge", "took alerts out of this one"),
        ("alert.unmerge_from", "took the alert out of another one"),
        ("comment.change", "edited a comment"),
        ("comment.create", "commented"),
        ("comment.delete", "deleted a comment"),
        ("document.create", "added a document"),
        ("document.delete", "deleted a document"),
        ("task.change", "changed a task"),
        ("task.create", "added a task"),
        ("task.delete", "deleted a task"),
    ],
    fields: [
        ("bytes", "Bytes"),
        ("closed_at", "Closed"),
        ("description", "Description"),
        ("done", "Done"),
        ("dprofile_id", "Customer"),
        ("due_date", "Due"),
        ("incident_type", "Type"),
        ("info", "Details"),
        ("labels", "Labels"),
        ("media_type", "Kind of file"),
        ("merged", "Merged alerts"),
        ("merged_from", "Merged from"),
        ("merged_into", "Merged into"),
        ("name", "Name"),
        ("outcome", "Outcome"),
        ("priority", "Priority"),
        ("rule", "Rule"),
        ("score", "Score"),
        ("severity", "Severity"),
        ("sha256", "SHA-256"),
        ("state", "State"),
        ("team", "Team"),
        ("text", "Text"),
        ("title", "Title"),
        ("txn_ids", "Transactions"),
        ("user_id", "Assignee"),
    ],
    other_action: "changed something",
    task: "Task",
    changed: "changed",
    nothing: "nothing",
    yes: "yes",
    no: "no",
    administrator: "the operator",
    host: "the host",
    rule: |rule| format!("rule {rule}"),
};
