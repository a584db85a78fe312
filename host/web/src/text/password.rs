//! One's own password.

/// One's own password.
pub(crate) struct PasswordText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) changed: &'static str,
}

/// English.
pub(crate) const EN: PasswordText = PasswordText {
    title: "Password",
    hint: "At least 12 characters. All other browsers in which you are signed in are signed out.",
    current: "Current password",
    new: "New password",
    submit: "Change password",
    changed: "Your password was changed.",
};
