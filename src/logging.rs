//! What is told on standard error, and how much of it.
//!
//! What is worth telling is decided where it happens. Libraries are asked for warnings at most:
//! what they tell beyond is not ours to vet, and the address of every Bot API call holds the token.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    reload,
    util::SubscriberInitExt,
};

use crate::config::{Format, Level, Log};

/// Why there is no log, or not the one asked for.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// Something logs in this process already.
    #[error("a log is installed already")]
    Installed(#[source] tracing_subscriber::util::TryInitError),
    /// The log is gone.
    #[error("the log does not change its level")]
    Gone(#[source] reload::Error),
}

/// The log of this process.
#[derive(Clone, Debug)]
pub struct Logging(reload::Handle<Targets, Registry>);

impl Logging {
    /// Logs to standard error from now on. Under systemd's journal (`to_journal`) text has no
    /// timestamps, because the journal stamps every line; JSON keeps them for whoever reads it
    /// elsewhere. Colours are for terminals only.
    ///
    /// # Errors
    ///
    /// [`LoggingError::Installed`] if this process logs already.
    pub fn install(log: &Log, to_journal: bool) -> Result<Self, LoggingError> {
        let look = Look { format: log.format, to_journal, ansi: io::stderr().is_terminal() };
        let (subscriber, logging) = subscriber(log.level, look, io::stderr);
        subscriber.try_init().map_err(LoggingError::Installed)?;
        Ok(logging)
    }

    /// Logs as much as `level` says from now on.
    ///
    /// # Errors
    ///
    /// [`LoggingError::Gone`] if the log has ended.
    pub fn set_level(&self, level: Level) -> Result<(), LoggingError> {
        self.0.reload(targets(level)).map_err(LoggingError::Gone)
    }
}

/// What a line looks like.
#[derive(Clone, Copy)]
struct Look {
    format: Format,
    to_journal: bool,
    ansi: bool,
}

fn subscriber<W>(
    level: Level,
    look: Look,
    writer: W,
) -> (impl SubscriberExt + Send + Sync + Into<tracing::Dispatch>, Logging)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(targets(level));
    (tracing_subscriber::registry().with(lines(look, writer).with_filter(filter)), Logging(handle))
}

fn lines<S, W>(look: Look, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(look.ansi);
    match (look.format, look.to_journal) {
        (Format::Json, _) => lines.json().flatten_event(true).with_ansi(false).boxed(),
        (Format::Text, true) => lines.without_time().boxed(),
        (Format::Text, false) => lines.boxed(),
    }
}

fn targets(level: Level) -> Targets {
    let ours = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let theirs = ours.min(LevelFilter::WARN);
    Targets::new().with_default(theirs).with_target(env!("CARGO_PKG_NAME"), ours)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Paper {
        fn read(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(level: Level, look: Look, tell: impl FnOnce(&Logging)) -> String {
        let paper = Paper::default();
        let to = paper.clone();
        let (subscriber, logging) = subscriber(level, look, move || to.clone());
        tracing::dispatcher::with_default(&subscriber.into(), || tell(&logging));
        paper.read()
    }

    const TEXT: Look = Look { format: Format::Text, to_journal: true, ansi: false };

    #[test]
    fn the_level_can_be_changed_while_it_runs() {
        let told = log(Level::Info, TEXT, |logging| {
            tracing::debug!("before");
            logging.set_level(Level::Debug).unwrap();
            tracing::debug!("after");
            logging.set_level(Level::Error).unwrap();
            tracing::warn!("quiet again");
        });
        assert!(told.contains("after"), "{told}");
        assert!(!told.contains("before") && !told.contains("quiet again"), "{told}");
    }

    #[test]
    fn a_library_is_asked_for_warnings_at_most() {
        let told = log(Level::Trace, TEXT, |_| {
            tracing::debug!(target: "hyper_util::client", "https://api.telegram.org/bot1:A");
            tracing::info!(target: "reqwest", "https://api.telegram.org/bot1:A");
            tracing::warn!(target: "reqwest", "slow");
            tracing::trace!("ours");
        });
        assert!(!told.contains("bot1"), "{told}");
        assert!(told.contains("slow") && told.contains("ours"), "{told}");
    }

    #[test]
    fn every_line_looks_as_the_configuration_says() {
        let tell = |look| log(Level::Info, look, |_| tracing::info!(groups = 2, "ready"));
        assert_eq!(tell(TEXT), " INFO gatehouse::logging::tests: ready groups=2\n");
        let stamped = tell(Look { to_journal: false, ..TEXT });
        assert!(stamped.contains("Z  INFO gatehouse"), "{stamped}");
        assert!(tell(Look { ansi: true, ..TEXT }).contains('\u{1b}'));
        let json = tell(Look { format: Format::Json, to_journal: true, ansi: true });
        let json = serde_json::from_str::<serde_json::Value>(&json).unwrap();
        assert_eq!((&json["message"], &json["groups"]), (&"ready".into(), &2.into()));
        assert!(json["timestamp"].is_string(), "{json}");
    }
}
