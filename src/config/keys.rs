//! Every key of the configuration: its name, what may be typed for it, and what it means.
//!
//! From this one table come the check for unknown keys, the names in the environment, the ranges,
//! what `check-config` prints and what a reload compares. The defaults are in
//! [`sections`](super::sections), the prose in `config.toml.example`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    Config,
    value::{Refusal, Value},
    words::{Format, IntakeMode, Level},
};
use crate::http::Listen;

/// A day, the longest a membership may be believed.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// One key.
pub(super) struct Key {
    /// The section it stands in.
    pub(super) section: &'static str,
    /// Its name within the section.
    pub(super) name: &'static str,
    /// Whether its value must never be shown.
    pub(super) is_secret: bool,
    /// Whether a complaint repeats what was typed; not where a secret is easily typed by mistake.
    pub(super) is_repeated: bool,
    /// Whether a change takes effect without a restart.
    pub(super) is_live: bool,
    /// Writes what is meant by what was typed.
    pub(super) read: fn(&mut Config, &Value) -> Result<(), Refusal>,
    /// What would be typed to mean what is; of a secret the secret itself.
    pub(super) plain: fn(&Config) -> Value,
}

impl Key {
    const fn new(
        section: &'static str,
        name: &'static str,
        read: fn(&mut Config, &Value) -> Result<(), Refusal>,
        plain: fn(&Config) -> Value,
    ) -> Self {
        Self { section, name, is_secret: false, is_repeated: true, is_live: false, read, plain }
    }

    const fn secret(self) -> Self {
        Self { is_secret: true, is_repeated: false, ..self }
    }

    const fn unrepeated(self) -> Self {
        Self { is_repeated: false, ..self }
    }

    const fn live(self) -> Self {
        Self { is_live: true, ..self }
    }

    /// Its full name, `section.name`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that overrides it.
    pub(super) fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}_{}", self.section, self.name).to_ascii_uppercase()
    }

    /// What would be typed to mean what is, with a secret masked.
    pub(super) fn shown(&self, config: &Config) -> Value {
        let value = (self.plain)(config);
        if self.is_secret && value != text("") { text("***") } else { value }
    }
}

/// What the environment variables meant for the gate begin with.
pub(super) const VARIABLE_PREFIX: &str = "GATEHOUSE_";

/// The key `section.name`, if there is one.
pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// Whether there is such a section.
pub(super) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.section == name)
}

/// Every key, in the order of `config.toml.example`.
pub(super) static KEYS: [Key; 26] = [
    Key::new(
        "telegram",
        "token",
        |to, typed| set(&mut to.telegram.token, typed.text().map(|it| it.trim().into())),
        |of| text(of.telegram.token.expose_secret()),
    )
    .secret(),
    Key::new(
        "telegram",
        "token_file",
        |to, typed| set(&mut to.telegram.token_file, unless_empty(typed, Value::path)),
        |of| text(of.telegram.token_file.as_deref().map_or_else(String::new, path)),
    )
    .unrepeated(),
    Key::new(
        "telegram",
        "api_url",
        |to, typed| set(&mut to.telegram.api_url, typed.url(&["https", "http"])),
        |of| text(of.telegram.api_url.as_str().trim_end_matches('/')),
    )
    .unrepeated(),
    Key::new(
        "intake",
        "mode",
        |to, typed| set(&mut to.intake.mode, typed.one_of(&IntakeMode::ALL, IntakeMode::name)),
        |of| text(of.intake.mode.name()),
    ),
    Key::new(
        "webhook",
        "url",
        |to, typed| set(&mut to.webhook.url, unless_empty(typed, |it| it.url(&["https"]))),
        |of| text(of.webhook.url.as_ref().map_or("", |it| it.as_str())),
    )
    .unrepeated(),
    Key::new(
        "webhook",
        "listen",
        |to, typed| {
            let what = "an address and port such as 127.0.0.1:8443";
            set(&mut to.webhook.listen, typed.text_as(what, |it| it.parse().ok()))
        },
        |of| text(of.webhook.listen.to_string()),
    ),
    Key::new(
        "webhook",
        "secret",
        |to, typed| {
            let what = "1 to 256 letters, digits, \"_\" or \"-\"";
            set(&mut to.webhook.secret, typed.secret(what, is_webhook_secret))
        },
        |of| secret(of.webhook.secret.as_ref()),
    )
    .secret(),
    Key::new(
        "webhook",
        "max_connections",
        |to, typed| set(&mut to.webhook.max_connections, typed.count(100)),
        |of| Value::Whole(of.webhook.max_connections.get().into()),
    ),
    Key::new(
        "storage",
        "path",
        |to, typed| set(&mut to.storage.path, typed.path()),
        |of| text(path(&of.storage.path)),
    ),
    Key::new(
        "storage",
        "readers",
        |to, typed| set(&mut to.storage.readers, typed.count(64)),
        |of| Value::Whole(of.storage.readers.get().into()),
    ),
    Key::new(
        "http",
        "listen",
        |to, typed| {
            let what = "an address and port such as 127.0.0.1:8080, unix: and an absolute path, \
                        or \"off\"";
            set(&mut to.http.listen, unless_off(typed, |it| it.text_as(what, listen)))
        },
        |of| text(of.http.listen.as_ref().map_or_else(|| "off".to_owned(), Listen::to_string)),
    ),
    Key::new(
        "http",
        "token",
        |to, typed| {
            let what = "letters, digits and signs of ASCII without spaces";
            let is_good = |it: &str| it.bytes().all(|byte| byte.is_ascii_graphic());
            set(&mut to.http.token, typed.secret(what, is_good))
        },
        |of| secret(of.http.token.as_ref()),
    )
    .secret(),
    Key::new(
        "delivery",
        "workers",
        |to, typed| set(&mut to.delivery.workers, typed.whole(1..=100)),
        |of| whole(of.delivery.workers),
    ),
    Key::new(
        "delivery",
        "messages_per_second",
        |to, typed| set(&mut to.delivery.messages_per_second, typed.count(30)),
        |of| Value::Whole(of.delivery.messages_per_second.get().into()),
    ),
    Key::new(
        "delivery",
        "group_messages_per_minute",
        |to, typed| set(&mut to.delivery.group_messages_per_minute, typed.count(20)),
        |of| Value::Whole(of.delivery.group_messages_per_minute.get().into()),
    ),
    Key::new(
        "delivery",
        "retries",
        |to, typed| set(&mut to.delivery.retries, typed.list_of_seconds(10, 1..=3600)),
        |of| Value::List(of.delivery.retries.iter().copied().map(seconds).collect()),
    ),
    Key::new(
        "cache",
        "member_ttl_seconds",
        |to, typed| set(&mut to.cache.member_ttl, typed.seconds(1..=DAY_SECONDS)),
        |of| seconds(of.cache.member_ttl),
    ),
    Key::new(
        "cache",
        "stranger_ttl_seconds",
        |to, typed| set(&mut to.cache.stranger_ttl, typed.seconds(1..=DAY_SECONDS)),
        |of| seconds(of.cache.stranger_ttl),
    ),
    Key::new(
        "cache",
        "jitter_percent",
        |to, typed| set(&mut to.cache.jitter_percent, typed.whole(0..=50)),
        |of| Value::Whole(of.cache.jitter_percent.into()),
    ),
    Key::new(
        "cache",
        "capacity_mb",
        |to, typed| {
            let bytes = typed.whole::<u64>(1..=4096).map(|it| it << 20);
            set(&mut to.cache.capacity_bytes, bytes)
        },
        |of| whole(of.cache.capacity_bytes >> 20),
    ),
    Key::new(
        "warm",
        "enabled",
        |to, typed| set(&mut to.warm.enabled, typed.flag()),
        |of| Value::Flag(of.warm.enabled),
    ),
    Key::new(
        "warm",
        "at",
        |to, typed| {
            let what = "a time of day from \"00:00\" to \"23:59\"";
            set(&mut to.warm.at, typed.text_as(what, |it| it.parse().ok()))
        },
        |of| text(of.warm.at.to_string()),
    ),
    Key::new(
        "warm",
        "batch",
        |to, typed| set(&mut to.warm.batch, typed.count(1000)),
        |of| Value::Whole(of.warm.batch.get().into()),
    ),
    Key::new(
        "warm",
        "per_second",
        |to, typed| set(&mut to.warm.per_second, typed.count(20)),
        |of| Value::Whole(of.warm.per_second.get().into()),
    ),
    Key::new(
        "log",
        "format",
        |to, typed| set(&mut to.log.format, typed.one_of(&Format::ALL, Format::name)),
        |of| text(of.log.format.name()),
    ),
    Key::new(
        "log",
        "level",
        |to, typed| set(&mut to.log.level, typed.one_of(&Level::ALL, Level::name)),
        |of| text(of.log.level.name()),
    )
    .live(),
];

fn set<T>(place: &mut T, meant: Result<T, Refusal>) -> Result<(), Refusal> {
    meant.map(|it| *place = it)
}

/// Nothing if nothing was typed between the quotes, else what `read` makes of it.
fn unless_empty<T>(
    typed: &Value,
    read: impl FnOnce(&Value) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    if typed.text().is_ok_and(str::is_empty) { Ok(None) } else { read(typed).map(Some) }
}

/// The same, where "off" means nothing too.
fn unless_off<T>(
    typed: &Value,
    read: impl FnOnce(&Value) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    if typed.text().is_ok_and(|it| it == "off") { Ok(None) } else { unless_empty(typed, read) }
}

fn listen(typed: &str) -> Option<Listen> {
    match typed.strip_prefix("unix:") {
        Some(path) => Some(PathBuf::from(path)).filter(|it| it.is_absolute()).map(Listen::Unix),
        None => typed.parse::<SocketAddr>().ok().map(Listen::Tcp),
    }
}

/// What Telegram takes as `secret_token` (Bot API, "setWebhook").
fn is_webhook_secret(text: &str) -> bool {
    text.len() <= 256
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-')
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn secret(secret: Option<&SecretString>) -> Value {
    text(secret.map_or("", |it| it.expose_secret()))
}

fn seconds(duration: Duration) -> Value {
    whole(duration.as_secs())
}

fn whole(number: impl TryInto<i64>) -> Value {
    Value::Whole(number.try_into().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_has_a_name_and_a_variable_of_its_own() {
        let paths = KEYS.iter().map(Key::path).collect::<BTreeSet<_>>();
        let variables = KEYS.iter().map(Key::variable).collect::<BTreeSet<_>>();
        assert_eq!((paths.len(), variables.len()), (KEYS.len(), KEYS.len()));
        assert!(variables.contains("GATEHOUSE_CACHE_MEMBER_TTL_SECONDS"));
    }

    #[test]
    fn what_a_key_shows_of_its_default_reads_back_as_its_default() {
        let default = Config::default();
        for key in &KEYS {
            let mut config = Config::default();
            let shown = (key.plain)(&default);
            assert!((key.read)(&mut config, &shown).is_ok(), "{}", key.path());
            assert_eq!(format!("{config:?}"), format!("{default:?}"), "{}", key.path());
        }
    }
}
