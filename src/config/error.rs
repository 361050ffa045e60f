//! What is wrong with a configuration, for whoever typed it.

use std::{fmt, path::PathBuf};

/// One thing that is wrong: where, what, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A file and line, or an environment variable.
    pub place: String,
    /// What is wrong and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source} (is the path right, and may this user read it?)", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// Nobody gave a token.
    #[error(
        "there is no bot token. @BotFather gives one (/newbot, or /token for a bot you have). \
         Put it into the systemd credential telegram-token, a file named by telegram.token_file, \
         or the environment variable GATEHOUSE_TELEGRAM_TOKEN"
    )]
    NoToken,
    /// Some values are not what they should be.
    #[error("{}", lines(.0))]
    Wrong(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
