//! The project's own plugins, built for the benchmarks.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use bytes::Bytes;

use console::print;
use plugin_kit::build::{BuildOptions, build};

/// Where this program was built.
pub(super) const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The rules that are live while transactions come.
pub(super) const RULES: [&str; 5] = [
    "high-risk-country",
    "large-amount",
    "structuring",
    "unfamiliar-counterparty",
    "velocity",
];

/// A tenant's own formatter.
pub(super) const ATHORA: &str = "athora-csv";

/// The formatter that everyone has.
pub(super) const STANDARD: &str = "standard-csv";

/// Components, by package.
pub(super) struct Plugins(HashMap<String, Bytes>);

impl Plugins {
    /// Builds them, or finds them built.
    pub(super) fn build() -> anyhow::Result<Self> {
        let folder = Path::new(PROJECT);
        if !folder.join("plugins").is_dir() {
            bail!(
                "the benchmarks run this project's own plugins, and {} is gone; run 'vervet bench' from a checkout: cargo run --release -- bench",
                folder.join("plugins").display()
            );
        }
        let packages = RULES.into_iter().chain([ATHORA, STANDARD]);
        let options = BuildOptions {
            packages: packages.map(str::to_owned).collect(),
            target_dir: None,
        };
        let built = build(folder, &options, &mut |said| print::error(said))?;
        let read = |built: plugin_kit::build::Built| {
            let bytes = std::fs::read(&built.component)
                .with_context(|| format!("{} cannot be read", built.component.display()))?;
            Ok((built.package, bytes.into()))
        };
        built
            .into_iter()
            .map(read)
            .collect::<anyhow::Result<_>>()
            .map(Self)
    }

    /// One of them.
    pub(super) fn component(&self, package: &str) -> anyhow::Result<Bytes> {
        self.0
            .get(package)
            .cloned()
            .with_context(|| format!("the plugin {package} was not built"))
    }
}
