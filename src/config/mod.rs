//! What was typed, and what is meant by it.
//!
//! A file and environment variables become one [`Config`], or a list of everything that is wrong.
//! The only place that reads the environment.

mod error;
mod given;
mod keys;
mod read;

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tracing::level_filters::LevelFilter;
use url::Url;

pub use self::error::{ConfigError, Problem};
use self::{given::Given, read::Reader};
use crate::http::Listen;

/// Where the configuration is looked for if no other path is given; it need not exist.
pub const DEFAULT_PATH: &str = "/etc/gatehouse/config.toml";

/// What the operator wants, validated, with every default filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[telegram]`.
    pub telegram: Telegram,
    /// `[intake]`.
    pub intake: Intake,
    /// `[storage]`.
    pub storage: Storage,
    /// `[http]`.
    pub http: Http,
    /// `[delivery]`.
    pub delivery: Delivery,
    /// `[cache]`.
    pub cache: Cache,
    /// `[log]`.
    pub log: Log,
}

/// `[telegram]`: the bot.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The bot's token; none if nobody gave one.
    pub token: Option<SecretString>,
    /// The Bot API.
    pub api_url: Url,
}

impl Telegram {
    /// The bot's token.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoToken`], which says where to get one and where to put it.
    pub fn token(&self) -> Result<&str, ConfigError> {
        self.token.as_ref().map(ExposeSecret::expose_secret).ok_or(ConfigError::NoToken)
    }
}

/// `[intake]`: how updates come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// By which way.
    pub mode: IntakeMode,
}

/// How updates come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeMode {
    /// We ask Telegram.
    Polling,
    /// Telegram posts them to us.
    Webhook,
}

/// `[storage]`: the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The database file.
    pub path: PathBuf,
    /// How many reads may run at the same time.
    pub readers: NonZeroU32,
}

/// `[http]`: the operator endpoint.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where it listens; none: nowhere.
    pub listen: Option<Listen>,
    /// What a client must present.
    pub token: Option<SecretString>,
}

/// `[delivery]`: Telegram's limits, and our patience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How many calls may be under way at the same time.
    pub workers: usize,
    /// Messages a second over all chats.
    pub messages_per_second: NonZeroU32,
    /// Messages a minute in one group.
    pub group_messages_per_minute: NonZeroU32,
    /// The waits before the first retries after a transient fault.
    pub retries: Vec<Duration>,
}

/// `[cache]`: what is known of memberships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// How long "joined" is believed.
    pub member_ttl: Duration,
    /// How long "missing" is believed.
    pub stranger_ttl: Duration,
    /// How far each of them varies either way.
    pub jitter_percent: u32,
    /// How much memory the cache may take.
    pub capacity_bytes: u64,
}

/// `[log]`: what is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// How much of what we do is logged.
    pub level: LevelFilter,
}

/// A configuration, and how it came about.
#[derive(Debug)]
pub struct Loaded {
    /// What is meant.
    pub config: Config,
    /// Every key with its value and where it came from, as TOML, secrets masked.
    pub effective: String,
    /// What is allowed but unwise.
    pub warnings: Vec<String>,
}

impl Config {
    /// Loads `path`, or the default file if there is one, and what the environment overrides.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once, each with what is allowed instead.
    pub fn load(
        path: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Loaded, ConfigError> {
        let given = Given::collect(path, environment)?;
        Reader::new(given, environment).config()
    }

    /// The defaults, against a simulated Telegram and a database of its own.
    ///
    /// # Panics
    ///
    /// Never: the defaults are valid, and `url` is that of a running simulation.
    #[must_use]
    pub fn for_simulation(url: &Url, token: &str, path: &Path, listen: Option<Listen>) -> Self {
        let mut config = Reader::defaults();
        config.telegram.token = Some(SecretString::from(token));
        config.telegram.api_url = url.clone();
        config.storage.path = path.to_path_buf();
        config.http.listen = listen;
        config
    }
}

/// The process's environment, as far as it is text.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests;
