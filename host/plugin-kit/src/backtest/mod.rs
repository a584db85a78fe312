//! `vervet backtest`: what a rule would have said of transactions of the past.
//!
//! - [`remote`]: of what a host has stored, over its API; [`local`]: of a file;
//! - [`table`]: what is printed of either; [`compared`]: and of a rule of the team beside it.

mod compared;
mod local;
mod remote;
mod table;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::trial::Material;
use remote::Remote;

/// Try a rule on transactions of the past
///
/// On what a host has stored, with --team and --plugin, or on a file, with the component's file, --schema and
/// --transactions. Shows how far it is, then what was found. Nothing is changed at the host, and no alert is made.
/// Ctrl-C ends the backtest at the host, too; with --detach it goes on without this program.
///
/// Ends with 1 where a transaction could not be judged; on files, with the exit codes of 'vervet plugin test'.
#[derive(Args)]
#[command(after_long_help = "Examples:\n  \
    vervet backtest --team aml --plugin cash-limit@0.2.0 --config config.json\n  \
    vervet backtest --team aml --plugin cash-limit@0.2.0 --from 2026-01-01 --to 2026-04-01\n  \
    vervet backtest --team aml --plugin cash-limit@0.2.0 --compare-with cash-limit\n  \
    vervet backtest cash_limit.wasm --schema schema.json --transactions march.csv\n\n\
    At a host the caller needs the permission 'rule:write'.")]
pub struct Backtest {
    /// A component, to be tried on a file of transactions
    #[arg(requires_all = ["schema", "transactions"])]
    file: Option<PathBuf>,
    /// The rule's configuration [default: {}]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The team's payload schema: the body of PUT /v1/teams/{team}/payload-schema
    #[arg(
        long,
        requires = "file",
        value_name = "FILE",
        help_heading = "On a file"
    )]
    schema: Option<PathBuf>,
    /// The transactions, in the order in which they come: .ndjson, .csv, or .json with an array
    #[arg(
        long,
        requires = "file",
        value_name = "FILE",
        help_heading = "On a file"
    )]
    transactions: Option<PathBuf>,
    /// A folder of lists: NAME.txt is the list NAME, with an entry on each line
    #[arg(
        long,
        requires = "file",
        value_name = "DIR",
        help_heading = "On a file"
    )]
    lists: Option<PathBuf>,

    /// The team whose transactions are judged
    #[arg(
        long,
        required_unless_present = "file",
        conflicts_with = "file",
        help_heading = "At a host"
    )]
    team: Option<String>,
    /// A rule plugin that is published at the host, with its version
    #[arg(
        long,
        required_unless_present = "file",
        conflicts_with = "file",
        value_name = "NAME@VERSION",
        help_heading = "At a host"
    )]
    plugin: Option<String>,
    /// Of transactions that happened then or later: a date, in UTC, or a time such as 2026-01-01T06:00:00+01:00
    #[arg(long, conflicts_with = "file", help_heading = "At a host")]
    from: Option<String>,
    /// Of transactions that happened before
    #[arg(long, conflicts_with = "file", help_heading = "At a host")]
    to: Option<String>,
    /// A rule of the team, with which it is compared
    #[arg(
        long,
        conflicts_with = "file",
        value_name = "RULE",
        help_heading = "At a host"
    )]
    compare_with: Option<String>,
    /// Over what they are compared: history, with what that rule says of the same transactions as it is installed now, or
    /// live, with what it said when they came
    #[arg(
        long,
        requires = "compare_with",
        value_name = "WHAT",
        value_parser = ["history", "live"],
        default_value = "history",
        help_heading = "At a host"
    )]
    compare_over: String,
    /// Transactions meet the lists as they are now, not as they were when each came
    #[arg(long, conflicts_with = "file", help_heading = "At a host")]
    lists_now: bool,
    /// Say where the backtest is, and do not wait for it
    #[arg(long, conflicts_with = "file", help_heading = "At a host")]
    detach: bool,
    /// The host
    #[arg(
        long,
        env = "VERVET_URL",
        default_value = "http://127.0.0.1:8080",
        help_heading = "At a host"
    )]
    url: String,
    /// The access token of a user
    #[arg(
        long,
        env = "VERVET_TOKEN",
        hide_env_values = true,
        help_heading = "At a host"
    )]
    token: Option<String>,
}

impl Backtest {
    /// Does what it says.
    ///
    /// # Errors
    /// What went wrong, or how far it came, as a line for people.
    pub fn run(self) -> anyhow::Result<()> {
        if let (Some(file), Some(schema), Some(transactions)) =
            (self.file, self.schema, self.transactions)
        {
            return local::run(&Material {
                file,
                schema,
                transactions,
                config: self.config,
                lists: self.lists,
            });
        }
        let plugin = self.plugin.unwrap_or_default();
        let (plugin, version) = plugin.split_once('@').with_context(|| {
            format!("--plugin is '{plugin}'; it is a name and a version, such as cash-limit@0.2.0")
        })?;
        let token = self
            .token
            .context("there is no token; give one with --token, or in VERVET_TOKEN")?;
        let remote = Remote {
            team: self.team.unwrap_or_default(),
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            config: self.config,
            from: self.from,
            to: self.to,
            compare_with: self.compare_with,
            compare_over: self.compare_over,
            lists_now: self.lists_now,
        };
        remote.run(&self.url, &token, self.detach)
    }
}
