//! What the host's files are called.

use std::fmt;

use object_store::path::Path;
use uuid::Uuid;

use crate::store::key::TenantId;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A document of an alert.
    Document,
    /// What a run of an export wrote.
    Run,
}

impl FileKind {
    fn folder(self) -> &'static str {
        match self {
            Self::Document => "documents",
            Self::Run => "runs",
        }
    }
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
    pub(super) fn folder(tenant: TenantId, kind: FileKind) -> Path {
        Path::from_iter([&*tenant.0.to_string(), kind.folder()])
    }

    pub(super) fn to_object(self) -> Path {
        Self::folder(self.tenant, self.kind).join(self.id.to_string())
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.tenant.0, self.kind.folder(), self.id)
    }
}
