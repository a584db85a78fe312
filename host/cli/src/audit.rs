//! `vervet audit`: whether the audit in a data directory is as it was written.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use app::tenants::stored_tenants;
use console::print::{self, grouped};
use engine::lane::{ChainFault, ChainHead, ChainReport, VerifyError, verify_chain};
use store::key::TenantId;
use store::sled::SledOptions;
use store::{CommitLimits, Engine, Store};

/// Memory for pages of the store, in bytes: it is read through once.
const CACHE_BYTES: u64 = 16 << 20;

/// Check who did what when
#[derive(Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    Verify(Verify),
}

/// Check that no entry of the audit was altered, removed or put in since it was written
#[derive(Args)]
#[command(
    after_long_help = "The host must be stopped. Every record of the audit has the hash of the one before, so what was \
    altered or taken out within is found. Who cuts off the end, or can write everything anew, is found only by \
    a head that was noted elsewhere: GET /v1/audit/head answers it, and --head checks it."
)]
struct Verify {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "vervet-data")]
    data: PathBuf,
    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// What GET /v1/audit/head answered once: its record must be there
    #[arg(long, value_name = "POSITION:HASH", requires = "tenant")]
    head: Option<ChainHead>,
}

impl Audit {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            AuditCommand::Verify(verify) => verify.run(),
        }
    }
}

impl Verify {
    fn run(self) -> anyhow::Result<()> {
        let directory = self.data.join("store");
        ensure!(
            directory.is_dir(),
            "{} is no data directory; name the one of the host with --data",
            self.data.display()
        );
        let options = SledOptions {
            cache_bytes: CACHE_BYTES,
            ..SledOptions::new(directory)
        };
        let store = Store::open(Engine::Sled(options), CommitLimits::default())
            .context("the host must be stopped, and this user must be its owner")?;
        let mut tenants = stored_tenants(&store)?;
        if let Some(wanted) = &self.tenant {
            tenants.retain(|(_, name)| name == wanted);
            ensure!(!tenants.is_empty(), "there is no tenant '{wanted}'");
        }
        let (count, mut broken) = (tenants.len(), 0);
        for (tenant, name) in tenants {
            match verify(&store, tenant, &name, self.head)? {
                Ok(report) => print::line(whole(&name, &report))?,
                Err(fault) => {
                    broken += 1;
                    print::line(format_args!("tenant {name}: {fault}"))?;
                }
            }
        }
        store.close();
        ensure!(
            broken == 0,
            "{broken} of {count} audits were tampered with; keep the data directory as it is"
        );
        Ok(())
    }
}

/// Reads a tenant's chain, and shows on a terminal how far it is.
fn verify(
    store: &Store,
    tenant: TenantId,
    name: &str,
    head: Option<ChainHead>,
) -> anyhow::Result<Result<ChainReport, ChainFault>> {
    let bar = ProgressBar::new_spinner();
    let mut progress = |entries: u64| {
        bar.set_message(format!("tenant {name}: {} entries", grouped(entries)));
        bar.tick();
    };
    let verified = verify_chain(store, tenant, head, &mut progress);
    bar.finish_and_clear();
    match verified {
        Ok(report) => Ok(Ok(report)),
        Err(VerifyError::Fault(fault)) => Ok(Err(fault)),
        Err(VerifyError::Store(error)) => Err(error).with_context(|| format!("tenant {name}")),
    }
}

fn whole(name: &str, report: &ChainReport) -> String {
    let ChainHead { position, hash } = report.head;
    let entries = grouped(report.entries);
    let unchained = match report.unchained {
        0 => String::new(),
        count => format!(
            " but for the first {} entries, which an earlier release did not chain",
            grouped(count)
        ),
    };
    format!(
        "tenant {name}: {entries} entries, chain whole{unchained}, head {hash} at position {position}"
    )
}
