//! `vervet plugin`: what plugin authors call.
//!
//! - [`new`] writes a small crate that needs nothing but this program and Rust;
//! - [`build`] makes a component of a crate, with the [`toolchain`] for guests;
//! - [`check`] does all that publishing and installing do, here;
//! - [`trial`] runs a file of transactions through a rule;
//! - [`mod@push`] publishes.

mod backtest;
pub mod build;
mod check;
mod debian;
pub mod new;
mod push;
pub mod toolchain;
mod trial;
mod vendor;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub use backtest::Backtest;
pub use check::read as read_component;
pub use debian::DebianError;
pub use push::push;
pub use trial::Ended;

use console::print;

/// Write, build, check, test and publish plugins
#[derive(Args)]
pub struct Plugin {
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Subcommand)]
enum PluginCommand {
    New(New),
    Build(Build),
    Check(check::Check),
    Test(trial::Test),
    Push(push::Push),
}

/// Write a new plugin: a small crate with an example, a test and a README
#[derive(Args)]
struct New {
    /// Its name: a-z, 0-9, - and _
    name: String,
    /// What it does
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// Looks at transactions
    #[default]
    Rule,
    /// Writes files of alerts
    Formatter,
}

/// Build a plugin: one component in one file, small and fast
///
/// The first build gets the standard library for WebAssembly, where the compiler has none.
#[derive(Args)]
struct Build {
    /// The plugin's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// A package, where the folder is a workspace; may be repeated
    #[arg(short, long)]
    package: Vec<String>,
}

impl Plugin {
    /// Does what it says.
    ///
    /// # Errors
    /// What went wrong, as a line for people.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            PluginCommand::New(new) => new.run(),
            PluginCommand::Build(build) => build.run(),
            PluginCommand::Check(check) => check.run(),
            PluginCommand::Test(test) => test.run(),
            PluginCommand::Push(push) => push.run(),
        }
    }
}

impl New {
    fn run(self) -> anyhow::Result<()> {
        let kind = match self.kind {
            Kind::Rule => new::PluginKind::Rule,
            Kind::Formatter => new::PluginKind::Formatter,
        };
        let folder = new::create(&PathBuf::from("."), &self.name, kind)?;
        let name = &self.name;
        print::line(format_args!("{} is written; next:", folder.display()))?;
        print::line(format_args!(
            "  cd {name} && cargo test          runs its test\n  \
             vervet plugin build {name}       makes {name}/target/vervet/{name}.wasm"
        ))?;
        Ok(())
    }
}

impl Build {
    fn run(self) -> anyhow::Result<()> {
        let options = build::BuildOptions {
            packages: self.package,
            target_dir: None,
        };
        for built in build::build(&self.dir, &options, &mut |said| print::error(said))? {
            let bytes = print::grouped(built.bytes);
            print::line(format_args!("{}  {bytes} bytes", built.component.display()))?;
        }
        Ok(())
    }
}
