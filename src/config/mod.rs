//! The configuration: what was typed → what is meant.
//!
//! A file and the environment say what was typed (`file`, `environment`, `value`); the table of
//! `keys` says what is meant by it; a `draft` gathers the meaning and everything that is wrong,
//! and comes out as [`Loaded`] or as [`ConfigError`]. Nothing here acts on a setting.
//!
//! **Invariant:** a [`Config`] that was loaded is within every documented range, and no secret of
//! it appears in `Debug`, in a problem or in what is printed.

mod change;
mod draft;
mod environment;
mod file;
mod keys;
mod loaded;
mod nearest;
mod problem;
mod sections;
mod token;
mod value;
mod words;

use std::path::Path;

use secrecy::SecretString;
use url::Url;

pub use self::{
    change::Change,
    environment::Environment,
    loaded::Loaded,
    problem::{ConfigError, Origin, Problem},
    sections::{Cache, Delivery, Http, Intake, Log, Storage, Telegram, Warm, Webhook},
    words::{Format, IntakeMode, Level, NoTimeOfDay, TimeOfDay},
};
use crate::http::Listen;

/// Where the configuration is looked for unless `--config` says otherwise.
pub const DEFAULT_PATH: &str = "/etc/gatehouse/config.toml";

/// Everything an operator may choose. The default is what holds when nothing is chosen, and lacks
/// a token.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Which bot stands at the gate.
    pub telegram: Telegram,
    /// How updates arrive.
    pub intake: Intake,
    /// Where Telegram delivers updates in webhook mode.
    pub webhook: Webhook,
    /// The database.
    pub storage: Storage,
    /// What operators see.
    pub http: Http,
    /// How fast the gate acts.
    pub delivery: Delivery,
    /// How long a membership is believed.
    pub cache: Cache,
    /// Looking members up ahead of time.
    pub warm: Warm,
    /// What is told on standard error.
    pub log: Log,
}

impl Config {
    /// Reads the configuration from `path`, or from [`DEFAULT_PATH`] if there is such a file, and
    /// from the environment, which overrides it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Loaded, ConfigError> {
        Self::load_with_default(path, Path::new(DEFAULT_PATH), environment)
    }

    fn load_with_default(
        path: Option<&Path>,
        default: &Path,
        environment: &Environment,
    ) -> Result<Loaded, ConfigError> {
        let file = file::read(path, default);
        let (variables, complaints) = environment.entries();
        let mut draft = draft::Draft::new(file.is_toml);
        draft.problems.extend(file.problems);
        draft.problems.extend(complaints);
        for entry in file.entries.into_iter().chain(variables) {
            draft.take(entry);
        }
        token::resolve(&mut draft, environment);
        draft.judge(file.is_public);
        draft.finish(file.path)
    }

    /// The defaults, but for a simulated Telegram at `api_url`, a database at `path`, and an
    /// operator endpoint at `listen` or nowhere.
    ///
    /// # Errors
    ///
    /// If `api_url` is no URL.
    pub fn for_simulation(
        api_url: &str,
        token: &str,
        path: &Path,
        listen: Option<Listen>,
    ) -> Result<Self, url::ParseError> {
        let (token, api_url) = (SecretString::from(token), Url::parse(api_url)?);
        Ok(Self {
            telegram: Telegram { token, api_url, ..Telegram::default() },
            storage: Storage { path: path.to_path_buf(), ..Storage::default() },
            http: Http { listen, token: None },
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_default_file_everything_is_at_its_default() {
        let directory = tempfile::tempdir().unwrap();
        let environment = Environment::from_iter([("GATEHOUSE_TELEGRAM_TOKEN", "1:A")]);
        let load =
            || Config::load_with_default(None, &directory.path().join("config.toml"), &environment);
        let loaded = load().unwrap();
        assert_eq!(loaded.file, None);
        assert_eq!(format!("{:?}", loaded.config), format!("{:?}", Config::default()));

        std::fs::write(directory.path().join("config.toml"), "[log]\nlevel = 'warn'").unwrap();
        assert_eq!(load().unwrap().config.log.level, Level::Warn, "if there is one, it is read");
    }
}
