//! The rules of the house, held by reading the source: who may know whom, what has one home only, how
//! long a file may be. ARCHITECTURE.md says why each is there.
//!
//! What `rustc` and `clippy` can hold stays with them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// A file of the repository.
struct File {
    /// Its path from the root, with `/`.
    path: String,
    text: String,
}

impl File {
    /// The numbered lines before the file's tests, comments taken off; all of a file of tests only is
    /// tests.
    fn code(&self) -> Vec<(usize, &str)> {
        if self.path.ends_with("/tests.rs") || self.path.contains("/tests/") {
            return Vec::new();
        }
        let lines = (1..).zip(self.text.lines()).take(self.lines_before_tests());
        lines.map(|(number, line)| (number, without_comment(line))).collect()
    }

    /// How long the file is before its `mod tests {`; a `mod tests;` is a line like any other.
    fn lines_before_tests(&self) -> usize {
        let lines: Vec<_> = self.text.lines().collect();
        let opens = |pair: &[&str]| match pair {
            [attribute, module] => {
                *attribute == "#[cfg(test)]" && module.starts_with("mod ") && module.ends_with('{')
            }
            _ => false,
        };
        lines.windows(2).position(opens).unwrap_or(lines.len())
    }

    /// The room it belongs to: `store` for `src/store.rs` and for all in `src/store/`.
    fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split(['/', '.']).next().unwrap_or(inside)
    }

    /// The other rooms its code names, with the lines, however the path is written.
    fn rooms_named(&self) -> Vec<(usize, String)> {
        let mut code = String::new();
        let mut starts = Vec::new();
        for (number, line) in self.code() {
            starts.push((code.len(), number));
            code.push_str(line);
            code.push('\n');
        }
        let line_at = |at: usize| {
            starts.iter().rev().find(|(start, _)| *start <= at).map_or(1, |(_, number)| *number)
        };
        let mut named = Vec::new();
        for prefix in ["crate::".to_owned(), "super::".repeat(self.depth())] {
            let paths = code.match_indices(&prefix).filter(|(at, _)| is_whole(&code, *at));
            for start in paths.map(|(at, _)| at + prefix.len()) {
                let heads = heads(code.get(start..).unwrap_or("")).into_iter();
                named.extend(heads.map(|(offset, name)| (line_at(start + offset), name)));
            }
        }
        named.retain(|(_, room)| room != self.room());
        named
    }

    /// How many `super::` lead from it to the root of the crate.
    fn depth(&self) -> usize {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').filter(|part| *part != "mod.rs").count()
    }
}

/// Whether what stands at `at` begins a path, and is not the end of another name or path.
fn is_whole(code: &str, at: usize) -> bool {
    code.get(..at).is_some_and(|before| !before.ends_with(|c| c == ':' || is_name(c)))
}

/// The first names of a path: one, or those of its group `{a, b::{c, d}, e}`.
fn heads(path: &str) -> Vec<(usize, String)> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![(0, name(path))];
    };
    let mut found = Vec::new();
    let (mut depth, mut is_head) = (1, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => is_head = true,
            letter if is_head && is_name(letter) => {
                found.push((at + 1, name(group.get(at..).unwrap_or(""))));
                is_head = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

fn name(path: &str) -> String {
    path.chars().take_while(|letter| is_name(*letter)).collect()
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The line up to `//`, unless that stands in a text (`"https://…"`).
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").map(|(at, _)| at).find(|at| {
        let before = line.get(..*at).unwrap_or("");
        before.matches('"').count().is_multiple_of(2)
    });
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file whose name ends in one of `endings` below `folder`, in order.
fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    let wanted = found.iter().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        endings.iter().any(|ending| name.ends_with(ending))
    });
    let files: Vec<_> = wanted.map(|path| read(path)).collect();
    assert!(!files.is_empty(), "no file in {folder}: the test looks in the wrong place");
    files
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.expect("a directory that can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> File {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let inside = path.strip_prefix(root()).expect("a path below the root");
    File { path: inside.to_string_lossy().replace('\\', "/"), text }
}

fn sources() -> Vec<File> {
    files("src", &[".rs"])
}

/// Lines of code that contain one of `words`, in files for which `is_home` is false.
fn strays(words: &[&str], is_home: impl Fn(&File) -> bool) -> Vec<String> {
    let mut strays = Vec::new();
    for file in sources().iter().filter(|file| !is_home(file)) {
        for (number, line) in file.code() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                strays.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    strays
}

/// Fails with every place and what to do about it.
#[track_caller]
fn none(places: &[String], fix: &str) {
    let mut list = String::new();
    for place in places {
        write!(list, "\n  {place}").expect("a string takes everything");
    }
    assert!(places.is_empty(), "{fix}{list}");
}

#[test]
fn the_gate_knows_ids_and_the_types_of_the_clock_and_nothing_else() {
    let mut places = Vec::new();
    for file in sources().iter().filter(|file| file.room() == "gate") {
        let strangers = file.rooms_named().into_iter();
        let strangers = strangers.filter(|(_, room)| !["ids", "clock"].contains(&room.as_str()));
        places.extend(strangers.map(|(line, room)| format!("{}:{line}: {room}", file.path)));
    }
    none(&places, "the decision is pure: pass in what it needs as a value of gate/, ids or clock");
}

#[test]
fn the_gate_has_no_io_no_clock_no_lock_no_log_and_no_error() {
    let impure = [
        "Clock",
        "Mutex",
        "RwLock",
        "Atomic",
        "tracing::",
        "tokio::",
        "std::fs",
        "std::io",
        "std::net",
        "std::thread",
        "Instant",
        "SystemTime",
        "fastrand",
        "Result<",
        "async ",
    ];
    let places = strays(&impure, |file| file.room() != "gate");
    none(&places, "the decision is pure: what can go wrong, and the time, are values passed in");
}

#[test]
fn store_telegram_cache_limits_and_http_do_not_know_each_other() {
    let rooms = BTreeSet::from(["store", "telegram", "cache", "limits", "http"]);
    let mut places = Vec::new();
    for file in sources().iter().filter(|file| rooms.contains(file.room())) {
        let others = file.rooms_named().into_iter();
        let others = others.filter(|(_, room)| rooms.contains(room.as_str()));
        places.extend(others.map(|(line, room)| format!("{}:{line}: {room}", file.path)));
    }
    none(&places, "let them meet in dispatch, delivery, membership or app");
}

#[test]
fn sql_is_written_in_store_only() {
    let sql = [
        "rusqlite",
        "r2d2",
        "SELECT ",
        "INSERT INTO",
        "INSERT OR",
        "DELETE FROM",
        "CREATE TABLE",
        "CREATE INDEX",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
    ];
    let places = strays(&sql, |file| file.room() == "store");
    none(&places, "give store/ a function that speaks the domain's types");
}

#[test]
fn the_bot_api_is_spoken_in_telegram_and_sim_only() {
    let methods = [
        "\"getUpdates\"",
        "\"getMe\"",
        "\"getChat\"",
        "\"getChatMember\"",
        "\"sendMessage\"",
        "\"getChatAdministrators\"",
        "\"restrictChatMember\"",
        "\"banChatSenderChat\"",
        "\"deleteMessage\"",
        "\"deleteMessages\"",
        "\"editMessageText\"",
        "\"answerCallbackQuery\"",
        "\"setMyCommands\"",
        "\"deleteWebhook\"",
        "\"getWebhookInfo\"",
        "\"setWebhook\"",
    ];
    let fields = [
        "\"chat_id\"",
        "\"user_id\"",
        "\"message_id\"",
        "\"update_id\"",
        "\"callback_data\"",
        "\"reply_markup\"",
        "\"parse_mode\"",
        "\"retry_after\"",
        "\"allowed_updates\"",
        "\"inline_keyboard\"",
    ];
    let words: Vec<_> = methods.into_iter().chain(fields).collect();
    let places = strays(&words, |file| ["telegram", "sim"].contains(&file.room()));
    none(&places, "give telegram/ a call or an event that says it in the gate's words");
    let places = strays(&["teloxide", "reqwest"], |file| file.room() == "telegram");
    none(&places, "telegram/ is the only HTTP client: give its Client a method");
}

#[test]
fn the_environment_is_handed_in_by_main_and_read_in_config_only() {
    let words = ["std::env", "env::var", "env::args", "env::current_dir", "env::temp_dir"];
    let places = strays(&words, |file| ["config", "main"].contains(&file.room()));
    none(&places, "make it a key of the configuration");
}

#[test]
fn the_time_is_read_in_clock_only() {
    let words = ["SystemTime::now", "Instant::now", "UNIX_EPOCH"];
    let places = strays(&words, |file| file.path == "src/clock.rs");
    none(&places, "take a clock::Clock, so that a test can move it");
}

#[test]
fn the_process_is_ended_in_main_only() {
    let words = ["process::exit", "process::abort"];
    let places = strays(&words, |file| file.path == "src/main.rs");
    none(&places, "return an error or an ExitCode, so that what is in flight is finished");
}

#[test]
fn every_file_begins_by_saying_what_lives_there() {
    let all = ["src", "tests", "benches"].into_iter().flat_map(|folder| files(folder, &[".rs"]));
    let silent = all.filter(|file| !file.text.starts_with("//! "));
    let places: Vec<_> = silent.map(|file| format!("{}:1", file.path)).collect();
    none(&places, "begin with //! and say what lives here and what does not");
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let mut places = Vec::new();
    for file in sources().iter().filter(|file| !file.code().is_empty()) {
        let lines = file.lines_before_tests();
        if lines > 400 {
            places.push(format!("{}:401: {lines} lines before its tests", file.path));
        }
    }
    let all = ["src", "tests", "benches"].into_iter().flat_map(|folder| files(folder, &[".rs"]));
    for file in all {
        let lines = file.text.lines().count();
        if lines > 600 {
            places.push(format!("{}:601: {lines} lines", file.path));
        }
    }
    none(&places, "400 lines before the tests and 600 with them are the end: split along a noun");
}

#[test]
fn the_documents_stay_short_enough_to_be_read() {
    let mut places = Vec::new();
    for (name, lines_max) in [("README.md", 150), ("ARCHITECTURE.md", 250)] {
        let Ok(text) = fs::read_to_string(root().join(name)) else { continue };
        let lines = text.lines().count();
        if lines > lines_max {
            places.push(format!("{name}:{}: {lines} lines", lines_max + 1));
        }
    }
    none(&places, "README.md has 150 lines, ARCHITECTURE.md 250: say it shorter, or elsewhere");
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    // Put together here, so that this file does not name them.
    let places = ["home", "root", "Users", "work"].map(|folder| format!("/{folder}/"));
    let endings =
        [".rs", ".toml", ".md", ".sql", ".service", ".example", "run", "justfile", ".yml"];
    let mut found = Vec::new();
    for file in files(".", &endings) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if places.iter().any(|place| begins_a_path(line, place)) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&found, "name a place every installation has, or a temporary directory");
}

/// Whether `place` begins a path in `line`, and is not a part of a URL or of a longer path.
fn begins_a_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|letter| !is_name(letter) && !['.', '/', '-'].contains(&letter))
    })
}
