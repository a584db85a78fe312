//! Compiled code on disk, by the component's digest and by what compiled it.
//!
//! Code is kept of what is published alone, and of what nobody has installed no more than a budget allows: it can always
//! be compiled again.
//!
//! A file that anyone else can write is code that anyone can run: the directory
//! is the host's alone, and a file counts only with its own digest beside it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;

use super::census::Census;
use crate::Digest;

/// Extensions of the files of what publishing found out about a component, and of the component.
const RECEIPT: &str = "receipt";
const COMPONENT: &str = "component";

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

    /// Keeps what publishing found out about a component whose code is here, and the component itself if it is not what
    /// was uploaded. The files are moved from `workplace`.
    pub(crate) fn insert_receipt(
        &self,
        digest: &Digest,
        receipt: &[u8],
        component: Option<&[u8]>,
        workplace: &Path,
    ) -> io::Result<()> {
        let path = self.path(digest);
        // The receipt last: it says that the others are there.
        for (bytes, kind) in [(component, COMPONENT), (Some(receipt), RECEIPT)] {
            if let Some(bytes) = bytes {
                let written = workplace.join(kind);
                fs::write(&written, bytes)?;
                fs::rename(&written, path.with_extension(kind))?;
            }
        }
        Ok(())
    }

    /// The receipts that are kept, with the components that they are of.
    pub(crate) fn receipts(&self) -> io::Result<Vec<(Digest, Vec<u8>)>> {
        let mut receipts = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            let is_receipt = path.extension().is_some_and(|kind| kind == RECEIPT);
            if is_receipt && let Some(component) = self.component_of(&path) {
                receipts.push((component, fs::read(&path)?));
            }
        }
        Ok(receipts)
    }

    /// A component that is kept with its receipt.
    pub(crate) fn component(&self, digest: &Digest) -> Option<Vec<u8>> {
        let component = fs::read(self.path(digest).with_extension(COMPONENT)).ok()?;
        (Digest::of(&component) == *digest).then_some(component)
    }

    /// Notes that the code of a component was used just now.
    pub(crate) fn touch(&self, component: &Digest) {
        let file = fs::File::options()
            .write(true)
            .open(digest_path(&self.path(component)));
        // Where it cannot be noted the code is evicted sooner, and nothing else happens.
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Removes the code of a component, if it is there. Whoever has it mapped keeps it.
    pub(crate) fn remove(&self, component: &Digest) {
        let path = self.path(component);
        for kind in [RECEIPT, COMPONENT] {
            remove(&path.with_extension(kind));
        }
        // The digest first: code without it does not count.
        for file in [digest_path(&path), path] {
            remove(&file);
        }
    }

    /// Removes all code but that of `census`, and of what nobody has installed all that exceeds `idle_bytes`, the code that
    /// was used longest ago first. Answers whose code was removed.
    pub(crate) fn sweep(&self, census: &Census, idle_bytes: u64) -> io::Result<Vec<Digest>> {
        let mut idle = Vec::new();
        let mut removed = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                continue;
            }
            let path = entry.path();
            match self.component_of(&path) {
                Some(component) if census.installed.contains(&component) => {}
                Some(component) if census.published.contains(&component) => {
                    if path.extension().is_some_and(|kind| kind == "cwasm") {
                        let bytes = entry.metadata()?.len();
                        let used = fs::metadata(digest_path(&path)).and_then(|it| it.modified());
                        idle.push((used.unwrap_or(SystemTime::UNIX_EPOCH), component, bytes));
                    }
                }
                component => {
                    remove(&path);
                    removed.extend(component);
                }
            }
        }
        idle.sort_unstable_by(|one, other| other.cmp(one));
        let mut kept = 0_u64;
        for (_, component, bytes) in idle {
            kept = kept.saturating_add(bytes);
            if kept > idle_bytes {
                self.remove(&component);
                removed.push(component);
            }
        }
        Ok(removed)
    }

    /// Whose code a file is; none if another compiler wrote it, which this host cannot use.
    fn component_of(&self, path: &Path) -> Option<Digest> {
        let (component, compatibility) = path.file_stem()?.to_str()?.split_once('-')?;
        (compatibility == self.compatibility()).then(|| component.parse().ok())?
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

/// Removes a file of the cache. What is left is removed at the next sweep.
fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "compiled code cannot be removed");
        }
    }
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
        let engine = crate::engine::compiling_engine().unwrap();
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

    #[test]
    fn a_receipt_goes_with_the_code() {
        let data = tempfile::tempdir().unwrap();
        let engine = crate::engine::compiling_engine().unwrap();
        let cache = Cache::open(data.path().join("compiled"), &engine).unwrap();
        let component = Digest::of(b"component");
        let workplace = tempfile::tempdir_in(cache.directory()).unwrap();
        let made = workplace.path().join("made");
        fs::write(&made, b"code").unwrap();
        cache.insert(&component, &made).unwrap();
        let bytes: &[u8] = b"component";
        let insert = |component_bytes| {
            cache.insert_receipt(&component, b"{}", component_bytes, workplace.path())
        };
        insert(None).unwrap();
        assert_eq!(cache.receipts().unwrap(), [(component, b"{}".to_vec())]);
        assert_eq!(cache.component(&component), None);
        insert(Some(bytes)).unwrap();
        assert_eq!(cache.component(&component).as_deref(), Some(bytes));
        insert(Some(b"compose")).unwrap();
        assert_eq!(cache.component(&component), None, "it is damaged");

        let published = Census {
            published: [component].into(),
            ..Census::default()
        };
        assert_eq!(cache.sweep(&published, 4).unwrap(), []);
        assert_eq!(cache.receipts().unwrap().len(), 1);
        assert_eq!(cache.sweep(&published, 3).unwrap(), [component]);
        drop(workplace);
        assert_eq!(fs::read_dir(cache.directory()).unwrap().count(), 0);
    }

    /// The components whose code is kept, of four that were used one after the other.
    fn check_sweep(installed: &[usize], published: &[usize], idle_bytes: u64, expect: &[usize]) {
        let data = tempfile::tempdir().unwrap();
        let engine = crate::engine::compiling_engine().unwrap();
        let cache = Cache::open(data.path().join("compiled"), &engine).unwrap();
        let components = [0, 1, 2, 3].map(|number: u8| Digest::of(&[number]));
        for (age, component) in (0..).zip(components.iter().rev()) {
            let made = cache.directory().join("made");
            fs::write(&made, [0; 100]).unwrap();
            let path = cache.insert(component, &made).unwrap();
            let used = SystemTime::now() - std::time::Duration::from_secs(age * 60);
            let file = fs::File::options().write(true).open(digest_path(&path));
            file.unwrap().set_modified(used).unwrap();
        }
        let foreign = format!("{}-0000000000000000.cwasm", components[0]);
        fs::write(cache.directory().join(foreign), b"of another release").unwrap();
        let named = |numbers: &[usize]| numbers.iter().map(|&number| components[number]).collect();
        let census = Census {
            installed: named(installed),
            published: named(published),
        };
        let mut removed = cache.sweep(&census, idle_bytes).unwrap();
        let kept: Vec<usize> = (0..4)
            .filter(|&it| cache.find(&components[it]).is_some())
            .collect();
        assert_eq!(kept, expect);
        removed.sort_unstable();
        removed.dedup();
        assert_eq!(removed.len(), 4 - kept.len());
        let files = fs::read_dir(cache.directory()).unwrap().count();
        assert_eq!(
            files,
            2 * kept.len(),
            "code and digest of each, and nothing else"
        );
    }

    #[test]
    fn code_is_kept_of_what_is_published_alone() {
        check_sweep(&[], &[], u64::MAX, &[]);
        check_sweep(&[], &[1, 3], u64::MAX, &[1, 3]);
        check_sweep(&[2], &[1, 2], u64::MAX, &[1, 2]);
    }

    #[test]
    fn code_that_nobody_has_installed_has_a_budget() {
        check_sweep(&[], &[0, 1, 2, 3], 250, &[2, 3]);
        check_sweep(&[0], &[0, 1, 2, 3], 250, &[0, 2, 3]);
        check_sweep(&[0, 1, 2], &[0, 1, 2, 3], 0, &[0, 1, 2]);
    }
}
