//! `vervet compile-plugin`: the process in which an upload is read and compiled.
//! The host starts it; it is not for people.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};

use runtime::publish::compile::{Files, Report};
use runtime::publish::inspect::{Inspected, Refusal, inspect};

/// Reads an upload on standard input, writes the component and its compiled
/// code into a directory, and prints what it found as JSON.
#[derive(Debug, clap::Args)]
pub struct CompilePlugin {
    /// Where to write.
    #[arg(long)]
    directory: PathBuf,
    /// Address space that this process may have.
    #[arg(long)]
    memory_bytes: u64,
    /// Processor time that this process may have.
    #[arg(long)]
    cpu_seconds: u64,
    /// Memory with which an instance may start; unlimited for what was published before.
    #[arg(long)]
    instance_bytes: Option<usize>,
}

impl CompilePlugin {
    /// Limits this process, then does the work.
    pub fn run(self) -> anyhow::Result<()> {
        limit(Resource::As, self.memory_bytes)?;
        limit(Resource::Cpu, self.cpu_seconds)?;
        limit(Resource::Core, 0)?;
        let mut upload = Vec::new();
        std::io::stdin().read_to_end(&mut upload)?;
        let report = match self.compile(&upload)? {
            Ok(inspected) => Report::Accepted(inspected),
            Err(refusal) => Report::Refused(refusal),
        };
        std::io::stdout().write_all(&serde_json::to_vec(&report)?)?;
        Ok(())
    }

    fn compile(&self, upload: &[u8]) -> anyhow::Result<Result<Inspected, Refusal>> {
        let (inspected, component) = match inspect(upload, self.instance_bytes) {
            Ok(plugin) => plugin,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let engine = runtime::compiling_engine().map_err(anyhow::Error::msg)?;
        let compiled = match engine.precompile_component(&component) {
            Ok(compiled) => compiled,
            Err(error) => {
                return Ok(Err(Refusal(format!(
                    "this is no component that the host runs: {error:#}"
                ))));
            }
        };
        let files = Files(&self.directory);
        std::fs::write(files.component(), component)?;
        std::fs::write(files.compiled(), compiled)?;
        Ok(Ok(inspected))
    }
}

fn limit(resource: Resource, most: u64) -> anyhow::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).with_context(|| format!("{resource:?} cannot be limited to {most}"))
}
