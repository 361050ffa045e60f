//! What may be typed, and what is said about it.

use std::os::unix::fs::PermissionsExt as _;

use secrecy::ExposeSecret as _;

use super::{keys::KEYS, *};

const EXAMPLE: &str = include_str!("../../config.toml.example");

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let variables =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load(Some(&path), &variables)
}

fn problems(text: &str, variables: &[(&str, &str)]) -> String {
    load(text, variables).unwrap_err().to_string()
}

#[test]
fn the_example_holds_every_key_at_its_default() {
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.contains(" = ") && !key.starts_with(' ') => key.to_owned() + "\n",
            _ => line.to_owned() + "\n",
        })
        .collect();
    let example: toml::Table = toml::from_str(&uncommented).unwrap();
    let typed: Vec<_> = example
        .iter()
        .flat_map(|(section, keys)| {
            let keys = keys.as_table().unwrap().iter();
            keys.map(move |(name, value)| (format!("{section}.{name}"), value.clone()))
        })
        .collect();
    assert_eq!(typed.len(), KEYS.len());
    for key in &KEYS {
        let default: toml::Table = toml::from_str(&format!("value = {}", key.default)).unwrap();
        let (_, value) = typed.iter().find(|(path, _)| *path == key.path()).unwrap();
        assert_eq!(*value, default["value"], "{}", key.path());
    }
    assert!(load(EXAMPLE, &[]).is_ok());
    let (all, none) = (load(&uncommented, &[]).unwrap(), load("", &[]).unwrap());
    assert_eq!(format!("{:?}", all.config), format!("{:?}", none.config));
}

#[test]
fn the_defaults_carry_the_promised_figures() {
    let config = load("", &[]).unwrap().config;
    assert_eq!(config.delivery.workers, 10);
    assert_eq!(config.delivery.messages_per_second.get(), 30);
    assert_eq!(config.delivery.group_messages_per_minute.get(), 20);
    assert_eq!(config.delivery.retries, [1, 2, 4].map(Duration::from_secs));
    assert_eq!(config.cache.member_ttl, Duration::from_secs(600));
    assert_eq!(config.cache.stranger_ttl, Duration::from_secs(60));
    assert_eq!(config.cache.jitter_percent, 15);
    assert!(config.telegram.token.is_none());
}

#[test]
fn what_is_wrong_is_named_with_place_value_and_what_is_allowed() {
    let table = [
        (
            "[delivery]\nworkrs = 3",
            "line 2: there is no key delivery.workrs; did you mean delivery.workers?",
        ),
        ("[http]\nlisten = \"elsewhere\"", "allowed: an address like 127.0.0.1:8080"),
        ("[http]\nlisten = \"0.0.0.0:80\"", "set http.token"),
        (
            "[delivery]\nworkers = 0",
            "delivery.workers = 0 is not possible; allowed: a number from 1 to 100",
        ),
        ("[delivery]\nworkers = \"ten\"", "a number from 1 to 100"),
        ("[delivery]\nretries = [1, 99]", "waits of 1 to 60 seconds"),
        ("[telegram]\napi_url = \"ftp://x\"", "begins with https://"),
        ("[log]\nlevel = \"loud\"", "error, warn, info, debug or trace"),
        ("[log]\nformat = \"xml\"", "text or json"),
        ("[intake]\nmode = \"webhook\"", "use \"polling\""),
        ("[warm]\nenabled = 1", "true or false"),
        ("workers = 3", "needs a [section]"),
        ("[teleport]\nto = 1", "there is no key teleport.to"),
        ("[telegram]\ntoken_file = \"/nowhere/token\"", "cannot be read"),
        ("[telegram", "not valid TOML"),
    ];
    for (text, expected) in table {
        let said = problems(text, &[]);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let said =
        problems("[delivery]\nworkers = 0\n[cache]\njitter = 1", &[("GATEHOUSE_LOG_LEVL", "x")]);
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(said.contains("did you mean GATEHOUSE_LOG_LEVEL?"), "{said}");
}

#[test]
fn a_missing_file_is_an_error_only_if_it_was_asked_for() {
    let asked = Config::load(Some(Path::new("/nowhere/config.toml")), &BTreeMap::new());
    assert!(matches!(asked, Err(ConfigError::Unreadable { .. })));
}

#[test]
fn the_environment_wins_and_numbers_and_lists_are_read_from_it() {
    let variables = [
        ("GATEHOUSE_DELIVERY_WORKERS", "3"),
        ("GATEHOUSE_DELIVERY_RETRIES", "[5]"),
        ("GATEHOUSE_STORAGE_PATH", "/tmp/7"),
        ("HOME", "/root"),
    ];
    let config = load("[delivery]\nworkers = 7", &variables).unwrap().config;
    assert_eq!(config.delivery.workers, 3);
    assert_eq!(config.delivery.retries, [Duration::from_secs(5)]);
    assert_eq!(config.storage.path, Path::new("/tmp/7"));
}

#[test]
fn the_token_comes_from_the_first_place_that_has_one_and_is_shown_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(directory.path().join("telegram-token"), "from-credential").unwrap();
    let credentials = ("CREDENTIALS_DIRECTORY", directory.path().to_str().unwrap());
    let text = "[telegram]\ntoken = \"from-key\"";
    let both = format!("{text}\ntoken_file = {file:?}");
    let variable = ("GATEHOUSE_TELEGRAM_TOKEN", "from-variable");
    let table = [
        (both.as_str(), vec![variable, credentials], "from-variable"),
        (both.as_str(), vec![credentials], "from-file"),
        (text, vec![credentials], "from-credential"),
        (text, vec![], "from-key"),
    ];
    for (text, variables, expected) in table {
        let loaded = load(text, &variables).unwrap();
        assert_eq!(loaded.config.telegram.token.as_ref().unwrap().expose_secret(), expected);
        let shown = format!("{:?}{}", loaded.config, loaded.effective);
        assert!(!shown.contains("from-key") && !shown.contains("from-variable"), "{shown}");
    }
    let warned = load(&both, &[]).unwrap().warnings;
    assert!(warned.iter().any(|warning| warning.contains("chmod 600")), "{warned:?}");
}

#[test]
fn the_effective_configuration_is_one_that_means_the_same() {
    let loaded = load("[delivery]\nworkers = 7\nretries = [3]", &[]).unwrap();
    let again = load(&loaded.effective, &[]).unwrap();
    assert_eq!(format!("{:?}", again.config), format!("{:?}", loaded.config));
    assert!(loaded.effective.contains("workers = 7 # "), "{}", loaded.effective);
}
