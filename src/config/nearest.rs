//! The known name that is nearest to a mistyped one.

use strsim::damerau_levenshtein;

use super::keys::{KEYS, Key, VARIABLE_PREFIX};

/// The key somebody most likely meant by `section.name`: a slip within the section, or the right
/// name in the wrong section.
pub(super) fn key(section: &str, name: &str) -> String {
    let distance = |key: &Key| {
        let elsewhere = usize::from(key.section != section);
        slip(name, key.name).saturating_add(elsewhere)
    };
    KEYS.iter().min_by_key(|key| distance(key)).map(Key::path).unwrap_or_default()
}

/// How far what was typed is from `meant`. A part of it, such as a name without its unit, is near.
fn slip(typed: &str, meant: &str) -> usize {
    let letters = damerau_levenshtein(typed, meant);
    if typed.len() > 2 && meant.contains(typed) { letters.min(1) } else { letters }
}

/// The section somebody most likely meant.
pub(super) fn section(name: &str) -> &'static str {
    let nearest = KEYS.iter().min_by_key(|key| damerau_levenshtein(name, key.section));
    nearest.map_or("", |key| key.section)
}

/// The environment variable somebody most likely meant; the section may have been left out.
pub(super) fn variable(name: &str) -> String {
    let typed = name.strip_prefix(VARIABLE_PREFIX).unwrap_or(name).to_lowercase();
    let distance = |key: &Key| {
        let whole = damerau_levenshtein(&typed, &format!("{}_{}", key.section, key.name));
        whole.min(slip(&typed, key.name).saturating_add(1))
    };
    KEYS.iter().min_by_key(|key| distance(key)).map(Key::variable).unwrap_or_default()
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
            ("cache", "stranger_ttl", "cache.stranger_ttl_seconds"),
            ("cache", "ttl", "cache.member_ttl_seconds"),
            ("", "workers", "delivery.workers"),
        ];
        for (name, typed, meant) in table {
            assert_eq!(key(name, typed), meant, "{name}.{typed}");
        }
        assert_eq!(section("delivry"), "delivery");
        assert_eq!(variable("GATEHOUSE_TELEGRAM_TOKN"), "GATEHOUSE_TELEGRAM_TOKEN");
        assert_eq!(variable("GATEHOUSE_WORKERS"), "GATEHOUSE_DELIVERY_WORKERS");
        assert_eq!(variable("GATEHOUSE_Log_Level"), "GATEHOUSE_LOG_LEVEL");
    }
}
