//! `vervet plugin test`, and `vervet backtest` on files: transactions through a rule, with the host's own windows,
//! sandbox and limits.
//!
//! - [`material`]: what a team would have: payload schema, transactions, lists;
//! - [`rule`]: the run; [`report`]: what is printed of it.

mod material;
mod report;
mod rule;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::check::Workbench;
use material::Transactions;
pub(crate) use material::read_config;
pub(super) use material::{DirectoryLists, read_schema};
pub use rule::Ended;
pub(crate) use rule::TrialOutcome;
use runtime::registry::Plugin;

/// Run a file of transactions through a rule, as a host would
///
/// Prints every finding with its evidence and fuel; what the rule logs goes to standard error.
///
/// Exit codes: 0 every transaction was judged, 1 not done (standard error says why), 2 wrong arguments, 3 the schema
/// refused transactions, 4 the rule could not judge transactions (and the schema may have refused some), 5 there was no
/// transaction.
#[derive(Args)]
pub(crate) struct Test {
    #[command(flatten)]
    material: Material,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A rule, and all that it is tried on, as files.
#[derive(Args)]
pub(crate) struct Material {
    /// The component
    pub(crate) file: PathBuf,
    /// The team's payload schema: what PUT /v1/teams/{team}/payload-schema takes, or GET answers
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: PathBuf,
    /// The transactions, in the order in which they come: .ndjson, .csv, or .json with an array
    #[arg(long, value_name = "FILE")]
    pub(crate) transactions: PathBuf,
    /// The rule's configuration [default: {}]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A folder of lists: NAME.txt is the list NAME, with an entry on each line
    #[arg(long, value_name = "DIR")]
    pub(crate) lists: Option<PathBuf>,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let outcome = self.material.try_out(&mut |_, _| {})?;
        if self.json {
            report::json(&outcome)?;
        } else {
            report::text(&outcome)?;
        }
        outcome.ended().map_or(Ok(()), |ended| Err(ended.into()))
    }
}

impl Material {
    /// Judges all transactions; `judged` is told how many are, of how many.
    pub(crate) fn try_out(
        &self,
        judged: &mut dyn FnMut(usize, usize),
    ) -> anyhow::Result<TrialOutcome> {
        let schema = material::read_schema(&self.schema)?;
        let config = match &self.config {
            Some(path) => read_config(path)?.to_string(),
            None => "{}".to_owned(),
        };
        let lists = DirectoryLists::read(self.lists.as_deref())?;
        let transactions = Transactions::read(&self.transactions, &schema)?;

        let runtime = tokio::runtime::Runtime::new()?;
        let workbench = Workbench::open()?;
        let published = runtime.block_on(workbench.publish(&self.file))?;
        let Plugin::Rule(rule) = &published.plugin else {
            bail!(
                "{} is a formatter, and transactions run through a rule; 'vervet plugin check' says what it is",
                self.file.display()
            );
        };
        let trial = rule::Trial::prepare(rule, &config, &schema, &lists);
        let trial = trial
            .with_context(|| format!("{} cannot be installed so", rule.manifest().common.name))?;
        trial.run(transactions, judged)
    }
}
