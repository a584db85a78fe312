//! What the host's files are called.

use std::fmt;

use object_store::path::Path;
use uuid::Uuid;

use store::key::TenantId;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A document of an alert.
    Document {
        /// The alert's id.
        alert: Uuid,
    },
    /// What a run of an export wrote.
    Run,
}

/// The name of a file: whose, what, and which. No part of it is a text that a user chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FilePath {
    /// Whose.
    pub tenant: TenantId,
    /// What.
    pub kind: FileKind,
    /// Which.
    pub id: Uuid,
}

impl FilePath {
    /// Under which the files of a kind are.
    pub(super) fn folder(tenant: TenantId, kind: FileKind) -> Path {
        match kind {
            FileKind::Document { alert } => Self::documents(tenant).join(alert.to_string()),
            FileKind::Run => Path::from_iter([&*tenant.0.to_string(), "runs"]),
        }
    }

    /// Under which the documents of all alerts are.
    pub(super) fn documents(tenant: TenantId) -> Path {
        Path::from_iter([&*tenant.0.to_string(), "documents"])
    }

    pub(super) fn to_object(self) -> Path {
        Self::folder(self.tenant, self.kind).join(self.id.to_string())
    }

    /// The document that an object is; none if it is none.
    pub(super) fn document(tenant: TenantId, object: &Path) -> Option<Self> {
        let mut parts = object.prefix_match(&Self::documents(tenant))?;
        let mut id = || Uuid::try_parse(parts.next()?.as_ref()).ok();
        let (alert, id) = (id()?, id()?);
        let kind = FileKind::Document { alert };
        Some(Self { tenant, kind, id })
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_object().fmt(out)
    }
}
