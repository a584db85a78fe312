//! A guest toolchain from Debian's packages, in a private folder.
//!
//! `rustc-web` and its companions conflict with rustup when they are installed,
//! so they are only unpacked. The folder appears under its name when it is
//! whole, never before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::toolchain::{GuestToolchain, Progress, TARGET, ask_rustc};

/// Why Debian's packages gave no toolchain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum DebianError {
    #[error("this system has no {program}")]
    NotDebian { program: String },
    #[error("its archive has no rustc-web; run 'apt-get update' if it should")]
    NoPackages,
    #[error("'{command}' failed: {said}")]
    Failed { command: String, said: String },
    #[error("the folder {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("there is no linker for wasm: neither rust-lld nor wasm-ld; install the package lld")]
    NoLinker,
    #[error("{path} is damaged; delete it, and it is made again")]
    Damaged { path: PathBuf },
}

/// The toolchain in a folder that [`make`] made.
pub(super) fn open(root: &Path) -> Result<GuestToolchain, DebianError> {
    let damaged = || DebianError::Damaged {
        path: root.to_owned(),
    };
    let rustc = root.join("usr/bin/rustc");
    let libraries = library_folder(root).ok_or_else(damaged)?;
    if !rustc.is_file() {
        return Err(damaged());
    }
    Ok(GuestToolchain {
        environment: vec![
            ("RUSTC", rustc.into()),
            ("LD_LIBRARY_PATH", libraries.into()),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                linker()?.into(),
            ),
        ],
    })
}

/// Makes the folder `root`.
pub(super) fn make(root: &Path, progress: Progress<'_>) -> Result<(), DebianError> {
    let packages = packages()?;
    let parent = root.parent().unwrap_or(root);
    let in_parent = |source| DebianError::Folder {
        path: parent.to_owned(),
        source,
    };
    let work = tempfile::Builder::new()
        .prefix("making-")
        .tempdir_in(parent)
        .map_err(in_parent)?;

    progress(&format!("downloading {}", packages.join(", ")));
    let downloads = work.path().join("downloads");
    fs::create_dir(&downloads).map_err(in_parent)?;
    run(Command::new("apt-get")
        .current_dir(&downloads)
        .arg("download")
        .args(&packages))?;

    progress("unpacking them");
    let unpacked = work.path().join("unpacked");
    for package in fs::read_dir(&downloads).map_err(in_parent)?.flatten() {
        run(Command::new("dpkg")
            .arg("-x")
            .arg(package.path())
            .arg(&unpacked))?;
    }

    progress("compiling the standard library for wasm32-unknown-unknown, once");
    compile_library(&unpacked, work.path())?;
    fs::rename(&unpacked, root).map_err(in_parent)
}

/// Compiles the standard library from its source and puts it where the unpacked
/// compiler looks for it.
fn compile_library(root: &Path, work: &Path) -> Result<(), DebianError> {
    let in_work = |source| DebianError::Folder {
        path: work.to_owned(),
        source,
    };
    let package = work.join("library");
    fs::create_dir_all(package.join("src")).map_err(in_work)?;
    let manifest =
        "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(package.join("Cargo.toml"), manifest).map_err(in_work)?;
    fs::write(package.join("src/lib.rs"), "#![no_std]\n").map_err(in_work)?;

    let mut cargo = super::build::cargo();
    cargo
        .current_dir(&package)
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort")
        // Debian's compiler is of the stable channel, where `-Z` needs leave.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", work.join("target"))
        // With its bitcode the library takes part in link-time optimisation.
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            "-Cembed-bitcode=yes\u{1f}-Cpanic=abort",
        )
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3");
    open(root)?.apply(&mut cargo);
    run(&mut cargo)?;

    let to = root.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&to).map_err(in_work)?;
    let built = work.join("target").join(TARGET).join("release/deps");
    for file in fs::read_dir(built).map_err(in_work)?.flatten() {
        let name = file.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libnothing-") {
            fs::rename(file.path(), to.join(&name)).map_err(in_work)?;
        }
    }
    Ok(())
}

/// The packages to unpack, each as `name=version`: the compiler, the two halves of its
/// library, the library's source, and the LLVM that it is linked with.
fn packages() -> Result<Vec<String>, DebianError> {
    let policy = run(Command::new("apt-cache").args(["policy", "rustc-web"]))?;
    let version = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|version| *version != "(none)")
        .ok_or(DebianError::NoPackages)?;
    let of_version = |name: &str| format!("{name}={version}");
    let library = of_version("libstd-rust-web-dev");
    let runtime = dependency(&library, "libstd-rust-web-")?;
    let llvm = dependency(&of_version(&runtime), "libllvm")?;
    Ok(vec![
        of_version("rustc-web"),
        library,
        of_version(&runtime),
        of_version("rust-web-src"),
        llvm,
    ])
}

/// What a package depends on, by how its name begins.
fn dependency(package: &str, prefix: &str) -> Result<String, DebianError> {
    run(Command::new("apt-cache").args(["depends", package]))?
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
        .ok_or(DebianError::NoPackages)
}

/// The folder with the compiler's own shared library, named after the machine.
fn library_folder(root: &Path) -> Option<PathBuf> {
    let holds_compiler = |folder: &Path| {
        fs::read_dir(folder).is_ok_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| {
                    file.file_name()
                        .to_string_lossy()
                        .starts_with("librustc_driver")
                })
            })
        })
    };
    fs::read_dir(root.join("usr/lib"))
        .ok()?
        .flatten()
        .map(|folder| folder.path())
        .find(|folder| holds_compiler(folder))
}

/// The linker that came with the installed compiler, or one on the path.
fn linker() -> Result<PathBuf, DebianError> {
    let sysroot = ask_rustc(&["--print", "sysroot"]).map_err(|_| DebianError::NoLinker)?;
    let host = ask_rustc(&["--print", "host-tuple"]).map_err(|_| DebianError::NoLinker)?;
    let own = Path::new(&sysroot)
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let elsewhere = std::env::split_paths(&path)
        .flat_map(|folder| [folder.join("rust-lld"), folder.join("wasm-ld")]);
    std::iter::once(own)
        .chain(elsewhere)
        .find(|program| program.is_file())
        .ok_or(DebianError::NoLinker)
}

/// Runs a command and answers its standard output.
fn run(command: &mut Command) -> Result<String, DebianError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let shown = std::iter::once(program.clone())
        .chain(
            command
                .get_args()
                .map(|arg| arg.to_string_lossy().into_owned()),
        )
        .collect::<Vec<_>>()
        .join(" ");
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|_| DebianError::NotDebian { program })?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&done.stderr);
        Err(DebianError::Failed {
            command: shown,
            // The reason stands at the end of what cargo and apt say.
            said: said
                .trim()
                .lines()
                .last()
                .unwrap_or("no reason given")
                .to_owned(),
        })
    }
}
