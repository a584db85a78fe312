//! Writes a new plugin: a small crate with an example, a test and a README, which
//! builds with this program and Rust alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::name::{Name, NameError};

use super::vendor;

/// What kind of plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PluginKind {
    /// Looks at transactions.
    #[default]
    Rule,
    /// Writes files of alerts.
    Formatter,
}

/// Why no plugin was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum NewError {
    #[error("'{name}' is no name for a plugin: {reason}")]
    Name { name: String, reason: NameError },
    #[error("'{name}' begins with a digit, which no Rust package does")]
    Digit { name: String },
    #[error("{path} is there already; choose another name, or remove it")]
    Exists { path: PathBuf },
    #[error("{path} cannot be written: {source}")]
    Write { path: PathBuf, source: io::Error },
}

const RULE: &str = include_str!("template/rule.rs");
const FORMATTER: &str = include_str!("template/formatter.rs");
const README: &str = include_str!("template/README.md");
const MANIFEST: &str = include_str!("template/Cargo.toml.template");

/// What the README says of a rule, and not of a formatter: how it is tried on transactions.
const TRY_RULE: &str = "\
| `vervet plugin test target/vervet/PLUGIN_NAME.wasm --schema schema.json --transactions march.csv --config config.json` | \
runs a file of transactions through it, and prints findings, evidence and fuel |
| `vervet backtest target/vervet/PLUGIN_NAME.wasm --schema schema.json --transactions march.csv --config config.json` | \
counts what it finds in a large file |
| `vervet backtest --team TEAM --plugin PLUGIN_NAME@0.1.0 --config config.json` | once it is published: runs it over a team's stored transactions |
";

/// Writes the plugin `name` into a new folder of that name in `parent`, and answers the folder.
///
/// It appears when it is whole, never before.
pub fn create(parent: &Path, name: &str, kind: PluginKind) -> Result<PathBuf, NewError> {
    let checked = Name::new(name).map_err(|reason| NewError::Name {
        name: name.to_owned(),
        reason,
    })?;
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(NewError::Digit {
            name: name.to_owned(),
        });
    }
    let folder = parent.join(name);
    if folder.exists() {
        return Err(NewError::Exists { path: folder });
    }
    let at = |source| NewError::Write {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(parent).map_err(at)?;
    let work = tempfile::Builder::new()
        .prefix(".new-")
        .tempdir_in(parent)
        .map_err(at)?;
    write(work.path(), &checked, kind).map_err(at)?;
    fs::rename(work.keep(), &folder).map_err(at)?;
    Ok(folder)
}

fn write(folder: &Path, name: &Name, kind: PluginKind) -> io::Result<()> {
    let named = |text: &str| {
        text.replace("PLUGIN_NAME", name.as_str())
            .replace("plugin_name", &name.as_str().replace('-', "_"))
    };
    let (source, install, tries) = match kind {
        PluginKind::Rule => (RULE, "PUT /v1/teams/{team}/rules/{rule}", TRY_RULE),
        PluginKind::Formatter => (FORMATTER, "PUT /v1/exports/{export}", ""),
    };
    let options = match kind {
        PluginKind::Rule => "--config config.json --schema schema.json",
        PluginKind::Formatter => "--config config.json",
    };
    let readme = README
        .replace("TRY_CALLS", tries)
        .replace("CHECK_OPTIONS", options)
        .replace("INSTALL_CALL", install);
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), named(source))?;
    fs::write(folder.join("Cargo.toml"), named(MANIFEST))?;
    fs::write(folder.join("README.md"), named(&readme))?;
    fs::write(folder.join(".gitignore"), "/target\n")?;
    fs::write(folder.join("Cargo.lock"), vendor::lock())?;
    vendor::write(&folder.join("vendor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_whole_or_not_there() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = create(parent.path(), "cash-limit", PluginKind::Rule).expect("is written");
        let readme = fs::read_to_string(folder.join("README.md")).expect("is read");
        for command in ["check", "test", "push"] {
            let called = format!("vervet plugin {command} target/vervet/cash-limit.wasm");
            assert!(readme.contains(&called), "{readme}");
        }
        assert!(!readme.contains("TRY_CALLS"), "{readme}");
        for file in [
            "Cargo.toml",
            "README.md",
            "src/lib.rs",
            "vendor/Cargo.toml",
            "vendor/sdk/src/lib.rs",
            "vendor/sdk/macros/src/lib.rs",
            "vendor/host/domain/src/lib.rs",
            "vendor/wit/rule.wit",
        ] {
            assert!(folder.join(file).is_file(), "{file}");
        }
        let again = create(parent.path(), "cash-limit", PluginKind::Rule);
        assert!(matches!(again, Err(NewError::Exists { .. })), "{again:?}");
        let names: Vec<_> = fs::read_dir(parent.path())
            .expect("a folder")
            .flatten()
            .map(|file| file.file_name())
            .collect();
        assert_eq!(names, ["cash-limit"]);
    }

    #[test]
    fn a_name_must_be_one() {
        let parent = tempfile::tempdir().expect("a folder");
        for name in ["", "Cash", "../up", "a b", "1st"] {
            assert!(
                create(parent.path(), name, PluginKind::Rule).is_err(),
                "{name}"
            );
        }
    }
}
