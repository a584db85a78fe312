//! What a scope permits.

use std::fmt;

/// What a call needs: a resource and what is done to it, written `resource:verb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Permission {
    AlertRead,
    AlertWrite,
    AlertTransition,
    AlertConfigure,
    CommentRead,
    CommentWrite,
    DocumentRead,
    DocumentWrite,
    TaskRead,
    TaskWrite,
    SummaryRead,
    MergeWrite,
    MergeConfigure,
    WorkflowRead,
    WorkflowConfigure,
    TeamRead,
    TeamWrite,
    TeamKey,
    TransactionRead,
    TransactionWrite,
    TransactionSensitive,
    PluginRead,
    PluginWrite,
    RuleRead,
    RuleWrite,
    RuleConfigure,
    ListRead,
    ListWrite,
    ExportRead,
    ExportWrite,
    UserRead,
    UserWrite,
    SessionRead,
    SessionWrite,
    AuditRead,
    ViewShare,
}

impl Permission {
    /// All permissions.
    pub const ALL: &[Self] = &[
        Self::AlertRead,
        Self::AlertWrite,
        Self::AlertTransition,
        Self::AlertConfigure,
        Self::CommentRead,
        Self::CommentWrite,
        Self::DocumentRead,
        Self::DocumentWrite,
        Self::TaskRead,
        Self::TaskWrite,
        Self::SummaryRead,
        Self::MergeWrite,
        Self::MergeConfigure,
        Self::WorkflowRead,
        Self::WorkflowConfigure,
        Self::TeamRead,
        Self::TeamWrite,
        Self::TeamKey,
        Self::TransactionRead,
        Self::TransactionWrite,
        Self::TransactionSensitive,
        Self::PluginRead,
        Self::PluginWrite,
        Self::RuleRead,
        Self::RuleWrite,
        Self::RuleConfigure,
        Self::ListRead,
        Self::ListWrite,
        Self::ExportRead,
        Self::ExportWrite,
        Self::UserRead,
        Self::UserWrite,
        Self::SessionRead,
        Self::SessionWrite,
        Self::AuditRead,
        Self::ViewShare,
    ];

    /// As the API writes it. The resources of alerts have the names that analysts' tools know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertRead => "incident_case:read",
            Self::AlertWrite => "incident_case:write",
            Self::AlertTransition => "incident_state:write",
            Self::AlertConfigure => "incident_case:configure",
            Self::CommentRead => "incident_comment:read",
            Self::CommentWrite => "incident_comment:write",
            Self::DocumentRead => "incident_document:read",
            Self::DocumentWrite => "incident_document:write",
            Self::TaskRead => "incident_task:read",
            Self::TaskWrite => "incident_task:write",
            Self::SummaryRead => "incident_summary:read",
            Self::MergeWrite => "incident_group:write",
            Self::MergeConfigure => "incident_group:configure",
            Self::WorkflowRead => "incident_state:read",
            Self::WorkflowConfigure => "incident_state:configure",
            Self::TeamRead => "team:read",
            Self::TeamWrite => "team:write",
            Self::TeamKey => "team:key",
            Self::TransactionRead => "transaction:read",
            Self::TransactionWrite => "transaction:write",
            Self::TransactionSensitive => "transaction:sensitive",
            Self::PluginRead => "plugin:read",
            Self::PluginWrite => "plugin:write",
            Self::RuleRead => "rule:read",
            Self::RuleWrite => "rule:write",
            Self::RuleConfigure => "rule:configure",
            Self::ListRead => "list:read",
            Self::ListWrite => "list:write",
            Self::ExportRead => "export:read",
            Self::ExportWrite => "export:write",
            Self::UserRead => "user:read",
            Self::UserWrite => "user:write",
            Self::SessionRead => "session:read",
            Self::SessionWrite => "session:write",
            Self::AuditRead => "audit:read",
            Self::ViewShare => "incident_view:share",
        }
    }
}

impl Permission {
    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|permission| permission.as_str() == text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A default scope: a role that every tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// As users have it, such as `AML Supervisor`.
    pub name: &'static str,
    permissions: &'static [Permission],
    everything: bool,
}

use Permission as P;

impl Scope {
    /// The name of the scope that permits everything; a tenant always has a user with it.
    pub const ADMINISTRATOR: &'static str = "Administrator";

    /// The scopes that every tenant has.
    pub const DEFAULTS: [Self; 5] = [
        Self {
            name: Self::ADMINISTRATOR,
            permissions: &[],
            everything: true,
        },
        Self {
            name: "AML Supervisor",
            permissions: &[
                P::AlertRead,
                P::AlertWrite,
                P::AlertTransition,
                P::CommentRead,
                P::CommentWrite,
                P::DocumentRead,
                P::DocumentWrite,
                P::TaskRead,
                P::TaskWrite,
                P::SummaryRead,
                P::MergeWrite,
                P::WorkflowRead,
                P::TeamRead,
                P::TeamKey,
                P::TransactionRead,
                P::TransactionSensitive,
                P::PluginRead,
                P::RuleRead,
                P::RuleWrite,
                P::ListRead,
                P::ListWrite,
                P::ExportRead,
                P::SessionRead,
                P::UserRead,
                P::AuditRead,
                P::ViewShare,
            ],
            everything: false,
        },
        Self {
            name: "AML Analyst",
            permissions: &[
                P::AlertRead,
                P::AlertWrite,
                P::AlertTransition,
                P::CommentRead,
                P::CommentWrite,
                P::DocumentRead,
                P::DocumentWrite,
                P::TaskRead,
                P::TaskWrite,
                P::SummaryRead,
                P::MergeWrite,
                P::WorkflowRead,
                P::TeamRead,
                P::TeamKey,
                P::TransactionRead,
                P::RuleRead,
                P::ListRead,
                P::ExportRead,
                P::UserRead,
            ],
            everything: false,
        },
        Self {
            name: "Watcher",
            permissions: &[
                P::AlertRead,
                P::CommentRead,
                P::DocumentRead,
                P::TaskRead,
                P::SummaryRead,
                P::WorkflowRead,
                P::TeamRead,
                P::TransactionRead,
                P::RuleRead,
                P::ListRead,
                P::ExportRead,
            ],
            everything: false,
        },
        Self {
            name: "Integrator",
            permissions: &[
                P::TeamRead,
                P::TeamWrite,
                P::TeamKey,
                P::TransactionRead,
                P::TransactionWrite,
                P::PluginRead,
                P::PluginWrite,
                P::RuleRead,
                P::RuleWrite,
                P::ListRead,
                P::ListWrite,
                P::ExportRead,
                P::ExportWrite,
                P::SessionRead,
                P::SessionWrite,
            ],
            everything: false,
        },
    ];

    /// The default scope of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        const DEFAULTS: &[Scope] = &Scope::DEFAULTS;
        DEFAULTS.iter().find(|scope| scope.name == name)
    }

    /// Whether the scope permits it.
    pub fn permits(&self, permission: Permission) -> bool {
        self.everything || self.permissions.contains(&permission)
    }
}
