//! The command line's entry: arguments, command, exit code.

use std::process::ExitCode;

use gatehouse::{cli, config::Environment};

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Environment::of_process())
}
