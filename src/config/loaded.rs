//! A configuration in force, and how it is shown to people.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{
    Config,
    keys::KEYS,
    problem::{Origin, Problem},
};

/// A valid configuration, and where it comes from.
#[derive(Debug)]
pub struct Loaded {
    /// What is meant.
    pub config: Config,
    /// What is allowed, but should be looked at.
    pub warnings: Vec<Problem>,
    /// The file that was read; none if the default one does not exist.
    pub file: Option<PathBuf>,
    /// Where each key that was typed was typed.
    pub(super) origins: BTreeMap<String, Origin>,
}

impl fmt::Display for Loaded {
    /// Every key with its effective value as TOML, secrets masked, and where it was typed if it
    /// was. Read back it means the same, but for the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut section, mut gap) = ("", "");
        for key in &KEYS {
            if key.section != section {
                writeln!(f, "{gap}[{}]", key.section)?;
                (section, gap) = (key.section, "\n");
            }
            write!(f, "{} = {}", key.name, key.shown(&self.config))?;
            if let Some(origin) = self.origins.get(&key.path()) {
                write!(f, "  # {}", origin.to_string().escape_debug())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
