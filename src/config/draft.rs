//! A configuration in the making: what is meant so far, where it was typed, and what is wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use secrecy::SecretString;

use super::{
    Config,
    file::Entry,
    loaded::Loaded,
    problem::{ConfigError, Origin, Problem},
    words::IntakeMode,
};
use crate::http::Listen;

#[derive(Default)]
pub(super) struct Draft {
    pub(super) config: Config,
    pub(super) problems: Vec<Problem>,
    /// Whether the file could be read at all; if not, what seems missing may be in it.
    knows_file: bool,
    warnings: Vec<Problem>,
    origins: BTreeMap<String, Origin>,
    /// The keys whose value was refused, so that nothing is concluded from their default.
    refused: BTreeSet<String>,
}

impl Draft {
    /// The defaults. `knows_file` is whether the file, if there is one, could be read as TOML.
    pub(super) fn new(knows_file: bool) -> Self {
        Self { knows_file, ..Self::default() }
    }

    /// Takes one entry in; a later one for the same key wins.
    pub(super) fn take(&mut self, entry: Entry) {
        let Entry { key, value, typed, origin } = entry;
        let path = key.path();
        match (key.read)(&mut self.config, &value) {
            Ok(()) => {
                self.refused.remove(&path);
                self.origins.insert(path, origin);
            }
            Err(refusal) => {
                let is = if key.is_repeated { format!(" is {typed}, but") } else { String::new() };
                self.refuse(Some(origin), format!("{path}{is} must be {}", refusal.0));
                self.refused.insert(path);
            }
        }
    }

    pub(super) fn take_token(&mut self, token: SecretString, origin: Origin) {
        self.config.telegram.token = token;
        self.origins.insert("telegram.token".to_owned(), origin);
    }

    pub(super) fn refuse(&mut self, at: Option<Origin>, text: impl Into<String>) {
        self.problems.push(Problem::new(at, text));
    }

    pub(super) fn warn(&mut self, at: Option<Origin>, text: impl Into<String>) {
        self.warnings.push(Problem::new(at, text));
    }

    /// Where the key `path` was typed, if it was.
    pub(super) fn origin(&self, path: &str) -> Option<&Origin> {
        self.origins.get(path)
    }

    /// Whether the values of `paths` are what was meant.
    pub(super) fn is_sure_of(&self, paths: &[&str]) -> bool {
        self.knows_file && !paths.iter().any(|path| self.refused.contains(*path))
    }

    /// Judges what no key can judge alone.
    pub(super) fn judge(&mut self, file_is_public: bool) {
        self.judge_intake();
        self.judge_http();
        self.judge_api_url();
        if self.config.warm.enabled {
            let text = "warm.enabled has no effect yet: warming comes in a later version";
            self.warn(self.origin("warm.enabled").cloned(), text);
        }
        if file_is_public {
            self.judge_secrets_in_file();
        }
    }

    fn judge_intake(&mut self) {
        if self.config.intake.mode == IntakeMode::Webhook {
            let text = "webhook mode comes in a later version; use intake.mode = \"polling\"";
            self.refuse(self.origin("intake.mode").cloned(), text);
        }
    }

    fn judge_http(&mut self) {
        let address = self.config.http.listen.as_ref().and_then(Listen::tcp);
        if let Some(address) = address.filter(|it| !it.ip().is_loopback())
            && self.config.http.token.is_none()
            && self.is_sure_of(&["http.listen", "http.token"])
        {
            let text = format!(
                "http.listen is {address}, which other machines can reach: set http.token too, or \
                 listen on 127.0.0.1 or unix:/path"
            );
            self.refuse(self.origin("http.listen").cloned(), text);
        }
    }

    fn judge_api_url(&mut self) {
        let url = &self.config.telegram.api_url;
        let is_near = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if url.scheme() == "http" && !is_near {
            let text = "telegram.api_url begins with http://, so the token crosses the network in \
                        the clear; use https:// unless that network is yours alone";
            self.warn(self.origin("telegram.api_url").cloned(), text);
        }
    }

    fn judge_secrets_in_file(&mut self) {
        for path in ["telegram.token", "webhook.secret", "http.token"] {
            if let Some(Origin::File { path: file, .. }) = self.origin(path) {
                let file = file.display();
                let text =
                    format!("{path} stands in a file that every user can read: chmod o-r {file}");
                self.warn(self.origin(path).cloned(), text);
            }
        }
    }

    /// The configuration, if nothing is wrong with it.
    pub(super) fn finish(self, file: Option<PathBuf>) -> Result<Loaded, ConfigError> {
        match ConfigError::of(self.problems) {
            Some(error) => Err(error),
            None => Ok(Loaded {
                config: self.config,
                warnings: self.warnings,
                file,
                origins: self.origins,
            }),
        }
    }
}
