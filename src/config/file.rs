//! What was typed in the configuration file, with the line it was typed on.
//!
//! Whether a value is allowed is not judged here, only whether there is such a key.

use std::{
    fs, io,
    ops::Range,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    keys::{self, Key},
    nearest,
    problem::{Origin, Problem},
    value::Value,
};

/// A known key and what was typed for it.
pub(super) struct Entry {
    pub(super) key: &'static Key,
    pub(super) value: Value,
    /// The value letter by letter, in one line, for a complaint.
    pub(super) typed: String,
    pub(super) origin: Origin,
}

/// What is in a file.
#[derive(Default)]
pub(super) struct Contents {
    /// None if the default file does not exist.
    pub(super) path: Option<PathBuf>,
    /// Whether users other than the owner and the group may read it.
    pub(super) is_public: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
    /// Whether it is TOML; if not, entries may be missing.
    pub(super) is_toml: bool,
}

/// The longest piece of a value that is repeated in a complaint, in characters.
const TYPED_MAX: usize = 60;

/// Reads `asked`, which must exist, or else `default`, which need not.
pub(super) fn read(asked: Option<&Path>, default: &Path) -> Contents {
    let path = asked.unwrap_or(default);
    match fs::read_to_string(path) {
        Ok(text) => {
            let mode = fs::metadata(path).map_or(0, |it| it.permissions().mode());
            Contents { is_public: mode & 0o004 != 0, ..parse(&text, path) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && asked.is_none() => {
            Contents { is_toml: true, ..Contents::default() }
        }
        Err(error) => {
            let text =
                format!("{error}; name a file that exists and can be read, or leave --config out");
            let problem = Problem::new(Some(Origin::Whole(path.to_path_buf())), text);
            Contents { problems: vec![problem], ..Contents::default() }
        }
    }
}

/// Reads `text`, the contents of `path`.
pub(super) fn parse(text: &str, path: &Path) -> Contents {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, path, entries: Vec::new(), problems: Vec::new() };
    for error in &errors {
        // Only the message: the error's Display repeats the line, which may hold a secret.
        let span = error.span().unwrap_or_default();
        reader.complain(span, format!("not TOML ({}); text must stand in quotes", error.message()));
    }
    if errors.is_empty() {
        reader.sections(table.get_ref());
    }
    Contents {
        path: Some(path.to_path_buf()),
        is_public: false,
        entries: reader.entries,
        problems: reader.problems,
        is_toml: errors.is_empty(),
    }
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn sections(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            let section = name.get_ref().as_ref();
            let is_section = keys::is_section(section);
            let text = match value.get_ref().as_table() {
                Some(keys) if is_section => {
                    self.keys(section, keys);
                    continue;
                }
                Some(_) => {
                    let nearest = nearest::section(section);
                    format!("there is no section [{section}]; nearest: [{nearest}]")
                }
                None if is_section => format!("{section} is a section: write [{section}]"),
                None => {
                    let nearest = nearest::key("", section);
                    format!("{section} stands in no section; nearest: {nearest}")
                }
            };
            self.complain(name.span(), text);
        }
    }

    fn keys(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let Some(key) = keys::find(section, name.get_ref()) else {
                let nearest = nearest::key(section, name.get_ref());
                let text = format!("there is no {section}.{}; nearest: {nearest}", name.get_ref());
                self.complain(name.span(), text);
                continue;
            };
            let origin = self.origin(&name.span());
            let (typed, value) = (self.typed(value), Value::from(value.get_ref()));
            self.entries.push(Entry { key, value, typed, origin });
        }
    }

    fn complain(&mut self, at: Range<usize>, text: String) {
        self.problems.push(Problem::new(Some(self.origin(&at)), text));
    }

    fn origin(&self, at: &Range<usize>) -> Origin {
        let before = self.text.bytes().take(at.start);
        let line = before.filter(|byte| *byte == b'\n').count().saturating_add(1);
        Origin::File { path: self.path.to_path_buf(), line }
    }

    fn typed(&self, value: &Spanned<DeValue<'_>>) -> String {
        if value.get_ref().is_table() {
            return "a table".to_owned();
        }
        shorten(self.text.get(value.span()).unwrap_or_default())
    }
}

/// One line of at most [`TYPED_MAX`] characters.
pub(super) fn shorten(typed: &str) -> String {
    let line = |it: char| if it.is_control() { ' ' } else { it };
    let mut short = typed.chars().take(TYPED_MAX).map(line).collect::<String>();
    if typed.chars().nth(TYPED_MAX).is_some() {
        short.push('…');
    }
    short
}
