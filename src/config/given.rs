//! What was typed: the file's values and the environment's, each with its place.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{
    DEFAULT_PATH,
    error::{ConfigError, Problem},
    keys::{KEYS, Key, nearest},
};

/// A value somebody typed.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    /// The value.
    pub(super) value: Value,
    /// Where it stands.
    pub(super) place: String,
}

/// Everything somebody typed, by `section.name`; the environment wins over the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) values: BTreeMap<String, Typed>,
    pub(super) problems: Vec<Problem>,
}

impl Given {
    pub(super) fn collect(
        path: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut given = Self::default();
        if let Some((path, text)) = file(path)? {
            given.read_file(&path, &text)?;
        }
        given.read_environment(environment);
        Ok(given)
    }

    fn read_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            path: path.to_path_buf(),
            reason: error.to_string().trim_end().to_owned(),
        };
        let values: Table = toml::from_str(text).map_err(syntax)?;
        let places = DeTable::parse(text).map_err(syntax)?;
        for (section, keys) in places.get_ref() {
            let DeValue::Table(keys) = keys.get_ref() else {
                let place = place(path, text, section.span().start);
                let what = format!("{} needs a [section] above it", section.get_ref());
                self.problems.push(Problem { place, what });
                continue;
            };
            for name in keys.keys() {
                let place = place(path, text, name.span().start);
                let typed = values.get(section.get_ref().as_ref());
                let typed = typed.and_then(|section| section.get(name.get_ref().as_ref()));
                self.take(&format!("{}.{}", section.get_ref(), name.get_ref()), typed, place);
            }
        }
        Ok(())
    }

    fn take(&mut self, key: &str, value: Option<&Value>, place: String) {
        let value = value.filter(|_| KEYS.iter().any(|known| known.path() == key)).cloned();
        if let Some(value) = value {
            self.values.insert(key.to_owned(), Typed { value, place });
        } else {
            self.problems.push(Problem { place, what: unknown(key) });
        }
    }

    fn read_environment(&mut self, environment: &BTreeMap<String, String>) {
        for (variable, text) in environment {
            if !variable.starts_with("GATEHOUSE_") {
                continue;
            }
            let place = format!("environment variable {variable}");
            if let Some(key) = KEYS.iter().find(|key| key.variable() == *variable) {
                let value = from_text(key, text);
                self.values.insert(key.path(), Typed { value, place });
            } else {
                let near = nearest(variable, KEYS.iter().map(Key::variable));
                let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
                let what = format!("no key of the configuration is called that{hint}");
                self.problems.push(Problem { place, what });
            }
        }
    }
}

/// An environment variable is text; where the default is a number, a list or a truth value it is
/// read as TOML.
fn from_text(key: &Key, text: &str) -> Value {
    let literal = |text: &str| {
        let table: Option<Table> = toml::from_str(&format!("value = {text}")).ok();
        table.and_then(|mut table| table.remove("value"))
    };
    let is_text = literal(key.default).is_none_or(|default| default.is_str());
    let parsed = if is_text { None } else { literal(text) };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn file(path: Option<&Path>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let is_default = path.is_none();
    let path = path.unwrap_or(Path::new(DEFAULT_PATH)).to_path_buf();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if is_default && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

fn place(path: &Path, text: &str, offset: usize) -> String {
    let before = text.bytes().take(offset);
    let line = before.filter(|byte| *byte == b'\n').count().saturating_add(1);
    format!("{}, line {line}", path.display())
}

fn unknown(key: &str) -> String {
    match nearest(key, KEYS.iter().map(Key::path)) {
        Some(near) => format!("there is no key {key}; did you mean {near}?"),
        None => format!("there is no key {key}; config.toml.example lists all there are"),
    }
}
