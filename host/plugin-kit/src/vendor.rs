//! The SDK's source, which this program carries, so that a new plugin needs nothing else.
//!
//! The folder that it is written to is a cargo workspace laid out as this
//! project's own, so that all paths between its parts hold.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../sdk");
static DOMAIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../domain");
static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");
const WORKSPACE: &str = include_str!("../../../Cargo.toml");
/// The versions that the project is tested with.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// The crates among it.
const MEMBERS: [&str; 3] = ["host/domain", "sdk", "sdk/macros"];

/// Writes the SDK into `folder`, which need not exist.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    for (place, source) in [("sdk", &SDK), ("host/domain", &DOMAIN), ("wit", &WIT)] {
        let place = folder.join(place);
        fs::create_dir_all(&place)?;
        source.extract(&place)?;
    }
    fs::write(folder.join("Cargo.toml"), workspace())
}

/// The lock file that a new plugin begins with.
pub(super) fn lock() -> &'static str {
    LOCK
}

/// The project's own workspace with [`MEMBERS`] alone.
fn workspace() -> String {
    let mut workspace: toml::Table = WORKSPACE
        .parse()
        .expect("cargo has read this Cargo.toml before it was embedded");
    if let Some(toml::Value::Table(own)) = workspace.get_mut("workspace") {
        own.insert(
            "members".to_owned(),
            MEMBERS.map(toml::Value::from).to_vec().into(),
        );
        own.remove("default-members");
        if let Some(toml::Value::Table(dependencies)) = own.get_mut("dependencies") {
            // A path to what is not here would be an error, even of a dependency that nobody uses.
            dependencies.retain(|_, dependency| {
                dependency
                    .get("path")
                    .and_then(toml::Value::as_str)
                    .is_none_or(|path| MEMBERS.contains(&path))
            });
        }
    }
    workspace.to_string()
}
