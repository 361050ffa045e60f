//! The command line: one file a command.

mod check_config;
mod demo;
pub mod output;
mod run;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

/// Stands at the gate of Telegram supergroups: whoever has not joined the required channels is held
/// until they have.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, max_term_width = 100)]
pub struct Cli {
    /// The configuration file [default: /etc/gatehouse/config.toml, if it exists]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service until SIGTERM or Ctrl-C; SIGHUP reads the log level anew
    Run,
    /// Shows everything against a simulated Telegram: no token, no network
    Demo(DemoArgs),
    /// Checks the configuration and prints what is in force, secrets masked
    CheckConfig,
}

/// How the demo is run.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// How long it runs; 0: until Ctrl-C
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many supergroups there are
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=500))]
    groups: u16,
    /// How many people there are
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    users: u32,
    /// Where /health and /stats answer meanwhile
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
}

/// Runs the command of this process's arguments. Returns 0 if it went well, 1 if not; wrong
/// arguments end the process with 2.
#[must_use]
pub fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let done = match command {
        Command::Run => run::run(config.as_deref()),
        Command::Demo(args) => demo::start(&args),
        Command::CheckConfig => check_config::run(config.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
