//! `gatehouse run`: the service.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    app::App,
    config::{Config, Environment},
    logging::Logging,
    shutdown::{Shutdown, signals},
};

/// Runs until SIGTERM, SIGINT, or something vital ends.
///
/// # Errors
///
/// Anything an operator has to put right.
pub(super) fn run(path: Option<&Path>, environment: &Environment) -> anyhow::Result<()> {
    let loaded = Config::load(path, environment)?;
    let logging = Logging::install(&loaded.config.log, environment.logs_to_journal())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Runtime::new().context("no async runtime could be started")?;
    runtime.block_on(serve(loaded.config, path.map(PathBuf::from), environment, &logging))
}

async fn serve(
    config: Config,
    path: Option<PathBuf>,
    environment: &Environment,
    logging: &Logging,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::default();
    let mut current = config.clone();
    let reload = move || reload(&mut current, path.as_deref(), environment, logging);
    let impatient = signals(shutdown.clone(), reload).context("no signals can be heard")?;
    let service = async {
        match App::start(&config, shutdown.clone()).await {
            Ok(app) => app.run().await,
            Err(_) if shutdown.is_triggered() => Ok(()), // stopped before it could begin
            Err(error) => Err(error),
        }
    };
    tokio::select! {
        ended = service => ended,
        () = impatient => anyhow::bail!("stopped at once; what was in flight is done at the next start"),
    }
}

/// Reads the configuration again: what can change while running does, everything else is named.
fn reload(current: &mut Config, path: Option<&Path>, environment: &Environment, logging: &Logging) {
    let loaded = match Config::load(path, environment) {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::error!(%error, "the configuration is not reloaded; what was in force stays");
            return;
        }
    };
    let changes = Config::changes(current, &loaded.config);
    if changes.is_empty() {
        tracing::info!("the configuration is reloaded; nothing has changed");
    }
    for change in changes {
        if change.is_live {
            tracing::info!(key = change.key, "changed");
        } else {
            tracing::warn!(key = change.key, "this change needs a restart");
        }
    }
    if let Err(error) = logging.set_level(loaded.config.log.level) {
        tracing::warn!(%error, "the log level stays as it was");
    }
    *current = loaded.config;
}
