//! Signing in.

/// Signing in.
pub(crate) struct SignInText {
    pub(crate) title: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) login: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) not_safe: &'static str,
}

/// English.
pub(crate) const EN: SignInText = SignInText {
    title: "Sign in",
    organisation: "Organisation",
    login: "Login",
    password: "Password",
    submit: "Sign in",
    not_safe: "Nobody can sign in here: this host is reached over plain HTTP, and what you type could be read on the way. The operator sets 'public_url' to an address that begins with https://, behind a proxy that speaks TLS.",
};
