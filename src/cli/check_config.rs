//! `gatehouse check-config`: says what is wrong with the configuration, or shows it.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::output;
use crate::{
    config::{Config, DEFAULT_PATH, Environment},
    telegram::Token,
};

/// Shows the effective configuration as TOML, secrets masked; warnings go to standard error.
///
/// # Errors
///
/// Everything that is wrong with it.
pub(super) fn run(path: Option<&Path>, environment: &Environment) -> anyhow::Result<()> {
    let loaded = Config::load(path, environment)?;
    Token::parse(loaded.config.telegram.token.expose_secret())?;
    for warning in &loaded.warnings {
        output::warning(warning);
    }
    match &loaded.file {
        Some(file) => output::line(&format!("# {}: no problem", file.display())),
        None => output::line(&format!("# there is no {DEFAULT_PATH}; defaults and environment")),
    }
    output::text(&loaded.to_string());
    Ok(())
}
