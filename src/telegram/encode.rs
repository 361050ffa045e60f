//! Words for Telegram: other people's names made harmless, and lengths as Telegram counts them.
//!
//! Everything is counted in UTF-16 code units, as entities are (Bot API, `MessageEntity`).

use std::borrow::Cow;

use crate::ids::UserId;

/// How long a text may be after its entities are parsed (Bot API, `sendMessage`).
pub const TEXT_UNITS_MAX: usize = 4096;

/// How long the answer to a callback query may be (Bot API, `answerCallbackQuery`).
pub const ANSWER_UNITS_MAX: usize = 200;

/// What stands for a name that shows nothing.
const NAMELESS: &str = "?";

/// First strong isolate and its end: a name between them cannot turn the text around it.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// Escapes what `parse_mode` HTML would take for a tag, an entity or the end of an attribute.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '>', '&', '"']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len().saturating_add(16));
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// A name as HTML that changes nothing but itself, at most `units_max` units long as shown.
///
/// Control characters and those that reorder text are dropped, line breaks become spaces, and
/// what is left stands between isolates (2 more units). A name of which nothing can be seen
/// becomes `?`.
#[must_use]
pub fn name(name: &str, units_max: usize) -> String {
    escape(&plain_name(name, units_max)).into_owned()
}

/// A [`name`] for texts that know no markup: buttons and answers.
#[must_use]
pub fn plain_name(name: &str, units_max: usize) -> String {
    let clean: String = name.chars().filter_map(harmless).collect();
    let clean = clean.trim();
    let shown = if clean.chars().all(is_invisible) { NAMELESS } else { clean };
    let (open, close) = ISOLATE;
    format!("{open}{}{close}", truncate(shown, units_max))
}

/// A [`name`] that leads to a URL of our own making.
#[must_use]
pub fn link(url: &str, title: &str, units_max: usize) -> String {
    format!("<a href=\"{}\">{}</a>", escape(url), name(title, units_max))
}

/// A [`name`] that links to the person, so that Telegram tells them that they are meant.
#[must_use]
pub fn mention(user: UserId, full_name: &str, units_max: usize) -> String {
    format!("<a href=\"tg://user?id={user}\">{}</a>", name(full_name, units_max))
}

/// Shortens a text to `units_max` units, the ellipsis that shows it included. Never splits a
/// character. Not for HTML, of which it could cut a tag in two.
#[must_use]
pub fn truncate(text: &str, units_max: usize) -> Cow<'_, str> {
    if units(text) <= units_max {
        return Cow::Borrowed(text);
    }
    let Some(room) = units_max.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0_usize;
    let kept = text.chars().take_while(|c| {
        used = used.saturating_add(c.len_utf16());
        used <= room
    });
    let mut shortened: String = kept.collect();
    shortened.truncate(shortened.trim_end().len());
    shortened.push('…');
    Cow::Owned(shortened)
}

/// The length of a text in UTF-16 units.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The length of HTML in UTF-16 units as shown: a tag counts nothing, an entity one unit.
///
/// For HTML whose text was [escaped](escape); a stray `<` would hide what follows.
#[must_use]
pub fn html_units(html: &str) -> usize {
    let (mut total, mut end) = (0_usize, None);
    for c in html.chars() {
        match (end, c) {
            (Some(last), _) if c == last => end = None,
            (Some(_), _) => {}
            (None, '<') => end = Some('>'),
            (None, '&') => {
                end = Some(';');
                total = total.saturating_add(1);
            }
            (None, _) => total = total.saturating_add(c.len_utf16()),
        }
    }
    total
}

/// The character as it may stand in a name; `None` if it may not.
fn harmless(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Embeddings, overrides and isolates, which reorder whatever comes after the name; then
        // deprecated format characters, the byte order mark and annotations.
        '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' => None,
        _ if c.is_control() => None,
        _ => Some(c),
    }
}

/// Whether a character shows nothing. Some of these belong inside of names (joiners, marks,
/// selectors), so they stay there; only a name of nothing else is no name.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_changes_nothing_but_itself() {
        let table = [
            ("plain", "Ann", "Ann"),
            ("markup", "<b>&\"'", "&lt;b&gt;&amp;&quot;'"),
            ("a closing tag", "</a>", "&lt;/a&gt;"),
            ("right-to-left override", "\u{202E}nnA", "nnA"),
            ("stray isolates", "A\u{2069}n\u{2066}n", "Ann"),
            ("lines", "A\nB\u{2028}C", "A B C"),
            ("controls", "A\u{0}\u{7f}\u{1b}B", "AB"),
            ("hebrew with a mark", "אב\u{200F}!", "אב\u{200F}!"),
            ("joined emoji", "👩\u{200D}🚀", "👩\u{200D}🚀"),
            ("nothing to see", " \u{200B}\u{3164}\u{202E} ", "?"),
            ("empty", "", "?"),
            ("too long", "abcdefghijkl", "abcdefghi…"),
            ("too long, escaped after", "<<<<<<<<<<<<", "&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;…"),
        ];
        for (case, given, shown) in table {
            assert_eq!(name(given, 10), format!("\u{2068}{shown}\u{2069}"), "{case}");
        }
    }

    #[test]
    fn a_mention_links_to_the_person() {
        assert_eq!(
            mention(UserId::new(7), "A<b", 64),
            "<a href=\"tg://user?id=7\">\u{2068}A&lt;b\u{2069}</a>"
        );
    }

    #[test]
    fn a_text_is_shortened_by_units_and_between_characters() {
        let table = [
            ("short enough", "abc", 3, "abc"),
            ("one too long", "abcd", 3, "ab…"),
            ("two units each, fits", "🚀🚀", 4, "🚀🚀"),
            ("two units each, cut before the half", "🚀🚀🚀", 4, "🚀…"),
            ("a space before the cut", "ab cd", 4, "ab…"),
            ("room for the ellipsis only", "abc", 1, "…"),
            ("no room", "abc", 0, ""),
        ];
        for (case, text, units_max, shown) in table {
            assert_eq!(truncate(text, units_max), shown, "{case}");
        }
    }

    #[test]
    fn html_is_as_long_as_what_it_shows() {
        let table = [
            ("abc", 3),
            ("<b>abc</b>", 3),
            ("a&lt;b", 3),
            ("🚀", 2),
            ("<a href=\"tg://user?id=7\">A</a> &amp; B", 5),
        ];
        for (html, shown) in table {
            assert_eq!(html_units(html), shown, "{html}");
        }
    }

    proptest! {
        #[test]
        fn no_name_opens_a_tag_or_turns_the_text(given in "\\PC{0,40}|[<>&\"\u{202E}\u{2066}a]{0,20}") {
            let shown = name(&given, 20);
            let harmful = ['<', '>', '"', '\u{202E}', '\u{2066}'];
            prop_assert!(!shown.contains(harmful));
            prop_assert!(html_units(&shown) <= 22);
            prop_assert!(html_units(&shown) >= 3);
        }

        #[test]
        fn a_shortened_text_fits(given in any::<String>(), units_max in 0_usize..50) {
            prop_assert!(units(&truncate(&given, units_max)) <= units_max);
        }
    }
}
