//! What all pages share.

/// What all pages share.
pub(crate) struct FrameText {
    pub(crate) skip: &'static str,
    pub(crate) current_team: &'static str,
    pub(crate) search: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) parts: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) keys: &'static str,
    /// Each key with what it does.
    pub(crate) each_key: [(&'static str, &'static str); 15],
    pub(crate) close: &'static str,
    pub(crate) ending: &'static str,
    pub(crate) ending_hint: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) stay: &'static str,
    pub(crate) stayed: &'static str,
}

/// English.
pub(crate) const EN: FrameText = FrameText {
    skip: "Skip to content",
    current_team: "Current team",
    search: "Find an id, or alerts by words",
    sign_out: "Sign out",
    parts: "Parts of the back office",
    alerts: "Alerts",
    settings: "Settings",
    keys: "Keyboard shortcuts",
    each_key: [
        ("j", "next row"),
        ("k", "previous row"),
        ("Enter", "open the row"),
        ("x", "select the row"),
        ("n", "take the next alert, in the queue"),
        ("]", "next alert of the queue"),
        ("[", "previous alert of the queue"),
        ("u", "back to the queue"),
        ("i", "assign to me"),
        ("a", "assign to somebody"),
        ("l", "levels, labels and due date"),
        ("c", "comment"),
        ("e", "choose the outcome"),
        ("/", "search"),
        ("?", "show these keys"),
    ],
    close: "Close",
    ending: "You will be signed out soon",
    ending_hint: "In less than two minutes your sign-in ends. What you typed into text areas stays in this tab until it is sent.",
    ended: "Your sign-in cannot be extended.",
    stay: "Stay signed in",
    stayed: "You are signed in.",
};
