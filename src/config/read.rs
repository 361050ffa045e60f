//! What is meant: every value checked, every default filled in.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::NonZeroU32,
    ops::RangeInclusive,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use toml::Value;
use tracing::level_filters::LevelFilter;
use url::Url;

use super::{
    Cache, Config, Delivery, Http, Intake, IntakeMode, Loaded, Log, Storage, Telegram,
    error::{ConfigError, Problem},
    given::{Given, Typed},
    keys::KEYS,
};
use crate::http::Listen;

/// The systemd credential that holds the token (`LoadCredential=telegram-token:…`).
const CREDENTIAL: &str = "telegram-token";

/// Reads values one by one and collects what is wrong with them.
pub(super) struct Reader<'a> {
    values: BTreeMap<String, Typed>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    environment: &'a BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(given: Given, environment: &'a BTreeMap<String, String>) -> Self {
        let Given { values, problems } = given;
        Self { values, problems, warnings: Vec::new(), environment }
    }

    /// The configuration when nothing was typed.
    pub(super) fn defaults() -> Config {
        Reader::new(Given::default(), &BTreeMap::new()).read()
    }

    pub(super) fn config(mut self) -> Result<Loaded, ConfigError> {
        let config = self.read();
        if !self.problems.is_empty() {
            return Err(ConfigError::Wrong(self.problems));
        }
        let effective = self.effective();
        Ok(Loaded { config, effective, warnings: self.warnings })
    }

    fn read(&mut self) -> Config {
        self.check_what_comes_later();
        let config = Config {
            telegram: Telegram { token: self.token(), api_url: self.api_url() },
            intake: Intake { mode: self.mode() },
            storage: Storage {
                path: PathBuf::from(self.text("storage.path")),
                readers: self.count("storage.readers", 1..=64),
            },
            http: Http { listen: self.listen(), token: self.secret("http.token") },
            delivery: Delivery {
                workers: self.size("delivery.workers", 1..=100),
                messages_per_second: self.count("delivery.messages_per_second", 1..=1_000),
                group_messages_per_minute: self
                    .count("delivery.group_messages_per_minute", 1..=1_000),
                retries: self.retries(),
            },
            cache: Cache {
                member_ttl: self.seconds("cache.member_ttl_seconds", 10..=86_400),
                stranger_ttl: self.seconds("cache.stranger_ttl_seconds", 1..=3_600),
                jitter_percent: self.number("cache.jitter_percent", 0..=50),
                capacity_bytes: u64::from(self.number("cache.capacity_mb", 1..=16_384)) << 20,
            },
            log: Log {
                json: self.one_of("log.format", &["text", "json"]) == "json",
                level: self.level(),
            },
        };
        self.check_exposure(&config.http);
        config
    }

    /// Keys whose part of the program comes with a later version: checked, and otherwise without
    /// effect.
    fn check_what_comes_later(&mut self) {
        self.number("webhook.max_connections", 1..=100);
        self.number("warm.batch", 1..=1_000);
        self.number("warm.per_second", 1..=20);
        if self.flag("warm.enabled") {
            self.warnings.push("warm.enabled has no effect in this version".into());
        }
    }

    /// The first of: environment, token file, systemd credential, `telegram.token`.
    fn token(&mut self) -> Option<SecretString> {
        let in_environment =
            self.values.get("telegram.token").is_some_and(|t| t.place.starts_with("environment"));
        if in_environment {
            return self.secret("telegram.token");
        }
        let file = self.text("telegram.token_file");
        if !file.is_empty() {
            return self.token_in(Path::new(&file), "telegram.token_file");
        }
        let credentials = self.environment.get("CREDENTIALS_DIRECTORY");
        if let Some(file) = credentials.map(|directory| Path::new(directory).join(CREDENTIAL))
            && file.exists()
        {
            return self.token_in(&file, "systemd credential telegram-token");
        }
        self.secret("telegram.token")
    }

    fn token_in(&mut self, file: &Path, what: &str) -> Option<SecretString> {
        let read = std::fs::read_to_string(file);
        match read {
            Ok(text) => {
                let mode = std::fs::metadata(file).map_or(0, |meta| meta.permissions().mode());
                if mode & 0o077 != 0 && what == "telegram.token_file" {
                    let file = file.display();
                    self.warnings.push(format!(
                        "{file} can be read by others than its owner; chmod 600 {file}"
                    ));
                }
                Some(SecretString::from(text.trim()))
            }
            Err(error) => {
                let what = format!(
                    "the token in {} cannot be read: {error}; check its path and its owner",
                    file.display()
                );
                self.problem("telegram.token_file", &what);
                None
            }
        }
    }

    fn api_url(&mut self) -> Url {
        let text = self.text("telegram.api_url");
        let parsed = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        parsed.unwrap_or_else(|| {
            self.wrong("telegram.api_url", "a URL that begins with https:// or http://");
            official_url()
        })
    }

    fn mode(&mut self) -> IntakeMode {
        if self.one_of("intake.mode", &["polling", "webhook"]) == "webhook" {
            self.problem(
                "intake.mode",
                "webhook mode comes with a later version; use \"polling\", which needs no open port",
            );
            return IntakeMode::Webhook;
        }
        IntakeMode::Polling
    }

    fn listen(&mut self) -> Option<Listen> {
        let text = self.text("http.listen");
        if text.is_empty() || text == "off" {
            return None;
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return Some(Listen::Unix(PathBuf::from(path)));
        }
        let address: Option<SocketAddr> = text.parse().ok();
        if address.is_none() {
            self.wrong("http.listen", "an address like 127.0.0.1:8080, unix:/path, or off");
        }
        address.map(Listen::Tcp)
    }

    fn check_exposure(&mut self, http: &Http) {
        let exposed = match &http.listen {
            Some(Listen::Tcp(address)) => !address.ip().is_loopback(),
            Some(Listen::Unix(_)) | None => false,
        };
        if exposed && http.token.is_none() {
            self.problem(
                "http.listen",
                "everybody could reach this address: set http.token, or listen on 127.0.0.1",
            );
        }
    }

    fn retries(&mut self) -> Vec<Duration> {
        let value = self.value("delivery.retries");
        let seconds = |value: &Value| value.as_integer().and_then(|s| u64::try_from(s).ok());
        let waits = value.as_array().and_then(|waits| {
            waits.iter().map(|wait| seconds(wait).filter(|s| (1..=60).contains(s))).collect()
        });
        let waits: Vec<u64> = waits.unwrap_or_else(|| {
            self.wrong("delivery.retries", "a list of up to 10 waits of 1 to 60 seconds");
            Vec::new()
        });
        if waits.len() > 10 {
            self.wrong("delivery.retries", "a list of up to 10 waits of 1 to 60 seconds");
        }
        waits.into_iter().map(Duration::from_secs).collect()
    }

    fn level(&mut self) -> LevelFilter {
        let level = self.text("log.level");
        level.parse().ok().filter(|_| !level.is_empty()).unwrap_or_else(|| {
            self.wrong("log.level", "error, warn, info, debug or trace");
            LevelFilter::INFO
        })
    }

    fn secret(&mut self, key: &str) -> Option<SecretString> {
        let text = self.text(key);
        Some(text.trim()).filter(|text| !text.is_empty()).map(SecretString::from)
    }

    fn one_of(&mut self, key: &str, allowed: &[&str]) -> String {
        let text = self.text(key);
        if !allowed.contains(&text.as_str()) {
            self.wrong(key, &allowed.join(" or "));
        }
        text
    }

    fn text(&mut self, key: &str) -> String {
        let value = self.value(key);
        let Some(text) = value.as_str() else {
            self.wrong(key, "text in quotation marks");
            return String::new();
        };
        text.to_owned()
    }

    fn flag(&mut self, key: &str) -> bool {
        let value = self.value(key);
        value.as_bool().unwrap_or_else(|| {
            self.wrong(key, "true or false");
            false
        })
    }

    fn number(&mut self, key: &str, allowed: RangeInclusive<u32>) -> u32 {
        let value = self.value(key).as_integer().and_then(|number| u32::try_from(number).ok());
        value.filter(|number| allowed.contains(number)).unwrap_or_else(|| {
            self.wrong(key, &format!("a number from {} to {}", allowed.start(), allowed.end()));
            *allowed.start()
        })
    }

    fn count(&mut self, key: &str, allowed: RangeInclusive<u32>) -> NonZeroU32 {
        NonZeroU32::new(self.number(key, allowed)).unwrap_or(NonZeroU32::MIN)
    }

    fn size(&mut self, key: &str, allowed: RangeInclusive<u32>) -> usize {
        usize::try_from(self.number(key, allowed)).unwrap_or(usize::MAX)
    }

    fn seconds(&mut self, key: &str, allowed: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(self.number(key, allowed).into())
    }

    fn value(&self, key: &str) -> Value {
        let typed = self.values.get(key).map(|typed| typed.value.clone());
        typed.unwrap_or_else(|| default(key))
    }

    fn wrong(&mut self, key: &str, allowed: &str) {
        let is_secret = KEYS.iter().any(|known| known.path() == key && known.is_secret);
        let value = if is_secret { "***".to_owned() } else { self.value(key).to_string() };
        self.problem(key, &format!("{key} = {value} is not possible; allowed: {allowed}"));
    }

    fn problem(&mut self, key: &str, what: &str) {
        let place = self.values.get(key).map_or("default", |typed| typed.place.as_str()).to_owned();
        self.problems.push(Problem { place, what: what.to_owned() });
    }

    /// Valid TOML that says what is in force and why.
    fn effective(&self) -> String {
        let mut lines = Vec::new();
        let mut section = "";
        for key in &KEYS {
            if key.section != section {
                section = key.section;
                lines.push(format!("\n[{section}]"));
            }
            let typed = self.values.get(&key.path());
            let value = match typed {
                Some(_) if key.is_secret => "\"***\"".to_owned(),
                Some(typed) => typed.value.to_string(),
                None => key.default.to_owned(),
            };
            let place = typed.map_or(String::new(), |typed| format!(" # {}", typed.place));
            lines.push(format!("{} = {value}{place}", key.name));
        }
        lines.join("\n").trim_start().to_owned()
    }
}

/// Stands in for a URL that is none, until the problem is reported.
#[allow(clippy::expect_used, reason = "a constant, parsed by a test")]
fn official_url() -> Url {
    Url::parse("https://api.telegram.org").expect("a constant URL")
}

/// The default of a key; every key has one that parses, which a test proves.
fn default(key: &str) -> Value {
    let known = KEYS.iter().find(|known| known.path() == key);
    let parsed: Option<toml::Table> =
        known.and_then(|known| toml::from_str(&format!("value = {}", known.default)).ok());
    let value = parsed.and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(String::new()))
}
