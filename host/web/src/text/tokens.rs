//! One's own access tokens.

/// One's own access tokens.
pub(crate) struct TokensText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) own: &'static str,
    pub(crate) none: &'static str,
    pub(crate) new: &'static str,
    pub(crate) name: &'static str,
    pub(crate) lifetime: &'static str,
    pub(crate) create: &'static str,
    pub(crate) made: &'static str,
    pub(crate) once: &'static str,
    pub(crate) the_token: &'static str,
    pub(crate) no_such_lifetime: &'static str,
    pub(crate) days: fn(u64) -> String,
}

/// English.
pub(crate) const EN: TokensText = TokensText {
    title: "Tokens",
    hint: "With a token a program calls the API as you: it may do what you may, until it expires or is revoked.",
    own: "Your tokens",
    none: "You have no token.",
    new: "New token",
    name: "What it is for",
    lifetime: "Expires after",
    create: "Create token",
    made: "A new token",
    once: "It is shown this once. Keep it where secrets are kept: anyone who has it acts as you.",
    the_token: "Token",
    no_such_lifetime: "a token is made for 30, 90 or 365 days, or without an end",
    days: |days| format!("{days} days"),
};
