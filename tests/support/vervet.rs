//! The program `vervet`, as the tests run it.

fn main() -> std::process::ExitCode {
    cli::main()
}
