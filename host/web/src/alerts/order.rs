//! In which order the queue shows its alerts.

use engine::alert::index::{Sort, SortKey};

/// In which order the queue shows its alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Newest,
    Oldest,
    Worst,
    Mildest,
    FirstDue,
    LastDue,
}

impl Order {
    const ALL: [Self; 6] = [
        Self::Newest,
        Self::Oldest,
        Self::Worst,
        Self::Mildest,
        Self::FirstDue,
        Self::LastDue,
    ];

    /// As the address names it, and `GET /v1/alerts`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Newest => "-created_at",
            Self::Oldest => "created_at",
            Self::Worst => "-severity",
            Self::Mildest => "severity",
            Self::FirstDue => "due_date",
            Self::LastDue => "-due_date",
        }
    }

    /// Reads what [`name`](Self::name) writes.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// What is asked of the alerts.
    pub(crate) fn sort(self) -> Sort {
        let (by, descending) = match self {
            Self::Newest => (SortKey::CreatedAt, true),
            Self::Oldest => (SortKey::CreatedAt, false),
            Self::Worst => (SortKey::Severity, true),
            Self::Mildest => (SortKey::Severity, false),
            Self::FirstDue => (SortKey::DueDate, false),
            Self::LastDue => (SortKey::DueDate, true),
        };
        Sort { by, descending }
    }

    /// The same column the other way round.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Newest,
            Self::Worst => Self::Mildest,
            Self::Mildest => Self::Worst,
            Self::FirstDue => Self::LastDue,
            Self::LastDue => Self::FirstDue,
        }
    }
}
