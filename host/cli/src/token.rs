//! `vervet token`: credentials.

use clap::{Args, Subcommand};

use console::print;
use tenant::credential::{Credential, CredentialKind};

/// Make credentials
#[derive(Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Print a fresh administrator token, for VERVET_ADMIN_TOKEN
    New,
}

impl Token {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            TokenCommand::New => {
                let token = Credential::generate(CredentialKind::HostToken);
                print::line(token.expose())?;
                Ok(())
            }
        }
    }
}
