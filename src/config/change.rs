//! What a reload changes.

use std::fmt;

use super::{Config, keys::KEYS};

/// A key whose value is another one than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key, `section.name`.
    pub key: String,
    /// Whether the running process can follow; otherwise it takes a restart.
    pub is_live: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

impl Config {
    /// The keys in which `new` differs from `old`, in the order of `config.toml.example`.
    ///
    /// A token read from the same file that is another one now is a change of `telegram.token`.
    #[must_use]
    pub fn changes(old: &Self, new: &Self) -> Vec<Change> {
        KEYS.iter()
            .filter(|key| (key.plain)(old) != (key.plain)(new))
            .map(|key| Change { key: key.path(), is_live: key.is_live })
            .collect()
    }
}
