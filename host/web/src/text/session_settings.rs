//! What becomes of the transactions that account-aggregation sessions fetch.

/// What becomes of the transactions that account-aggregation sessions fetch.
pub(crate) struct SessionSettingsText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) team: &'static str,
    pub(crate) no_team: &'static str,
    pub(crate) fields: &'static str,
    pub(crate) fields_hint: &'static str,
    pub(crate) field: &'static str,
    pub(crate) source: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) row: fn(usize) -> String,
}

/// English.
pub(crate) const EN: SessionSettingsText = SessionSettingsText {
    title: "Fetched transactions",
    hint: "Account-aggregation sessions fetch transactions from banks. They are monitored once a team is chosen whose rules judge them; those that were fetched before stay as they are.",
    team: "Team whose rules judge them",
    no_team: "none: fetched transactions are not monitored",
    fields: "Where fields come from",
    fields_hint: "For a field of the team's payload schema, what it takes of a fetched transaction, such as transaction.amount. Fields that are not named here take the value of the same name. Clear a field to remove its row; save for more empty rows.",
    field: "Field",
    source: "Takes",
    saved: "The settings were saved.",
    row: |number| format!("row {number}"),
};
