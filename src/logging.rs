//! The log: on standard error, as text for people or as JSON for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt as _, reload};

use crate::config::Log;

/// Changes what is logged while the program runs.
#[derive(Clone)]
pub struct Levels(reload::Handle<EnvFilter, Registry>);

impl Levels {
    /// Logs what `level` says from now on; a level that is none changes nothing.
    pub fn set(&self, level: &str) {
        let changed = EnvFilter::try_new(level).map(|filter| self.0.reload(filter));
        match changed {
            Ok(Ok(())) => tracing::info!(level, "log level changed"),
            Ok(Err(error)) => tracing::warn!(%error, "log level not changed"),
            Err(error) => tracing::warn!(%error, level, "not a log level"),
        }
    }
}

/// Begins to log. `journald` leaves the time out, because the journal has its own. Only the first
/// call in a process has an effect.
#[must_use]
pub fn start(log: &Log, journald: bool) -> Levels {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    let text = layer.with_ansi(terminal).with_target(false);
    let begun = match (log.json, journald) {
        (true, _) => {
            let layer = fmt::layer().with_writer(std::io::stderr).json().flatten_event(true);
            tracing::subscriber::set_global_default(registry.with(layer))
        }
        (false, true) => {
            tracing::subscriber::set_global_default(registry.with(text.without_time()))
        }
        (false, false) => tracing::subscriber::set_global_default(registry.with(text)),
    };
    if begun.is_err() {
        tracing::debug!("the log had begun before");
    }
    Levels(handle)
}
