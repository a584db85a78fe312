//! Mapping compiled code into memory: the one place where the host trusts a file to be code.
#![allow(unsafe_code)]

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::Component;

/// Maps the compiled code of a component.
///
/// The path is one that [`Cache::find`](super::publish::cache::Cache::find) or
/// `insert` answered.
pub(crate) fn map(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file must be what this engine's compiler wrote, unchanged for
    // as long as it is mapped. The process that wrote it is this program's own;
    // uploads of compiled code are refused; the directory belongs to this user
    // alone (0700); the cache compared the file with its digest; files are made
    // elsewhere and renamed into place, never written in place. The engine
    // itself refuses code of another version, setting or processor.
    unsafe { Component::deserialize_file(engine, path) }
}
