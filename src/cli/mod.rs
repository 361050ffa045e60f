//! The command line: what was asked for, done, and the exit code.
//!
//! One file per command. Exit codes: 0 good, 1 failed, 2 the command line is wrong.

mod check_config;
mod demo;
pub mod output;
mod run;

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::{DEFAULT_PATH, Environment};

/// Stands at the gate of Telegram supergroups: whoever has not joined the required channels is
/// held until they have.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[arg(long, global = true, value_name = "PATH", help = config_help())]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

fn config_help() -> String {
    format!("The configuration file [default: {DEFAULT_PATH}, if it exists]")
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service until SIGTERM or Ctrl-C; SIGHUP reads the configuration again
    Run,
    /// Show everything against a simulated Telegram: no token, no network
    Demo(DemoArgs),
    /// Say what is wrong with the configuration, or show it with secrets masked
    CheckConfig,
}

/// What `gatehouse demo` takes.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// How long to run; 0: until Ctrl-C
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub seconds: u64,
    /// How many groups to protect
    #[arg(long, value_name = "NUMBER", default_value_t = 6, value_parser = at_least_one)]
    pub groups: usize,
    /// How many people to let loose on them
    #[arg(long, value_name = "NUMBER", default_value_t = 300, value_parser = at_least_one)]
    pub users: usize,
    /// Where /health and /stats answer meanwhile
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|it| *it > 0).ok_or_else(|| "at least 1".to_owned())
}

/// Does what `arguments` (the program's name first) ask for, and tells how it went.
#[must_use]
pub fn run<T: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = T>,
    environment: &Environment,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => return output::parsed(&answer),
    };
    let done = match cli.command {
        Command::Run => run::run(cli.config.as_deref(), environment),
        Command::Demo(args) => demo::start(&args, environment),
        Command::CheckConfig => check_config::run(cli.config.as_deref(), environment),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
