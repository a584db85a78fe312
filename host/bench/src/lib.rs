//! `vervet bench`: what this machine does, each figure beside a yardstick of the same run.
//!
//! - [`evaluate`], [`windows`]: what a transaction costs before it is stored;
//! - [`single`], [`batch`]: transactions over HTTP, durable, with five live rules;
//! - [`export`], [`beside`]: files of alerts, and what a whole host does meanwhile; [`alerts`]: the work with them,
//!   and [`pages`]: what people see of it;
//! - [`backtest`]: rules over stored history;
//! - [`languages`]: the same rule in three languages;
//! - [`growth`]: a host whose history grows to ten million transactions and more;
//! - [`tenants`]: many tenants, each with a plugin of its own;
//! - [`host`], [`tenant`], [`load`], [`workload`], [`plugins`], [`measure`], [`figure`]: what they share.

mod alerts;
mod backtest;
mod batch;
mod beside;
mod evaluate;
mod export;
mod figure;
mod growth;
mod host;
mod languages;
mod load;
mod measure;
mod pages;
mod plugins;
mod single;
mod tenant;
mod tenants;
mod windows;
mod workload;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use console::print;
use figure::Figure;
use plugins::Plugins;
use server::open_files;

/// Measures this machine.
///
/// Each figure stands beside a yardstick that was measured in the same run: trust the ratios more than
/// the times. Data is written to a temporary folder in --dir, which must be on the disk that counts.
#[derive(Args)]
pub struct Bench {
    /// The benchmarks to run; all but growth and languages by default
    #[arg(value_enum)]
    names: Vec<Name>,
    /// A tenth of the work, for a first look
    #[arg(long)]
    quick: bool,
    /// Where data is written meanwhile
    #[arg(long, default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    growth: growth::Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// A rule beside the same in native Rust
    Evaluate,
    /// Inputs over windows with few and with many rows
    Windows,
    /// Transactions one at a time, beside the bare framework
    Single,
    /// Transactions in batches, beside parsing and writing them
    Batch,
    /// CSV of many alerts, beside the csv crate
    Export,
    /// Alerts made, changed, listed and closed, with a thousand and with a million
    Alerts,
    /// Pages with a million alerts: how soon they arrive, and how large they are
    Pages,
    /// Rules over stored transactions, and a host beside them
    Backtest,
    /// Many tenants with a plugin each
    Tenants,
    /// Windows over ten million transactions and more, in any order, on a budget and after a kill; takes up to an hour
    Growth,
    /// The same rule in Rust, JavaScript and Python; needs node and python3
    Languages,
}

/// What every benchmark is given.
struct Setting {
    plugins: Plugins,
    /// A folder on the disk that counts, gone afterwards.
    directory: tempfile::TempDir,
    quick: bool,
}

impl Setting {
    /// So much, or a tenth of it for a first look.
    fn amount(&self, whole: u64) -> u64 {
        if self.quick { whole / 10 } else { whole }
    }

    /// A new folder.
    fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.directory.path().join(name);
        server::make_directory(&folder)?;
        Ok(folder)
    }
}

impl Bench {
    /// Measures, and prints each figure as it is done.
    ///
    /// # Errors
    /// Where something could not be measured, as a line for people.
    pub fn run(self) -> anyhow::Result<()> {
        open_files::raise_limit();
        let directory = tempfile::Builder::new()
            .prefix("vervet-bench-")
            .tempdir_in(&self.dir)
            .with_context(|| format!("nothing can be written in {}", self.dir.display()))?;
        let setting = Setting {
            plugins: Plugins::build()?,
            directory,
            quick: self.quick,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        print::line(format_args!(
            "vervet {}, {cores} cores",
            env!("CARGO_PKG_VERSION")
        ))?;
        for &name in Name::value_variants() {
            let is_wanted = match self.names.is_empty() {
                true => !matches!(name, Name::Growth | Name::Languages),
                false => self.names.contains(&name),
            };
            if is_wanted {
                print::line("")?;
                for measure in name.parts() {
                    for figure in measure(&setting)? {
                        print::line(figure)?;
                    }
                }
                if name == Name::Growth {
                    growth::measure(&setting, &self.growth)?;
                }
            }
        }
        Ok(())
    }
}

/// Measures something.
type Measure = fn(&Setting) -> anyhow::Result<Vec<Figure>>;

impl Name {
    /// What is measured, part by part: figures are shown as soon as there are some.
    /// Growth has none, since it shows its own figures: what they are about is built once and takes many minutes.
    fn parts(self) -> &'static [Measure] {
        match self {
            Self::Evaluate => &[evaluate::measure],
            Self::Windows => &[windows::measure],
            Self::Single => &[single::measure],
            Self::Batch => &[batch::measure],
            Self::Export => &[export::measure, beside::measure],
            Self::Alerts => &[alerts::measure],
            Self::Pages => &[pages::measure],
            Self::Backtest => &[backtest::of_stream, backtest::beside, backtest::replays],
            Self::Tenants => &[tenants::measure],
            Self::Growth => &[],
            Self::Languages => &[languages::measure],
        }
    }
}

/// A runtime as the host's own.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("no threads could be started")
}
