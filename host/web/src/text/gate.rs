//! What a shadow rule must have shown before it is promoted.

/// What a shadow rule must have shown before it is promoted.
pub(crate) struct GateText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) is_on: &'static str,
    pub(crate) shadow_hours: &'static str,
    pub(crate) transactions: &'static str,
    pub(crate) max_more: &'static str,
    pub(crate) max_fewer: &'static str,
    pub(crate) max_failures: &'static str,
    pub(crate) any: &'static str,
    pub(crate) no_number: &'static str,
    pub(crate) saved: &'static str,
}

/// English.
pub(crate) const EN: GateText = GateText {
    title: "Promotion",
    hint: "A rule in shadow judges transactions beside the live one and raises no alerts. With conditions here it can be promoted to live only once it has met all of them.",
    is_on: "Rules must meet conditions before they are promoted",
    shadow_hours: "Hours in shadow at least",
    transactions: "Transactions judged beside the live rule at least",
    max_more: "Alerts more than the live rule at most",
    max_fewer: "Alerts fewer than the live rule at most",
    max_failures: "Transactions that it failed on at most",
    any: "any number",
    no_number: "numbers are whole, and zero or more",
    saved: "The conditions were saved.",
};
