//! The program `vervet`.

fn main() -> std::process::ExitCode {
    cli::main()
}
