//! `vervet plugin check`: all that publishing does, on the author's machine, with the same code.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use tempfile::TempDir;

use super::print;
use crate::plugin::limits::Limits;
use crate::plugin::publish::Published;
use crate::plugin::registry::{Plugin, Registry};

/// Do all that publishing does, on this machine, with the default limits
#[derive(Args)]
pub(super) struct Check {
    /// The component, or a core module that carries its component type
    file: PathBuf,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Runtime::new()?;
        let workbench = Workbench::open()?;
        let published = runtime.block_on(workbench.publish(&self.file))?;
        describe(&published)?;
        Ok(())
    }
}

/// Publishes plugins into a directory that is gone afterwards.
pub(super) struct Workbench {
    registry: Registry,
    /// Holds the compiled code for as long as it is mapped.
    _directory: TempDir,
}

impl Workbench {
    /// Starts the engines. Needs a tokio runtime only for [`publish`](Self::publish).
    pub(super) fn open() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory can be made")?;
        let limits = Limits {
            // One author's machine, one plugin.
            pooled_instances: 16,
            ..Limits::default()
        };
        let program = std::env::current_exe().context("the path of this program is not known")?;
        let registry = Registry::open(limits, program, directory.path())?;
        Ok(Self {
            registry,
            _directory: directory,
        })
    }

    /// Checks, compiles and loads a component.
    pub(super) async fn publish(&self, file: &Path) -> anyhow::Result<Published> {
        let upload = read(file)?;
        self.registry
            .publish(upload)
            .await
            .with_context(|| format!("{} would not be published", file.display()))
    }
}

/// The bytes of a component.
pub(in crate::cli) fn read(file: &Path) -> anyhow::Result<Bytes> {
    let bytes = std::fs::read(file).with_context(|| {
        format!(
            "{} cannot be read; 'vervet plugin build' prints where it leaves the component",
            file.display()
        )
    })?;
    Ok(bytes.into())
}

fn describe(published: &Published) -> std::io::Result<()> {
    let kind = published.plugin.kind().as_str();
    let manifest = published.plugin.manifest();
    print::line(format_args!(
        "{kind} {} {}",
        manifest.name, manifest.version
    ))?;
    let entry = |name: &str, text: &str| print::line(format_args!("  {name:<11}{text}"));
    entry("title", &manifest.title)?;
    match &published.plugin {
        Plugin::Rule(rule) => {
            let rule = rule.manifest();
            let (severity, priority) = (rule.severity.as_str(), rule.priority.as_str());
            entry(
                "raises",
                &format!(
                    "{}, severity {severity}, priority {priority}",
                    rule.alert_type
                ),
            )?;
        }
        Plugin::Formatter(formatter) => {
            let formatter = formatter.manifest();
            entry(
                "writes",
                &format!("{}, as .{}", formatter.media_type, formatter.file_extension),
            )?;
        }
    }
    entry("digest", &published.digest.to_string())?;
    let bytes = print::grouped(published.component.len() as u64);
    entry("size", &format!("{bytes} bytes"))?;
    let imports = match &*published.imports {
        [] => "nothing".to_owned(),
        imports => imports.join(", "),
    };
    entry("imports", &imports)?;
    for check in &published.checks {
        entry("check", check)?;
    }
    print::line("It would be published.")
}
