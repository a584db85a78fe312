//! The commands of `vervet`, one file each.
//!
//! In reading order:
//!
//! - [`serve`] runs the host, which [`demo`] does too;
//! - [`demo`] shows it at work on weeks of made-up transactions;
//! - [`plugin_kit`] is what plugin authors call, to write rules and to try them on the past;
//! - [`audit`] checks that nobody altered the audit;
//! - [`mod@bench`] measures this machine;
//! - [`events`] looks at the broker of events;
//! - [`token`], [`compile`]: small ones.

mod allocator;

mod audit;
pub mod compile;
mod demo;
mod events;
mod log;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::print;
use plugin_kit::Ended;

/// Watches transactions with rules that each team brings itself, and raises alerts.
///
/// Rules and export formatters are WebAssembly components: sandboxed, uploaded over the API, and
/// installed without a restart.
#[derive(Parser)]
#[command(
    name = "vervet",
    version,
    max_term_width = 100,
    after_help = "See it at work: vervet demo",
    after_long_help = "Exit codes: 0 done, 1 not done (standard error says why), 2 wrong arguments; 'vervet plugin test' and \
        'vervet backtest' on files have more.\n\n\
        See it at work:  vervet demo\n\
        Write a rule:    vervet plugin new my-rule"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Plugin(plugin_kit::Plugin),
    Backtest(Box<plugin_kit::Backtest>),
    /// Measure this machine
    Bench(bench::Bench),
    Audit(audit::Audit),
    Token(token::Token),
    Events(events::Events),
    #[command(hide = true)]
    CompilePlugin(compile::CompilePlugin),
}

/// Reads the arguments and does what they say. What goes wrong is one line on standard error.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
        Command::Plugin(plugin) => plugin.run(),
        Command::Backtest(backtest) => backtest.run(),
        Command::Bench(bench) => bench.run(),
        Command::Audit(audit) => audit.run(),
        Command::Token(token) => token.run(),
        Command::Events(events) => events.run(),
        Command::CompilePlugin(compile) => compile.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has had enough of it.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(format_args!("vervet: {error:#}"));
            let ended = error.downcast_ref::<Ended>();
            ended.map_or(ExitCode::FAILURE, |ended| ended.exit_code().into())
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
