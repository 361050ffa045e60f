//! The known name that is nearest to a mistyped one.

use strsim::damerau_levenshtein;

use super::keys::{KEYS, Key};

/// The key somebody most likely meant by `section.name`: a slip within the section, or the right
/// name in the wrong section.
pub(super) fn key(section: &str, name: &str) -> String {
    let typed = format!("{section}.{name}");
    let distance = |key: &Key| {
        let elsewhere = damerau_levenshtein(name, key.name).saturating_add(1);
        damerau_levenshtein(&typed, &key.path()).min(elsewhere)
    };
    KEYS.iter().min_by_key(|key| distance(key)).map(Key::path).unwrap_or_default()
}

/// The section somebody most likely meant.
pub(super) fn section(name: &str) -> &'static str {
    let nearest = KEYS.iter().min_by_key(|key| damerau_levenshtein(name, key.section));
    nearest.map_or("", |key| key.section)
}

/// The environment variable somebody most likely meant.
pub(super) fn variable(name: &str) -> String {
    let variables = KEYS.iter().map(Key::variable);
    variables.min_by_key(|it| damerau_levenshtein(&name.to_uppercase(), it)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_and_the_wrong_section_find_the_key_that_was_meant() {
        let table = [
            ("delivery", "wrokers", "delivery.workers"),
            ("delivery", "retry", "delivery.retries"),
            ("telegram", "workers", "delivery.workers"),
            ("telegram", "tokn", "telegram.token"),
            ("http", "tokn", "http.token"),
            ("cache", "member_ttl", "cache.member_ttl_seconds"),
        ];
        for (name, typed, meant) in table {
            assert_eq!(key(name, typed), meant, "{name}.{typed}");
        }
        assert_eq!(section("delivry"), "delivery");
        assert_eq!(variable("GATEHOUSE_TELEGRAM_TOKN"), "GATEHOUSE_TELEGRAM_TOKEN");
        assert_eq!(variable("GATEHOUSE_Log_Level"), "GATEHOUSE_LOG_LEVEL");
    }
}
