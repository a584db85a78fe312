//! Setting a password with a link.

/// Setting a password with a link.
pub(crate) struct SetPasswordText {
    pub(crate) title: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) submit: &'static str,
}

/// English.
pub(crate) const EN: SetPasswordText = SetPasswordText {
    title: "Set your password",
    code: "Code",
    code_hint: "The link that you were given fills it in; otherwise it is what stands behind the # of the link.",
    submit: "Set password and sign in",
};
