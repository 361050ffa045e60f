//! The configuration as operators meet it: files, variables, and what is said about them.

#![allow(clippy::unwrap_used, reason = "what a helper of a test unwraps, the test unwraps")]

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    num::NonZeroU32,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use gatehouse::{
    config::{Config, ConfigError, Environment, Loaded},
    http::Listen,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;

const TOKEN: (&str, &str) = ("GATEHOUSE_TELEGRAM_TOKEN", "1:from-the-environment");

/// A directory with a configuration file and whatever else is put there.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn load(&self, toml: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let path = self.put("config.toml", toml, 0o600);
        Config::load(Some(&path), &variables.iter().copied().collect())
    }
}

fn load(toml: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    Place::new().load(toml, variables)
}

/// The problems without the directory they were found in.
fn problems(toml: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let place = Place::new();
    let Err(error) = place.load(toml, variables) else { return Vec::new() };
    let directory = format!("{}/", place.0.path().display());
    error.problems().iter().map(|it| it.to_string().replace(&directory, "")).collect()
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    loaded.warnings.iter().map(ToString::to_string).collect()
}

fn keys(toml: &str) -> BTreeSet<(String, String)> {
    let table = toml.parse::<toml::Table>().unwrap();
    let sections = table.iter().map(|(section, keys)| (section, keys.as_table().unwrap()));
    sections
        .flat_map(|(section, keys)| keys.keys().map(|key| (section.clone(), key.clone())))
        .collect()
}

#[test]
fn the_example_holds_every_key_at_its_default() {
    let shipped = fs::read_to_string("config.toml.example").unwrap();
    let uncommented = shipped
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_key(rest) => rest,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let defaults = load("", &[TOKEN]).unwrap();
    assert_eq!(keys(&uncommented), keys(&defaults.to_string()), "the keys");
    for (what, toml) in [("as shipped", &shipped), ("uncommented", &uncommented)] {
        let config = load(toml, &[TOKEN]).unwrap().config;
        assert_eq!(format!("{config:?}"), format!("{:?}", defaults.config), "{what}");
    }
    let without_token = format!("{:?}", Config::default());
    assert_eq!(format!("{:?}", defaults.config), without_token, "Config::default()");
}

fn is_key(line: &str) -> bool {
    let is_word = |it: &str| it.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    line.split_once(" = ").is_some_and(|(name, _)| is_word(name))
}

#[test]
fn the_defaults_are_the_documented_figures() {
    let config = Config::default();
    assert_eq!(config.delivery.workers, 10);
    assert_eq!(config.delivery.messages_per_second.get(), 30);
    assert_eq!(config.delivery.group_messages_per_minute.get(), 20);
    assert_eq!(config.delivery.retries, [1, 2, 4].map(Duration::from_secs));
    assert_eq!(config.cache.member_ttl, Duration::from_secs(600));
    assert_eq!(config.cache.stranger_ttl, Duration::from_secs(60));
    assert_eq!(config.cache.jitter_percent, 15);
    assert_eq!((config.warm.batch.get(), config.warm.per_second.get()), (100, 5));
    assert_eq!(config.telegram.api_url.as_str(), "https://api.telegram.org/");
    assert_eq!(config.http.listen, Some(Listen::Tcp("127.0.0.1:8080".parse().unwrap())));
    assert_eq!(config.storage.path, Path::new("/var/lib/gatehouse/gatehouse.db"));
}

#[test]
fn the_environment_wins_over_the_file_and_means_the_same() {
    let toml = "[delivery]\nworkers = 3\nretries = [9]\n[warm]\nenabled = false\n";
    let variables = [
        TOKEN,
        ("GATEHOUSE_DELIVERY_WORKERS", "7"),
        ("GATEHOUSE_DELIVERY_RETRIES", "1, 5"),
        ("GATEHOUSE_HTTP_LISTEN", ""),
        ("GATEHOUSE_WARM_ENABLED", "true"),
        ("GATEHOUSE_LOG_FORMAT", "json"),
        ("UNRELATED", "x"),
    ];
    let config = load(toml, &variables).unwrap().config;
    assert_eq!(config.delivery.workers, 7);
    assert_eq!(config.delivery.retries, [1, 5].map(Duration::from_secs));
    assert_eq!(config.http.listen, None);
    assert_eq!(config.log.format.name(), "json");
    assert!(config.warm.enabled);
    let bracketed = load("", &[TOKEN, ("GATEHOUSE_DELIVERY_RETRIES", "[3, 6]")]).unwrap().config;
    assert_eq!(bracketed.delivery.retries, [3, 6].map(Duration::from_secs));
}

#[test]
fn every_form_of_a_value_is_understood() {
    let unix = Some(Listen::Unix("/run/gatehouse/http.sock".into()));
    let table = [
        ("\"off\"", None),
        ("\"\"", None),
        ("\"unix:/run/gatehouse/http.sock\"", unix),
        ("\"[::1]:80\"", Some(Listen::Tcp("[::1]:80".parse().unwrap()))),
    ];
    for (typed, meant) in table {
        let config = load(&format!("[http]\nlisten = {typed}"), &[TOKEN]).unwrap().config;
        assert_eq!(config.http.listen, meant, "{typed}");
    }
    let toml = "cache.capacity_mb = 0x10\nstorage.readers = 1_0\nwarm.at = '23:59'";
    let config = load(toml, &[TOKEN]).unwrap().config;
    assert_eq!(config.cache.capacity_bytes, 16 << 20);
    assert_eq!(Some(config.storage.readers), NonZeroU32::new(10));
    assert_eq!(config.warm.at.minutes(), 1439);
}

#[test]
fn a_bad_value_is_told_with_its_line_and_what_is_allowed() {
    let table = [
        ("intake", "mode = 'push'", "is 'push', but must be \"polling\" or \"webhook\""),
        ("intake", "mode = 1", "is 1, but must be \"polling\" or \"webhook\""),
        ("webhook", "listen = ':8443'", "is ':8443', but must be an address and port"),
        ("webhook", "max_connections = 101", "is 101, but must be a whole number from 1 to 100"),
        ("webhook", "url = 'http://here'", "must be an address beginning with https://"),
        ("storage", "path = 'here.db'", "is 'here.db', but must be an absolute path"),
        ("storage", "path = ''", "is '', but must be an absolute path"),
        ("storage", "readers = 0", "is 0, but must be a whole number from 1 to 64"),
        ("http", "listen = 'localhost'", "is 'localhost', but must be an address and port"),
        ("http", "listen = 'unix:here'", "is 'unix:here', but must be an address and port"),
        ("delivery", "workers = 0", "is 0, but must be a whole number from 1 to 100"),
        ("delivery", "workers = 101", "is 101, but must be a whole number from 1 to 100"),
        ("delivery", "workers = '5'", "is '5', but must be a whole number from 1 to 100"),
        ("delivery", "workers = 5.5", "is 5.5, but must be a whole number from 1 to 100"),
        ("delivery", "messages_per_second = 31", "is 31, but must be a whole number from 1 to 30"),
        ("delivery", "group_messages_per_minute = 21", "must be a whole number from 1 to 20"),
        ("delivery", "retries = []", "is [], but must be a list of 1 to 10 whole numbers"),
        ("delivery", "retries = [1, 0]", "is [1, 0], but must be a list of 1 to 10 whole numbers"),
        ("delivery", "retries = 4", "is 4, but must be a list of 1 to 10 whole numbers"),
        ("delivery", "workers.max = 4", "is a table, but must be a whole number"),
        ("cache", "member_ttl_seconds = 86401", "must be a whole number from 1 to 86400"),
        ("cache", "stranger_ttl_seconds = 0", "must be a whole number from 1 to 86400"),
        ("cache", "jitter_percent = 51", "is 51, but must be a whole number from 0 to 50"),
        ("cache", "capacity_mb = 4097", "is 4097, but must be a whole number from 1 to 4096"),
        ("warm", "enabled = 'yes'", "is 'yes', but must be true or false"),
        ("warm", "at = '24:00'", "is '24:00', but must be a time of day"),
        ("warm", "at = 04:00:00", "is 04:00:00, but must be a time of day"),
        ("warm", "batch = 1001", "is 1001, but must be a whole number from 1 to 1000"),
        ("warm", "per_second = 99999999999999999999", "must be a whole number from 1 to 20"),
        ("log", "format = 'xml'", "is 'xml', but must be \"text\" or \"json\""),
        ("log", "level = 'loud'", "must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\""),
    ];
    for (section, line, complaint) in table {
        let said = problems(&format!("# first\n[{section}]\n{line}\n"), &[TOKEN]);
        let key = line.split([' ', '.']).next().unwrap();
        assert_eq!(said.len(), 1, "{line}: {said:?}");
        assert!(said[0].starts_with(&format!("config.toml:3: {section}.{key} ")), "{said:?}");
        assert!(said[0].contains(complaint), "{line}: {said:?}");
    }
}

#[test]
fn a_bad_variable_is_told_by_its_name() {
    let said = problems("", &[TOKEN, ("GATEHOUSE_DELIVERY_WORKERS", "many")]);
    let expected = "GATEHOUSE_DELIVERY_WORKERS: delivery.workers is \"many\", but must be a whole \
                    number from 1 to 100";
    assert_eq!(said, [expected]);
}

#[test]
fn what_is_unknown_is_told_with_what_is_nearest() {
    let table = [
        (
            "[delivery]\nwrokers = 5",
            "config.toml:2: there is no delivery.wrokers; nearest: delivery.workers",
        ),
        (
            "[delivry]\nworkers = 5",
            "config.toml:1: there is no section [delivry]; nearest: [delivery]",
        ),
        ("workers = 5", "config.toml:1: workers stands in no section; nearest: delivery.workers"),
        ("\ndelivery = 5", "config.toml:2: delivery is a section: write [delivery]"),
    ];
    for (toml, complaint) in table {
        assert_eq!(problems(toml, &[TOKEN]), [complaint]);
    }
    let said = problems("", &[TOKEN, ("GATEHOUSE_DELIVERY_WORKER", "5")]);
    let expected = "GATEHOUSE_DELIVERY_WORKER: there is no such setting; nearest: \
                    GATEHOUSE_DELIVERY_WORKERS";
    assert_eq!(said, [expected]);
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_their_lines() {
    let toml = "[log]\nlevel = 'loud'\n[cache]\nttl = 1\njitter_percent = 99\n[colour]\n";
    let said = problems(toml, &[("GATEHOUSE_X", ""), ("GATEHOUSE_STORAGE_READERS", "0")]);
    let beginnings = [
        "config.toml:2: log.level",
        "config.toml:4: there is no cache.ttl",
        "config.toml:5: cache.jitter_percent",
        "config.toml:6: there is no section [colour]",
        "GATEHOUSE_STORAGE_READERS: storage.readers",
        "GATEHOUSE_X: there is no such setting",
        "there is no bot token",
    ];
    assert_eq!(said.len(), beginnings.len(), "{said:#?}");
    for (said, beginning) in said.iter().zip(beginnings) {
        assert!(said.starts_with(beginning), "{said}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_told_by_line_and_nothing_is_concluded_from_it() {
    let said = problems("[delivery]\nworkers = 3\nretries = [1,\n[log]\nlevel = = 4\n", &[]);
    assert!(said.len() > 1, "{said:?}");
    assert!(said.iter().all(|it| it.starts_with("config.toml:")), "{said:?}");
    assert!(said.iter().all(|it| it.contains("not TOML")), "{said:?}");
}

#[test]
fn a_named_file_must_exist() {
    let place = Place::new();
    let error = Config::load(Some(&place.path("none.toml")), &Environment::default()).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("none.toml: No such file"), "{said}");
    assert!(!said.contains("no bot token"), "it may stand in the file: {said}");
}

#[test]
fn an_endpoint_others_can_reach_needs_a_token() {
    let open = "[http]\nlisten = '0.0.0.0:8080'\n";
    let said = problems(open, &[TOKEN]);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("config.toml:2: http.listen is 0.0.0.0:8080"), "{said:?}");
    assert!(said[0].contains("set http.token"), "{said:?}");
    assert!(problems(open, &[TOKEN, ("GATEHOUSE_HTTP_TOKEN", "long-secret")]).is_empty());
    let half = problems(&format!("{open}token = 5\n"), &[TOKEN]);
    assert_eq!(half.len(), 1, "the refused token is the only problem: {half:?}");
}

#[test]
fn webhook_mode_is_refused_until_there_is_one() {
    let said = problems("[intake]\nmode = 'webhook'", &[TOKEN]);
    let expected = "config.toml:2: webhook mode comes in a later version; use intake.mode = \
                    \"polling\"";
    assert_eq!(said, [expected]);
}

#[test]
fn the_token_comes_from_the_first_source_that_has_one() {
    let place = Place::new();
    let file = place.put("token", " 2:from-a-file\n", 0o600);
    let credentials = place.path("credentials");
    fs::create_dir(&credentials).unwrap();
    let credential = credentials.join("telegram-token");
    fs::write(&credential, "3:from-a-credential\n").unwrap();
    let (file, credentials) = (file.to_str().unwrap(), credentials.to_str().unwrap());

    let from_file = ("GATEHOUSE_TELEGRAM_TOKEN_FILE", file);
    let from_credential = ("CREDENTIALS_DIRECTORY", credentials);
    let empty = ("GATEHOUSE_TELEGRAM_TOKEN", "");
    let typed = "[telegram]\ntoken = '4:typed'";
    let table: [(&[_], &str, _); 6] = [
        (&[TOKEN, from_file, from_credential], typed, TOKEN.1),
        (&[empty, from_file, from_credential], typed, "2:from-a-file"),
        (&[from_file], "", "2:from-a-file"),
        (&[from_credential], typed, "3:from-a-credential"),
        (&[("CREDENTIALS_DIRECTORY", "/nowhere")], typed, "4:typed"),
        (&[empty], typed, "4:typed"),
    ];
    for (variables, toml, token) in table {
        let loaded = place.load(toml, variables).unwrap();
        assert_eq!(loaded.config.telegram.token.expose_secret(), token);
        assert_eq!(warnings(&loaded), [""; 0], "{token}");
    }
    fs::write(&credential, " ").unwrap();
    let loaded = place.load(typed, &[from_credential]).unwrap();
    let token = loaded.config.telegram.token.expose_secret();
    assert_eq!(token, "4:typed", "a blank credential is none");
}

#[test]
fn a_missing_token_is_told_with_where_to_get_one_and_where_to_put_it() {
    let said = problems("", &[]);
    assert_eq!(said.len(), 1);
    for hint in ["@BotFather", TOKEN.0, "telegram.token_file", "credential", "telegram.token in"] {
        assert!(said[0].contains(hint), "{hint}: {said:?}");
    }
}

#[test]
fn a_token_file_without_a_token_is_a_problem() {
    let place = Place::new();
    let empty = place.put("empty", "\n", 0o600);
    let table = [
        (empty.to_str().unwrap(), "is empty"),
        ("/nowhere/token", "No such file"),
        ("/", "Is a directory"),
        ("token", "must be an absolute path"),
    ];
    for (path, complaint) in table {
        let toml = format!("[telegram]\ntoken_file = '{path}'\ntoken = ''");
        let said = problems(&toml, &[]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("config.toml:2: "), "{said:?}");
        assert!(said[0].contains(complaint), "{said:?}");
    }
}

#[test]
fn what_is_allowed_but_questionable_is_a_warning() {
    let place = Place::new();
    let token = place.put("token", "2:from-a-file", 0o640);
    let token_file = format!("[telegram]\ntoken_file = '{}'", token.display());
    let table = [
        (token_file.as_str(), "can be read by other users: chmod 600"),
        ("[warm]\nenabled = true", "warm.enabled has no effect yet"),
        ("[telegram]\napi_url = 'http://10.0.0.5:8081'", "the token crosses the network"),
    ];
    for (toml, warning) in table {
        let variables: &[_] = if toml == token_file { &[] } else { &[TOKEN] };
        let said = warnings(&place.load(toml, variables).unwrap());
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("config.toml:2: ") && said[0].contains(warning), "{said:?}");
    }
    for near in ["http://127.0.0.1:8081", "http://[::1]:8081", "http://localhost:8081"] {
        let loaded = load(&format!("[telegram]\napi_url = '{near}'"), &[TOKEN]).unwrap();
        assert_eq!(warnings(&loaded), [""; 0], "{near}");
    }
}

#[test]
fn a_secret_in_a_file_everybody_can_read_is_a_warning() {
    let place = Place::new();
    let toml = "[telegram]\ntoken = '4:typed'\n[http]\ntoken = 'secret'\n";
    for (mode, expected) in [(0o644, 2), (0o640, 0), (0o600, 0)] {
        let path = place.put("public.toml", toml, mode);
        let loaded = Config::load(Some(&path), &Environment::default()).unwrap();
        let said = warnings(&loaded);
        assert_eq!(said.len(), expected, "{mode:o}: {said:?}");
        assert!(said.iter().all(|it| it.contains("chmod o-r")), "{said:?}");
    }
}

#[test]
fn no_secret_is_ever_shown() {
    const SECRET: &str = "99:S3cretS3cret";
    let everywhere = format!(
        "[telegram]\ntoken = '{SECRET}'\n[webhook]\nsecret = 'S3cret'\n[http]\ntoken = '{SECRET}'"
    );
    let loaded = load(&everywhere, &[]).unwrap();
    let shown = loaded.to_string();
    assert_eq!(shown.matches("\"***\"").count(), 3, "{shown}");
    let changes = Config::changes(&loaded.config, &Config::default());
    for shown in [shown, format!("{loaded:?}"), format!("{changes:?}")] {
        assert!(!shown.contains("S3cret"), "{shown}");
    }
    let variables = [("GATEHOUSE_TELEGRAM_TOKEN", SECRET)].into_iter().collect::<Environment>();
    assert!(!format!("{variables:?}").contains("S3cret"));

    let slips = [
        format!("telegram.token = {SECRET}"),
        format!("telegram.token = ['{SECRET}']"),
        format!("telegram.token_file = '{SECRET}'"),
        format!("telegram.tokn = '{SECRET}'"),
        format!("telegram = '{SECRET}'"),
        format!("tokn = '{SECRET}'"),
        format!("telegram.api_url = 'https://api.telegram.org/bot{SECRET}'"),
        format!("telegram.api_url = 'https://me:{SECRET}@127.0.0.1'"),
        format!("http.token = ' {SECRET}'"),
        "webhook.secret = 'S3cret!'".to_owned(),
        "webhook.url = 'http://h/S3cret'".to_owned(),
        format!("[telegram]\ntoken = '{SECRET}\n"),
    ];
    for slip in slips {
        let error = load(&slip, &[TOKEN]).expect_err(&slip);
        assert!(!format!("{error} {error:?}").contains("S3cret"), "{slip}: {error}");
    }
    let said = problems("", &[TOKEN, ("GATEHOUSE_TELEGRAM_TOKN", SECRET)]);
    assert!(!said.concat().contains("S3cret"), "{said:?}");
}

#[test]
fn what_is_shown_reads_back_as_the_same_and_says_where_it_was_typed() {
    let place = Place::new();
    let toml = "[delivery]\nworkers = 3\nretries = [2, 2]\n[http]\nlisten = 'unix:/run/a \"b\"'\n";
    let loaded = place.load(toml, &[TOKEN, ("GATEHOUSE_LOG_LEVEL", "warn")]).unwrap();
    let shown = loaded.to_string();
    let file = place.path("config.toml");
    for line in [
        format!("workers = 3  # {}:2", file.display()),
        "level = \"warn\"  # GATEHOUSE_LOG_LEVEL".to_owned(),
        "token = \"***\"  # GATEHOUSE_TELEGRAM_TOKEN".to_owned(),
        "readers = 4".to_owned(),
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}: {shown}");
    }
    let again = place.load(&shown, &[TOKEN]).unwrap();
    assert_eq!(format!("{:?}", again.config), format!("{:?}", loaded.config));
}

#[test]
fn a_reload_knows_what_has_changed_and_what_can_follow() {
    let place = Place::new();
    let token = place.put("token", "2:before", 0o600);
    let from_file = [("GATEHOUSE_TELEGRAM_TOKEN_FILE", token.to_str().unwrap())];
    let before = place.load("", &from_file).unwrap().config;
    assert_eq!(Config::changes(&before, &before), []);

    place.put("token", "2:after", 0o600);
    let toml = "[log]\nlevel = 'debug'\n[delivery]\nworkers = 2\n[cache]\njitter_percent = 15\n";
    let after = place.load(toml, &from_file).unwrap().config;
    let changes = Config::changes(&before, &after);
    let changes = changes.iter().map(|it| (it.key.as_str(), it.is_live)).collect::<Vec<_>>();
    let expected = [("telegram.token", false), ("delivery.workers", false), ("log.level", true)];
    assert_eq!(changes, expected);
}

#[test]
fn the_journal_is_known_by_its_stream_and_not_by_an_inherited_variable() {
    let stderr = fs::metadata("/proc/self/fd/2").unwrap();
    let logs_to_journal =
        |stream: String| Environment::from_iter([("JOURNAL_STREAM", stream)]).logs_to_journal();
    assert!(logs_to_journal(format!("{}:{}", stderr.dev(), stderr.ino())));
    assert!(!logs_to_journal(format!("{}:{}", stderr.dev(), stderr.ino() + 1)));
    assert!(!Environment::default().logs_to_journal());
}
