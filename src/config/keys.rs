//! Every key there is, with its default: the one place that knows them.

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The section.
    pub(super) section: &'static str,
    /// The key within it.
    pub(super) name: &'static str,
    /// The default, as TOML.
    pub(super) default: &'static str,
    /// Whether its value is shown to nobody.
    pub(super) is_secret: bool,
}

impl Key {
    const fn new(section: &'static str, name: &'static str, default: &'static str) -> Self {
        Self { section, name, default, is_secret: false }
    }

    const fn secret(section: &'static str, name: &'static str) -> Self {
        Self { section, name, default: "\"\"", is_secret: true }
    }

    /// As it is spoken of: `section.name`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that overrides it.
    pub(super) fn variable(&self) -> String {
        format!("GATEHOUSE_{}_{}", self.section, self.name).to_ascii_uppercase()
    }
}

/// Every key, in the order of `config.toml.example`.
pub(super) const KEYS: [Key; 26] = [
    Key::secret("telegram", "token"),
    Key::new("telegram", "token_file", "\"\""),
    Key::new("telegram", "api_url", "\"https://api.telegram.org\""),
    Key::new("intake", "mode", "\"polling\""),
    Key::new("webhook", "url", "\"\""),
    Key::new("webhook", "listen", "\"127.0.0.1:8443\""),
    Key::secret("webhook", "secret"),
    Key::new("webhook", "max_connections", "40"),
    Key::new("storage", "path", "\"/var/lib/gatehouse/gatehouse.db\""),
    Key::new("storage", "readers", "4"),
    Key::new("http", "listen", "\"127.0.0.1:8080\""),
    Key::secret("http", "token"),
    Key::new("delivery", "workers", "10"),
    Key::new("delivery", "messages_per_second", "30"),
    Key::new("delivery", "group_messages_per_minute", "20"),
    Key::new("delivery", "retries", "[1, 2, 4]"),
    Key::new("cache", "member_ttl_seconds", "600"),
    Key::new("cache", "stranger_ttl_seconds", "60"),
    Key::new("cache", "jitter_percent", "15"),
    Key::new("cache", "capacity_mb", "64"),
    Key::new("warm", "enabled", "false"),
    Key::new("warm", "at", "\"04:00\""),
    Key::new("warm", "batch", "100"),
    Key::new("warm", "per_second", "5"),
    Key::new("log", "format", "\"text\""),
    Key::new("log", "level", "\"info\""),
];

/// The candidate most like what was typed, if any is like it at all.
pub(super) fn nearest(typed: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(typed, &candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
