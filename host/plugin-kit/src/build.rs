//! Builds plugins: from a crate to one component in one file, small and fast.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::toolchain::{self, Progress, TARGET, ToolchainError};

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Which packages of the workspace; none for the package in the folder itself.
    pub packages: Vec<String>,
    /// Where cargo works and components are left; `target/vervet` in the folder if `None`.
    pub target_dir: Option<PathBuf>,
}

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The package that it was made of.
    pub package: String,
    /// The component's file.
    pub component: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum BuildError {
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    #[error("there is no cargo here; install Rust from https://rustup.rs")]
    NoCargo,
    #[error("cargo found errors in {folder}; they stand above")]
    Compile { folder: PathBuf },
    #[error(
        "{folder} makes no plugin: its Cargo.toml needs [lib] crate-type = [\"cdylib\", \"rlib\"]"
    )]
    NoPlugin { folder: PathBuf },
    #[error(
        "'{package}' exports no plugin; a rule needs #[rule] on a function, a formatter \
         export_formatter!: {reason}"
    )]
    NoComponent { package: String, reason: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
}

/// A guest's stack, in bytes. A fresh instance touches it, and each page costs.
const STACK_BYTES: u32 = 64 * 1024;

/// Builds the plugins in `folder`, release, small and fast; all of `options.packages` in one
/// call of cargo. What the compiler says goes to standard error.
pub fn build(
    folder: &Path,
    options: &BuildOptions,
    progress: Progress<'_>,
) -> Result<Vec<Built>, BuildError> {
    let toolchain = toolchain::ensure(progress)?;
    let folder = std::path::absolute(folder).map_err(|source| BuildError::File {
        path: folder.to_owned(),
        source,
    })?;
    let target_dir = match &options.target_dir {
        Some(given) => std::path::absolute(given).map_err(|source| BuildError::File {
            path: given.clone(),
            source,
        })?,
        None => folder.join("target/vervet"),
    };

    let mut command = cargo();
    command
        .current_dir(&folder)
        .args(["build", "--lib", "--release", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .args(options.packages.iter().flat_map(|name| ["-p", name]))
        .env("CARGO_TARGET_DIR", &target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", guest_flags())
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    toolchain.apply(&mut command);
    let done = command.output().map_err(|_| BuildError::NoCargo)?;
    if !done.status.success() {
        return Err(BuildError::Compile { folder });
    }
    let modules = core_modules(&done.stdout);
    if modules.is_empty() {
        return Err(BuildError::NoPlugin { folder });
    }
    modules
        .iter()
        .map(|module| componentize(module, &target_dir))
        .collect()
}

/// A cargo that takes nothing over from a cargo that runs this process.
pub(super) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for variable in [
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "LD_LIBRARY_PATH",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    ] {
        command.env_remove(variable);
    }
    command
}

fn guest_flags() -> String {
    [
        format!("-Clink-arg=-zstack-size={STACK_BYTES}"),
        // Every engine that runs components has had both for years.
        "-Ctarget-feature=+simd128,+bulk-memory".to_owned(),
    ]
    .join("\u{1f}")
}

struct CoreModule {
    package: String,
    file: PathBuf,
}

/// What cargo says of each artifact, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
    manifest_path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

fn core_modules(messages: &[u8]) -> Vec<CoreModule> {
    messages
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact" && message.manifest_path.is_some())
        .filter_map(|message| {
            let target = message.target?;
            let file = message
                .filenames
                .into_iter()
                .find(|file| file.extension().is_some_and(|ending| ending == "wasm"))?;
            target
                .kind
                .iter()
                .any(|kind| kind == "cdylib")
                .then(|| CoreModule {
                    package: target.name.replace('_', "-"),
                    file,
                })
        })
        .collect()
}

/// Wraps a core module into a component, `<target_dir>/<package>.wasm`.
fn componentize(module: &CoreModule, target_dir: &Path) -> Result<Built, BuildError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::File { path, source }
    };
    let core = fs::read(&module.file).map_err(at(&module.file))?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| BuildError::NoComponent {
            package: module.package.clone(),
            reason: format!("{error:#}"),
        })?;
    let path = target_dir.join(format!("{}.wasm", module.package));
    // Whoever watches the file never sees half of it.
    let half = tempfile::NamedTempFile::new_in(target_dir).map_err(at(target_dir))?;
    fs::write(half.path(), &component).map_err(at(half.path()))?;
    half.persist(&path)
        .map_err(|error| at(&path)(error.error))?;
    Ok(Built {
        package: module.package.clone(),
        bytes: component.len() as u64,
        component: path,
    })
}
