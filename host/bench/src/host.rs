//! A host in a process of its own, as operators run it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;

use console::client::Client;
use tenant::credential::{Credential, CredentialKind};

/// A host that serves; killed when dropped.
pub(super) struct ServedHost {
    process: Child,
    url: String,
    administrator: String,
}

impl ServedHost {
    /// Starts this program on a data directory, with its defaults; returns when it serves.
    pub(super) fn start(data: &Path) -> anyhow::Result<Self> {
        Self::start_with(data, &[])
    }

    /// Starts this program on a data directory with variables such as `VERVET_LANES_WINDOW_MIB`; returns when it serves.
    pub(super) fn start_with(data: &Path, variables: &[(&str, String)]) -> anyhow::Result<Self> {
        let administrator = Credential::generate(CredentialKind::HostToken)
            .expose()
            .to_owned();
        let log = std::fs::File::create(data.join("log.txt"))?;
        let program = std::env::current_exe().context("the path of this program is not known")?;
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data", "."])
            .env("VERVET_ADMIN_TOKEN", &administrator)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("the host cannot be started")?;
        let said = process.stdout.take().context("the host has no output")?;
        let mut lines = BufReader::new(said).lines();
        let url = lines.find_map(|line| {
            let line = line.ok()?;
            Some(line.strip_prefix("Vervet listens on ")?.to_owned())
        });
        let mut host = Self {
            process,
            url: String::new(),
            administrator,
        };
        host.url = url.with_context(|| {
            let log = std::fs::read_to_string(data.join("log.txt")).unwrap_or_default();
            format!("the host ended before it served: {log}")
        })?;
        Ok(host)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> anyhow::Result<SocketAddr> {
        let address = self.url.trim_start_matches("http://");
        address.parse().context("the host serves on no address")
    }

    /// A client that calls as the administrator.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        Client::new(&self.url, &self.administrator)
    }

    /// Its process.
    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it with SIGKILL, as a crash would.
    pub(super) fn kill(self) {
        drop(self);
    }

    /// Ends it in order.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for ServedHost {
    fn drop(&mut self) {
        // After `stop` there is nothing left to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
