//! Compiled code on disk, by the component's digest and by what compiled it.
//!
//! A file that anyone else can write is code that anyone can run: the directory
//! is the host's alone, and a file counts only with its own digest beside it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use wasmtime::Engine;

use crate::plugin::Digest;

/// The directory `<data>/compiled`.
pub(crate) struct Cache {
    directory: PathBuf,
    /// Changes with the engine's version, its settings and the processor.
    compatibility: u64,
}

impl Cache {
    /// Makes the directory, if need be, for this user alone.
    pub(crate) fn open(directory: PathBuf, engine: &Engine) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))?;
        remove_folders(&directory)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            directory,
            compatibility: hasher.finish(),
        })
    }

    /// What compiled the code, in 16 hexadecimal digits.
    pub(crate) fn compatibility(&self) -> String {
        format!("{:016x}", self.compatibility)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a component's compiled code, if it is there and whole.
    pub(crate) fn find(&self, component: &Digest) -> Option<PathBuf> {
        let path = self.path(component);
        let expected = fs::read_to_string(digest_path(&path)).ok()?;
        let code = fs::read(&path).ok()?;
        if Digest::of(&code).to_string() == expected {
            Some(path)
        } else {
            tracing::warn!(path = %path.display(), "compiled code is damaged, and is compiled again");
            None
        }
    }

    /// Moves compiled code into the cache; whoever reads sees all of it or nothing.
    pub(crate) fn insert(&self, component: &Digest, compiled: &Path) -> io::Result<PathBuf> {
        let path = self.path(component);
        let digest = Digest::of(&fs::read(compiled)?).to_string();
        let written = compiled.with_extension("sha256");
        fs::write(&written, digest)?;
        // The code first: until its digest is there, too, it does not count.
        fs::rename(compiled, &path)?;
        fs::rename(&written, digest_path(&path))?;
        Ok(path)
    }

    fn path(&self, component: &Digest) -> PathBuf {
        self.directory
            .join(format!("{component}-{}.cwasm", self.compatibility()))
    }
}

/// A folder here is what a process that compiled left behind when the host was killed.
fn remove_folders(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn digest_path(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_code_counts() {
        let data = tempfile::tempdir().unwrap();
        let engine = crate::plugin::engine::compiling_engine().unwrap();
        let cache = Cache::open(data.path().join("compiled"), &engine).unwrap();
        let component = Digest::of(b"component");
        assert_eq!(cache.find(&component), None);

        let made = cache.directory().join("made");
        fs::write(&made, b"code").unwrap();
        let path = cache.insert(&component, &made).unwrap();
        assert_eq!(cache.find(&component), Some(path.clone()));
        assert_eq!(cache.find(&Digest::of(b"other")), None);

        fs::write(&path, b"c0de").unwrap();
        assert_eq!(cache.find(&component), None);
        let mode = fs::metadata(cache.directory())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
