//! Windows over a history that grows: what a transaction costs after ten million others, or a hundred million.
//!
//! The yardstick is a directory with a tenth of the transactions and as many for each key. Processor time is that of the
//! host's process, as Linux reports it in `/proc`; other systems cannot run this benchmark.
//!
//! - [`fill`]: a directory is filled, beside its yardstick;
//! - [`late`], [`install`], [`restart`], [`rebuild`], [`history`]: what is done with the filled directory;
//! - [`order`]: the same transactions in other orders;
//! - [`rows`], [`zipf`], [`arrival`]: the transactions, their keys and their orders;
//! - [`grown`], [`posts`], [`usage`], [`progress`]: what the parts share.

mod arrival;
mod fill;
mod grown;
mod history;
mod install;
mod late;
mod order;
mod posts;
mod progress;
mod rebuild;
mod restart;
mod rows;
mod usage;
mod zipf;

use clap::{Args, ValueEnum};

use super::figure::Figure;
use super::{Setting, runtime};
use console::print;
use grown::{Grown, Plan};
use rows::Draw;

/// The budget of the part `budget`, in MiB.
const SMALL_BUDGET: u64 = 64;

/// What the benchmark `growth` can be told.
#[derive(Args)]
#[command(next_help_heading = "Options of growth")]
pub(super) struct Options {
    /// Millions of transactions
    #[arg(long, default_value_t = 10, value_name = "MILLIONS", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    rows: u64,
    /// The parts to run; all by default
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    parts: Vec<Part>,
    /// How customers and counterparties are drawn, in all parts but 'zipf'
    #[arg(long, value_enum, default_value_t = Draw::Uniform, value_name = "DRAW")]
    keys: Draw,
    /// The host's lanes.window_mib, in all parts but 'budget' [default: the host's]
    #[arg(long, value_name = "MIB")]
    window_mib: Option<u64>,
    /// Another seed gives other transactions
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A part that can be run alone, in the order in which parts are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Processor time, memory and disk while the directory is filled, beside a directory of a tenth
    Fill,
    /// One transaction in a hundred late by 1 to 170 days
    Late,
    /// A rule with a 90-day window is installed while transactions are posted
    Install,
    /// A kill, and the time to the first answer and to the full rate
    Restart,
    /// A start without the indexes of windows, which are made again
    Rebuild,
    /// A backtest of the five rules over everything
    Backtest,
    /// Two million transactions by customer, shuffled and reversed, beside time order
    Order,
    /// 'fill' with keys by Zipf's law
    Zipf,
    /// 'fill' and 'late' with 64 MiB for windows
    Budget,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    fn plan(&self, setting: &Setting) -> Plan {
        Plan {
            rows: setting.amount(self.rows * 1_000_000),
            draw: self.keys,
            window_mib: self.window_mib,
            seed: self.seed,
        }
    }
}

/// Runs the parts that are wanted, and shows each figure as soon as there is one.
pub(super) fn measure(setting: &Setting, options: &Options) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let plan = options.plan(setting);
        measure_grown(setting, options, &plan).await?;
        if options.wants(Part::Order) {
            show(order::measure(setting, &plan).await?)?;
        }
        if options.wants(Part::Zipf) {
            let plan = Plan {
                draw: Draw::Zipf,
                ..plan.clone()
            };
            let (grown, figures) = fill::measure(setting, &plan).await?;
            show(figures)?;
            grown.remove()?;
        }
        if options.wants(Part::Budget) {
            let plan = Plan {
                window_mib: Some(SMALL_BUDGET),
                ..plan
            };
            let (grown, figures) = fill::measure(setting, &plan).await?;
            show(figures)?;
            show(late::measure(setting, &grown).await?)?;
            grown.remove()?;
        }
        Ok(())
    })
}

/// The parts about one filled directory.
async fn measure_grown(setting: &Setting, options: &Options, plan: &Plan) -> anyhow::Result<()> {
    use Part::{Backtest, Fill, Install, Late, Rebuild, Restart};
    let parts = [Fill, Late, Install, Restart, Rebuild, Backtest];
    if !parts.into_iter().any(|part| options.wants(part)) {
        return Ok(());
    }
    let mut grown = if options.wants(Fill) {
        let (grown, figures) = fill::measure(setting, plan).await?;
        show(figures)?;
        grown
    } else {
        let grown = Grown::create(setting, plan).await?;
        grown.fill().await?;
        grown
    };
    if options.wants(Late) {
        show(late::measure(setting, &grown).await?)?;
    }
    if options.wants(Install) {
        show(install::measure(setting, &grown).await?)?;
    }
    if options.wants(Restart) {
        let (restarted, figures) = restart::measure(setting, grown).await?;
        show(figures)?;
        grown = restarted;
    }
    if options.wants(Rebuild) {
        let (rebuilt, figures) = rebuild::measure(grown).await?;
        show(figures)?;
        grown = rebuilt;
    }
    if options.wants(Backtest) {
        let (folder, figures) = history::measure(grown).await?;
        show(figures)?;
        std::fs::remove_dir_all(folder)?;
    } else {
        grown.remove()?;
    }
    Ok(())
}

fn show(figures: Vec<Figure>) -> anyhow::Result<()> {
    for figure in figures {
        print::line(figure)?;
    }
    Ok(())
}
