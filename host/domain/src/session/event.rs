//! What a session announces.

/// What has happened in a session as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// The customer is back from the bank, and the accounts will be read.
    AccountsSyncStarted,
    /// The accounts can be read, with balances.
    AccountsSyncFinished,
    /// The history of all accounts can be read.
    TransactionsSyncFinished,
    /// No accounts will come.
    AccountsSyncFailed,
    /// The history will not come, or not all that was wanted.
    TransactionsSyncFailed,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AccountsSyncStarted,
        Self::AccountsSyncFinished,
        Self::TransactionsSyncFinished,
        Self::AccountsSyncFailed,
        Self::TransactionsSyncFailed,
    ];

    /// As messages name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountsSyncStarted => "AccountsSyncStarted",
            Self::AccountsSyncFinished => "AccountsSyncFinished",
            Self::TransactionsSyncFinished => "TransactionsSyncFinished",
            Self::AccountsSyncFailed => "AccountsSyncFailed",
            Self::TransactionsSyncFailed => "TransactionsSyncFailed",
        }
    }

    /// The type that messages name so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}

impl std::fmt::Display for EventType {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
