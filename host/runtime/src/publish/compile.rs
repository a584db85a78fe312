//! Compiling in a process of its own, with limits: how long it takes and how
//! much memory it needs is up to the upload, and nothing in the engine bounds it.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::inspect::{Inspected, Refusal};
use crate::limits::Limits;

/// The subcommand of the program that compiles.
pub(crate) const SUBCOMMAND: &str = "compile-plugin";

/// How many seconds a process may wait for a processor with each second that it has it: whether a
/// plugin can be published must not depend on what else the machine does.
const BUSY: u64 = 3;

/// What the process prints.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The bytes are a plugin.
    Accepted(Inspected),
    /// They are none that this host runs.
    Refused(Refusal),
}

/// The files that the process writes into the directory that it is given.
pub struct Files<'d>(pub &'d Path);

impl Files<'_> {
    /// The upload as a component.
    pub fn component(&self) -> PathBuf {
        self.0.join("component.wasm")
    }

    /// The component's compiled code.
    pub fn compiled(&self) -> PathBuf {
        self.0.join("component.cwasm")
    }
}

/// Starts the processes that compile.
pub(crate) struct Compiler {
    program: PathBuf,
    /// Where directories for their files are made.
    workplace: PathBuf,
    turns: Semaphore,
    processor_seconds: u64,
    memory_bytes: u64,
    /// With how much memory an instance of a new plugin may start.
    instance_bytes: usize,
}

/// Where the bytes that are compiled come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody uploads them now.
    Upload,
    /// They were published before; limits that came later do not refuse them.
    Store,
}

/// What a process made; the directory goes when this is dropped.
pub(crate) struct Compiled {
    pub(crate) inspected: Inspected,
    pub(crate) directory: TempDir,
}

/// Why there is no compiled code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A sentence for the author.
    #[error("{0}")]
    Refused(String),
    /// Seconds and bytes that compiling may take.
    #[error("the plugin is too large to compile: the host gives it {0} seconds and {mib} MiB", mib = .1 >> 20)]
    TooLarge(u64, u64),
    /// The host's trouble.
    #[error("the process that compiles plugins could not run: {0}")]
    Process(#[from] std::io::Error),
}

impl Compiler {
    pub(crate) fn new(program: PathBuf, workplace: PathBuf, limits: &Limits) -> Self {
        Self {
            program,
            workplace,
            turns: Semaphore::new(limits.compile_at_once.max(1)),
            processor_seconds: limits.compile_seconds,
            memory_bytes: limits.compile_memory_bytes,
            instance_bytes: limits.instance_bytes(),
        }
    }

    /// Inspects and compiles a component. Dropping the future ends the process.
    pub(crate) async fn compile(
        &self,
        upload: &[u8],
        origin: Origin,
    ) -> Result<Compiled, CompileError> {
        let _turn = self
            .turns
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let directory = TempDir::new_in(&self.workplace)?;
        let wall_clock = Duration::from_secs(self.processor_seconds * BUSY);
        let output =
            match tokio::time::timeout(wall_clock, self.run(upload, origin, &directory)).await {
                Ok(output) => output?,
                Err(_) => return Err(self.too_large()),
            };
        match serde_json::from_slice(&output.stdout) {
            Ok(Report::Accepted(inspected)) if output.status.success() => Ok(Compiled {
                inspected,
                directory,
            }),
            Ok(Report::Refused(Refusal(sentence))) => Err(CompileError::Refused(sentence)),
            _ => {
                let words = String::from_utf8_lossy(&output.stderr);
                tracing::warn!(status = %output.status, "compiling a plugin ended: {words}");
                Err(self.too_large())
            }
        }
    }

    async fn run(
        &self,
        upload: &[u8],
        origin: Origin,
        directory: &TempDir,
    ) -> std::io::Result<Output> {
        let mut command = Command::new(&self.program);
        command
            .arg(SUBCOMMAND)
            .arg("--directory")
            .arg(directory.path())
            .arg("--memory-bytes")
            .arg(self.memory_bytes.to_string())
            .arg("--cpu-seconds")
            .arg(self.processor_seconds.max(1).to_string());
        if origin == Origin::Upload {
            command
                .arg("--instance-bytes")
                .arg(self.instance_bytes.to_string());
        }
        let mut process = command
            .env_clear()
            // Threads share the address space that is limited, and the processors with everyone else.
            .env("RAYON_NUM_THREADS", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = process.stdin.take().expect("standard input is a pipe");
        let write = async move {
            // A process that ended before it read everything says why on its output.
            let _ = stdin.write_all(upload).await;
        };
        let ((), output) = tokio::join!(write, process.wait_with_output());
        output
    }

    fn too_large(&self) -> CompileError {
        CompileError::TooLarge(self.processor_seconds, self.memory_bytes)
    }
}
