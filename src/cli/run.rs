//! `gatehouse run`: the service.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    app::App,
    config::{Config, environment},
    logging::{self, Levels},
    shutdown::{Shutdown, on_signals},
};

/// Runs until SIGTERM, SIGINT, or something vital ends.
///
/// # Errors
///
/// Anything an operator has to put right.
pub(super) fn run(path: Option<&Path>) -> anyhow::Result<()> {
    let environment = environment();
    let loaded = Config::load(path, &environment)?;
    let levels = logging::start(&loaded.config.log, environment.contains_key("JOURNAL_STREAM"));
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Runtime::new().context("no async runtime could be started")?;
    runtime.block_on(async {
        let shutdown = Shutdown::default();
        let (path, old) = (path.map(PathBuf::from), loaded.effective);
        on_signals(&shutdown, move || reload(path.as_deref(), &levels, &old))?;
        App::start(&loaded.config, shutdown).await?.run().await
    })
}

/// Reads the configuration again: the log level changes at once, everything else is named and
/// waits for a restart.
fn reload(path: Option<&Path>, levels: &Levels, old: &str) {
    let loaded = match Config::load(path, &environment()) {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::error!(%error, "the configuration is not reloaded; the old one stays");
            return;
        }
    };
    levels.set(loaded.config.log.level);
    let changed = loaded.effective.lines().filter(|line| !old.lines().any(|was| was == *line));
    for line in changed.filter(|line| !line.starts_with("level ")) {
        tracing::warn!(line, "this change needs a restart");
    }
}
