//! The plugins of this repository, built.

use std::path::{Path, PathBuf};

use anyhow::bail;

use console::print;
use plugin_kit::build::{BuildOptions, build as build_packages};

/// The rules, which are installed.
pub(super) const RULES: [&str; 5] = [
    "structuring",
    "velocity",
    "large-amount",
    "high-risk-country",
    "unfamiliar-counterparty",
];

/// The formatters; the first one writes the nightly export.
pub(super) const FORMATTERS: [&str; 4] = ["athora-csv", "standard-csv", "columns-csv", "ndjson"];

/// Builds all of them in one call of cargo, and answers their components.
pub(super) fn build() -> anyhow::Result<Vec<PathBuf>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !repository.join("plugins").is_dir() {
        bail!(
            "the demo builds the plugins of the repository that this program was compiled in, and {} is \
             gone; run 'cargo run --release -- demo' in a repository",
            repository.join("plugins").display()
        );
    }
    let packages = RULES.iter().chain(&FORMATTERS);
    let options = BuildOptions {
        packages: packages.map(|name| (*name).to_owned()).collect(),
        target_dir: None,
    };
    print::line("Building the plugins of this repository")?;
    let built = build_packages(&repository, &options, &mut |said| print::error(said))?;
    let built: Vec<PathBuf> = built.into_iter().map(|built| built.component).collect();
    Ok(built)
}
