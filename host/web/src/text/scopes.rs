//! Scopes, the roles of users.

/// Scopes, the roles of users.
pub(crate) struct ScopesText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) of_every_tenant: &'static str,
    pub(crate) own: &'static str,
    pub(crate) name: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) description: &'static str,
    pub(crate) permissions: &'static str,
    pub(crate) new: &'static str,
    pub(crate) change: &'static str,
    pub(crate) make: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) delete_question: &'static str,
    pub(crate) count: fn(usize) -> String,
}

/// English.
pub(crate) const EN: ScopesText = ScopesText {
    title: "Scopes",
    hint: "A scope is a role: a set of permissions under a name, which users are given.",
    of_every_tenant: "every organisation has it as it is",
    own: "your organisation's own",
    name: "Name",
    name_hint: "1 to 40 letters, digits, spaces, '-' and '_'",
    description: "Description",
    permissions: "Permissions",
    new: "New scope",
    change: "Change scope",
    make: "Create scope",
    delete: "Delete scope",
    delete_question: "A scope that a user has cannot be deleted. One that is deleted can be made again.",
    count: |count| match count {
        1 => "1 permission".to_owned(),
        count => format!("{count} permissions"),
    },
};
