//! The guest toolchain: a Rust compiler with a standard library for
//! `wasm32-unknown-unknown`.
//!
//! Where the installed compiler has that library, it is used as it is. Else
//! rustup is asked for it. Where rustup has no network, Debian's packages give
//! a compiler and the library's source; both are unpacked into a private
//! folder, nothing is installed, and the library is compiled once into it, so
//! that every later build is a plain one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::debian;

/// The target that guests are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How long rustup may take before another way is tried.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(300);

/// Is told, in a line for people, what is being done when it takes long.
pub type Progress<'p> = &'p mut dyn FnMut(&str);

/// How to call cargo so that it can build guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestToolchain {
    /// Set for cargo, and whatever it calls.
    pub(super) environment: Vec<(&'static str, OsString)>,
}

/// Why there is no guest toolchain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum ToolchainError {
    #[error(
        "plugins are built with Rust, and there is no {program} here; install it from https://rustup.rs"
    )]
    NoRust { program: &'static str },
    #[error(
        "no standard library for {TARGET}: 'rustup target add {TARGET}' failed ({rustup}), and \
         Debian's packages cannot stand in for it ({debian}); run 'rustup target add {TARGET}' where \
         there is a network"
    )]
    NoLibrary { rustup: String, debian: String },
    #[error(
        "cannot use {path} for the guest toolchain: {source}; set VERVET_CACHE to a folder that can be written"
    )]
    Cache { path: PathBuf, source: io::Error },
}

impl GuestToolchain {
    /// Sets a command up so that its cargo builds guests.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }
}

/// Finds the guest toolchain, or makes it in [`cache_folder`].
///
/// Safe to call from many processes at once: one makes it, the others wait.
pub fn ensure(progress: Progress<'_>) -> Result<GuestToolchain, ToolchainError> {
    if library_is_installed()? {
        return Ok(GuestToolchain {
            environment: Vec::new(),
        });
    }
    let folder = cache_folder().join("guest-toolchain");
    let in_folder = |source| ToolchainError::Cache {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(in_folder)?;
    let lock = File::create(folder.join("lock")).map_err(in_folder)?;
    if lock.try_lock().is_err() {
        progress("waiting for another process, which is preparing the guest toolchain");
        lock.lock().map_err(in_folder)?;
    }
    // The lock is held until `lock` is dropped, or the process ends in any way.
    let private = folder.join("debian");
    if private.is_dir() {
        return debian::open(&private).map_err(|error| ToolchainError::NoLibrary {
            rustup: "not tried".into(),
            debian: error.to_string(),
        });
    }
    progress("adding the target wasm32-unknown-unknown with rustup");
    let rustup = match add_target() {
        Ok(()) if library_is_installed()? => {
            return Ok(GuestToolchain {
                environment: Vec::new(),
            });
        }
        Ok(()) => "it did not bring the library of the compiler in use".to_owned(),
        Err(reason) => reason,
    };
    debian::make(&private, progress)
        .and_then(|()| debian::open(&private))
        .map_err(|error| ToolchainError::NoLibrary {
            rustup,
            debian: error.to_string(),
        })
}

/// Where things are kept that can be made again: `$VERVET_CACHE`,
/// `$XDG_CACHE_HOME/vervet` or `~/.cache/vervet`.
pub fn cache_folder() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set("VERVET_CACHE") {
        folder.into()
    } else if let Some(folder) = set("XDG_CACHE_HOME") {
        Path::new(&folder).join("vervet")
    } else if let Some(home) = set("HOME") {
        Path::new(&home).join(".cache/vervet")
    } else {
        std::env::temp_dir().join("vervet-cache")
    }
}

/// What a `rustc` answers to a question about itself.
pub(super) fn ask_rustc(arguments: &[&str]) -> Result<String, ToolchainError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let no_rustc = || ToolchainError::NoRust { program: "rustc" };
    let answer = Command::new(rustc)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .map_err(|_| no_rustc())?;
    if answer.status.success() {
        Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    } else {
        Err(no_rustc())
    }
}

fn library_is_installed() -> Result<bool, ToolchainError> {
    let folder = ask_rustc(&["--print", "target-libdir", "--target", TARGET])?;
    let Ok(files) = fs::read_dir(folder) else {
        return Ok(false);
    };
    Ok(files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

fn add_target() -> Result<(), String> {
    let mut rustup = Command::new("rustup")
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| "there is no rustup here".to_owned())?;
    let deadline = Instant::now() + RUSTUP_PATIENCE;
    loop {
        match rustup.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err("it could not fetch it".to_owned()),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(None) | Err(_) => {
                // Both fail only where the process has ended meanwhile.
                let _ = rustup.kill();
                let _ = rustup.wait();
                return Err("it took too long".to_owned());
            }
        }
    }
}
