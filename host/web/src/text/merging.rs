//! How new alerts join older ones.

/// How new alerts join older ones.
pub(crate) struct MergingText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) period: &'static str,
    pub(crate) off: &'static str,
    pub(crate) hour: &'static str,
    pub(crate) day: &'static str,
    pub(crate) week: &'static str,
    pub(crate) month: &'static str,
    pub(crate) condition: &'static str,
    pub(crate) same_type: &'static str,
    pub(crate) same_rule: &'static str,
    pub(crate) always: &'static str,
    pub(crate) saved: &'static str,
}

/// English.
pub(crate) const EN: MergingText = MergingText {
    title: "Merging",
    hint: "A new alert joins the oldest open alert of the same team about the same customer that was created within the period before it. Alerts that are there stay as they are; people merge others by hand.",
    period: "Created within",
    off: "new alerts join no other",
    hour: "an hour",
    day: "24 hours",
    week: "7 days",
    month: "30 days",
    condition: "What they must have in common besides",
    same_type: "the type of alert",
    same_rule: "the rule",
    always: "nothing else",
    saved: "Merging was changed.",
};
