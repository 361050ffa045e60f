//! What Telegram's apps recognise in the plain text people type.

use serde_json::{Value, json};

use super::html::units;

/// The `bot_command`, `mention` and `url` entities of a text, offsets in UTF-16 units.
pub(super) fn entities_of(text: &str) -> Vec<Value> {
    let mut found = vec![];
    let mut offset = 0;
    for token in text.split_inclusive(char::is_whitespace) {
        let word = token.trim_end();
        if let Some(kind) = kind_of(word) {
            found.push(json!({"type": kind, "offset": offset, "length": units(word)}));
        }
        offset += units(token);
    }
    found
}

fn kind_of(word: &str) -> Option<&'static str> {
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_@".contains(c))
    };
    if word.strip_prefix('/').is_some_and(is_name) {
        Some("bot_command")
    } else if word.strip_prefix('@').is_some_and(is_name) {
        Some("mention")
    } else if word.starts_with("https://") || word.starts_with("http://") {
        Some("url")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_mentions_and_links_are_marked_where_they_stand() {
        let found = entities_of("/protect@gate_bot @news \u{1f600} https://t.me/x /");
        let expected = json!([
            {"type": "bot_command", "offset": 0, "length": 17},
            {"type": "mention", "offset": 18, "length": 5},
            {"type": "url", "offset": 27, "length": 14},
        ]);
        assert_eq!(Value::Array(found), expected);
    }
}
