//! How one likes the pages to be.

/// How one likes the pages to be.
pub(crate) struct PreferencesText {
    pub(crate) title: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) timezone_hint: fn(&str) -> String,
    pub(crate) theme: &'static str,
    pub(crate) system: &'static str,
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
    pub(crate) rows: &'static str,
    pub(crate) shortcuts: &'static str,
    pub(crate) shortcuts_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) changed: &'static str,
}

/// English.
pub(crate) const EN: PreferencesText = PreferencesText {
    title: "Preferences",
    timezone: "Time zone",
    timezone_hint: |usual| {
        format!("Leave it empty for that of your organisation, which is {usual}.")
    },
    theme: "Colours",
    system: "as my system is set",
    light: "light",
    dark: "dark",
    rows: "Rows on a page of a list",
    shortcuts: "Keyboard shortcuts",
    shortcuts_hint: "Press ? on any page to see them.",
    save: "Save",
    changed: "Your preferences were saved.",
};
