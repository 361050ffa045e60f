//! The log: on standard error, as text for people or as JSON for machines.
//!
//! Libraries are heard from warnings on only: below that some of them tell the addresses they call,
//! and Telegram's hold the token.

use std::io::{IsTerminal as _, stderr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, Registry, filter::Targets, fmt, layer::SubscriberExt as _, reload,
    util::SubscriberInitExt as _,
};

use crate::config::Log;

/// Changes what is logged while the program runs.
#[derive(Clone)]
pub struct Levels(reload::Handle<Targets, Registry>);

impl Levels {
    /// Logs as much as `level` says from now on.
    pub fn set(&self, level: LevelFilter) {
        match self.0.reload(targets(level)) {
            Ok(()) => tracing::info!(%level, "logging"),
            Err(error) => tracing::warn!(%error, "the log level is not changed"),
        }
    }
}

/// Begins to log. `journald` leaves the time out, because the journal has its own. Only the first
/// call in a process has an effect.
#[must_use]
pub fn start(log: &Log, journald: bool) -> Levels {
    let (filter, handle) = reload::Layer::new(targets(log.level));
    let text = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines = match (log.json, journald) {
        (true, _) => fmt::layer().json().flatten_event(true).with_writer(stderr).boxed(),
        (false, true) => text.without_time().boxed(),
        (false, false) => text.boxed(),
    };
    let begun = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    if begun.is_err() {
        tracing::debug!("the log had begun before");
    }
    Levels(handle)
}

fn targets(level: LevelFilter) -> Targets {
    let libraries = level.min(LevelFilter::WARN);
    Targets::new().with_default(libraries).with_target("gatehouse", level)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_never_tell_the_addresses_they_call() {
        let chatty = targets(LevelFilter::TRACE);
        assert!(chatty.would_enable("gatehouse::outbox", &Level::TRACE));
        assert!(chatty.would_enable("hyper_util::client", &Level::WARN));
        for level in [Level::INFO, Level::DEBUG, Level::TRACE] {
            assert!(!chatty.would_enable("reqwest::connect", &level), "{level}");
        }
        assert!(!targets(LevelFilter::ERROR).would_enable("hyper", &Level::WARN));
    }
}
