//! `vervet events`: the broker that events of sessions go to.

use std::path::PathBuf;

use anyhow::Context;

use super::serve::read_config;
use console::print;
use sessions::event::{Address, check};

/// Look at the broker that events of sessions go to
#[derive(clap::Args)]
pub(super) struct Events {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Check(Check),
}

/// Try connection, login, virtual host, exchange and queue; publish nothing and make nothing
#[derive(clap::Args)]
#[command(
    after_long_help = "The broker is the one of the configuration: rabbitmq.url and what else is under [rabbitmq]. User and \
    password come from VERVET_RABBITMQ_USER and VERVET_RABBITMQ_PASSWORD, or stand in VERVET_RABBITMQ_URL.\n\n\
    Whether the queue is bound to the exchange cannot be asked over AMQP; an event that no queue takes stays in the outbox, and \
    /readyz and /metrics say so."
)]
struct Check {
    /// The configuration [default: vervet.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "VERVET_CONFIG")]
    config: Option<PathBuf>,
}

impl Events {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Check(check) => check.run(),
        }
    }
}

impl Check {
    fn run(self) -> anyhow::Result<()> {
        let config = read_config(self.config.as_deref(), [])?;
        let address = Address::of(&config.rabbitmq)?.context(
            "no broker is configured, so no events are made; set rabbitmq.url or VERVET_RABBITMQ_URL",
        )?;
        let runtime = tokio::runtime::Runtime::new().context("no threads could be started")?;
        let findings = runtime.block_on(check(&address));
        let mut failed = 0;
        for finding in &findings {
            match &finding.result {
                Ok(found) => print::line(format_args!("good    {}: {found}", finding.what))?,
                Err(error) => {
                    failed += 1;
                    print::line(format_args!("failed  {}: {error}", finding.what))?;
                }
            }
        }
        if failed > 0 {
            anyhow::bail!("events cannot be delivered as it is");
        }
        Ok(())
    }
}
