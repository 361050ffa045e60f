//! The only place that reads the process environment.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    file::{Entry, shorten},
    keys::{KEYS, VARIABLE_PREFIX},
    nearest,
    problem::{Origin, Problem},
    value::Value,
};

/// Environment variables, of the process or made up for a test. Debug shows none: some are secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables of this process, as they are now.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// Whether standard error goes straight to systemd's journal, which stamps every line itself.
    ///
    /// `JOURNAL_STREAM` is inherited by children whose output goes elsewhere, so its device and
    /// inode are compared (systemd.exec(5)).
    #[must_use]
    pub fn logs_to_journal(&self) -> bool {
        let Some(stream) = self.get("JOURNAL_STREAM").and_then(OsStr::to_str) else { return false };
        fs::metadata("/proc/self/fd/2")
            .is_ok_and(|it| stream == format!("{}:{}", it.dev(), it.ino()))
    }

    /// Where systemd has put the credential `name`, if it has put any.
    pub(super) fn credential(&self, name: &str) -> Option<PathBuf> {
        let directory = self.get("CREDENTIALS_DIRECTORY").filter(|it| !it.is_empty())?;
        Some(Path::new(directory).join(name))
    }

    /// What the variables meant for the gate say. An empty secret says nothing.
    pub(super) fn entries(&self) -> (Vec<Entry>, Vec<Problem>) {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for (name, value) in &self.0 {
            let name = name.to_string_lossy();
            if !name.starts_with(VARIABLE_PREFIX) {
                continue;
            }
            let origin = Origin::Variable(name.to_string());
            let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
                let text =
                    format!("there is no such setting; nearest: {}", nearest::variable(&name));
                problems.push(Problem::new(Some(origin), text));
                continue;
            };
            match value.to_str() {
                Some("") if key.is_secret => {}
                Some(text) => {
                    let (value, typed) = (Value::Untyped(text.to_owned()), shorten(text));
                    entries.push(Entry { key, value, typed: format!("\"{typed}\""), origin });
                }
                None => problems.push(Problem::new(Some(origin), "must be UTF-8")),
            }
        }
        (entries, problems)
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}
