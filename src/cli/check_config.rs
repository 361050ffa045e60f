//! `gatehouse check-config`: is it right, and what does it come to?

use std::path::Path;

use super::output;
use crate::{
    config::{Config, environment},
    telegram::Token,
};

/// Prints the configuration in force.
///
/// # Errors
///
/// Everything that is wrong with it.
pub(super) fn run(path: Option<&Path>) -> anyhow::Result<()> {
    let loaded = Config::load(path, &environment())?;
    loaded.warnings.iter().for_each(|warning| output::warning(warning));
    let token = Token::parse(loaded.config.telegram.token()?)?;
    output::line(&loaded.effective);
    output::line(&format!("# The configuration is valid; the bot's id is {}.", token.bot_id()));
    Ok(())
}
