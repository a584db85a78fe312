//! Making an alert by hand.

/// Making an alert by hand.
pub(crate) struct NewAlertText {
    pub(crate) title: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) other_type: &'static str,
    pub(crate) alert_title: &'static str,
    pub(crate) as_the_type: &'static str,
    pub(crate) transactions_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) unreadable: fn(&str) -> String,
}

/// English.
pub(crate) const EN: NewAlertText = NewAlertText {
    title: "New alert",
    choose: "What was noticed? Choose the type of the alert.",
    other_type: "Choose another type",
    alert_title: "Title",
    as_the_type: "as the type sets it",
    transactions_hint: "Ids of transactions of the team, one on each line",
    submit: "Create alert",
    unreadable: |field| format!("what is typed into '{field}' cannot be read as its type asks"),
};
