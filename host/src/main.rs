//! The program `vervet`.

fn main() -> std::process::ExitCode {
    host::cli::main()
}
