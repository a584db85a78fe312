//! The program `vervet`.

use clap::{Parser, Subcommand};
use host::cli::compile::CompilePlugin;

#[derive(Parser)]
#[command(name = "vervet", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(hide = true)]
    CompilePlugin(CompilePlugin),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::CompilePlugin(compile) => compile.run(),
    }
}
