//! A whole host in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tenant::credential::{Credential, CredentialKind};

use crate::program::vervet;
use crate::{Client, TestTenant};

/// The program under test, serving, with a data directory of its own. Dropped, it is killed.
pub struct HostProcess {
    child: Child,
    url: String,
    administrator: Credential,
    data: TempDir,
    variables: Vec<(String, String)>,
    keeps_log: bool,
}

impl HostProcess {
    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// Where it does not.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with more variables of its environment, at each start.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_as(variables, false)
    }

    /// Starts it, and keeps its [`log`](Self::log), with all that it says.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_logging() -> Self {
        Self::start_as(
            &[("VERVET_LOG_LEVEL", "info,host=debug,plugin=debug")],
            true,
        )
    }

    /// What it has logged.
    ///
    /// # Panics
    /// Where it does not keep its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).expect("it keeps its log")
    }

    fn start_as(variables: &[(&str, &str)], keeps_log: bool) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables: Vec<_> = variables.iter().map(owned).collect();
        let data = tempfile::tempdir().expect("a directory");
        let administrator = Credential::generate(CredentialKind::HostToken);
        let mut child = spawn(&data, &administrator, &variables, keeps_log);
        let url = listens_on(&mut child);
        Self {
            child,
            url,
            administrator,
            data,
            variables,
            keeps_log,
        }
    }

    /// The URL of the host, another one after each start.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// How much memory it has at this moment, as Linux tells it.
    ///
    /// # Panics
    /// Where it is not told.
    #[cfg(target_os = "linux")]
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most memory that it had since [`forget_peak`](Self::forget_peak), as Linux tells it.
    ///
    /// # Panics
    /// Where it is not told.
    #[cfg(target_os = "linux")]
    pub fn peak_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    /// Begins to look for the most memory anew.
    ///
    /// # Panics
    /// Where Linux refuses.
    #[cfg(target_os = "linux")]
    pub fn forget_peak(&self) {
        let forget = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
        forget.expect("the peak is forgotten");
    }

    /// Processor time of the process and of those that it started and that have ended, as Linux tells it.
    ///
    /// # Panics
    /// Where it is not told.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> std::time::Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the process is there");
        let (_, numbers) = stat.rsplit_once(')').expect("the program's name");
        let ticks = numbers.split_whitespace().skip(11).take(4);
        let ticks: u64 = ticks
            .map(|number| number.parse::<u64>().expect("a number"))
            .sum();
        // Linux counts in hundredths of a second, whatever the machine.
        std::time::Duration::from_millis(ticks * 10)
    }

    #[cfg(target_os = "linux")]
    fn status_bytes(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process is there");
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = value.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.expect("a number of KiB") << 10
    }

    /// Makes a tenant with its first user.
    pub async fn tenant(&self, name: &str) -> TestTenant {
        let administrator = Client::new(&self.url).with(self.administrator.expose());
        TestTenant::create(&administrator, name).await
    }

    /// Ends it as a power switch would, so that it can do nothing more.
    ///
    /// # Panics
    /// Where the operating system refuses.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is killed");
        self.child.wait().expect("the process ends");
    }

    /// Starts it again over the same data, and waits until it listens.
    ///
    /// # Panics
    /// Where it does not.
    pub fn start_again(&mut self) {
        self.begin_start();
        self.url = listens_on(&mut self.child);
    }

    /// Starts it again over the same data, and does not wait.
    pub fn begin_start(&mut self) {
        let (data, administrator) = (&self.data, &self.administrator);
        self.child = spawn(data, administrator, &self.variables, self.keeps_log);
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    data: &TempDir,
    administrator: &Credential,
    variables: &[(String, String)],
    keeps_log: bool,
) -> Child {
    let mut command = Command::new(vervet());
    if keeps_log {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(data.path().join("log"));
        command.stderr(log.expect("a file for the log"));
    }
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "data"])
        .current_dir(data.path())
        .env("VERVET_ADMIN_TOKEN", administrator.expose())
        .env("VERVET_LANES_WORKERS", "2")
        .env("VERVET_LOG_LEVEL", "warn")
        .env("VERVET_STORE_CACHE_MIB", "8")
        .envs(variables.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn listens_on(child: &mut Child) -> String {
    let output = child.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(output).lines();
    let line = lines.find_map(|line| {
        let line = line.expect("the program writes text");
        line.strip_prefix("Vervet listens on ").map(str::to_owned)
    });
    line.expect("the program listens; standard error says why it does not")
}
