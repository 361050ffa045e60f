//! Text with HTML formatting (`parse_mode=HTML`), as the Bot API's "HTML style" describes it.
//!
//! Makes plain text and entities of it, or says what is wrong; knows no users and no limits.

use serde_json::{Map, Value, json};

/// Text and its entities, offsets in UTF-16 units.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Formatted {
    /// What people read.
    pub(super) text: String,
    /// `MessageEntity` objects by offset, the longer first.
    pub(super) entities: Vec<Value>,
}

/// Parses HTML-style text; the error is what follows "can't parse entities: ".
pub(super) fn parse(source: &str) -> Result<Formatted, String> {
    let mut parser = Parser {
        source,
        rest: source,
        text: String::new(),
        units: 0,
        open: vec![],
        closed: vec![],
    };
    while let Some(at) = parser.rest.find(['<', '&']) {
        let before = parser.take(at);
        parser.push(before);
        if parser.rest.starts_with('<') { parser.tag()? } else { parser.entity() }
    }
    let last = parser.rest;
    parser.push(last);
    if let Some(tag) = parser.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", tag.name));
    }
    parser.closed.sort_by_key(|(offset, length, _)| (*offset, usize::MAX - length));
    let entities = parser.closed.into_iter().map(|(_, _, entity)| entity).collect();
    Ok(Formatted { text: parser.text, entities })
}

/// How many UTF-16 units a text has, in which Telegram counts offsets.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

struct Open<'a> {
    name: String,
    attributes: Vec<(&'a str, String)>,
    units: usize,
    bytes: usize,
}

struct Parser<'a> {
    source: &'a str,
    rest: &'a str,
    text: String,
    units: usize,
    open: Vec<Open<'a>>,
    closed: Vec<(usize, usize, Value)>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += units(text);
    }

    /// A character reference; what is none stays as it is.
    fn entity(&mut self) {
        if let Some((character, length)) = decode(self.rest) {
            let mut buffer = [0; 4];
            self.push(character.encode_utf8(&mut buffer));
            self.take(length);
        } else {
            let ampersand = self.take(1);
            self.push(ampersand);
        }
    }

    fn tag(&mut self) -> Result<(), String> {
        let offset = self.source.len() - self.rest.len();
        let Some(length) = tag_length(self.rest) else {
            return Err(format!("Unclosed start tag at byte offset {offset}"));
        };
        let tag = self.take(length);
        let tag = tag.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')).unwrap_or(tag);
        if let Some(name) = tag.strip_prefix('/') {
            return self.end(name.trim(), offset);
        }
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let (name, attributes) = (name.to_ascii_lowercase(), read_attributes(attributes));
        let class = attributes.iter().find(|(name, _)| *name == "class");
        if name == "span" && class.is_none_or(|(_, class)| class != "tg-spoiler") {
            return Err(format!(
                "Tag \"span\" must have class \"tg-spoiler\" at byte offset {offset}"
            ));
        }
        if !TAGS.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {offset}"));
        }
        self.open.push(Open { name, attributes, units: self.units, bytes: self.text.len() });
        Ok(())
    }

    fn end(&mut self, name: &str, offset: usize) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {offset}"));
        };
        if !name.is_empty() && !name.eq_ignore_ascii_case(&open.name) {
            return Err(format!(
                "Unmatched end tag at byte offset {offset}, expected \"</{}>\", found \"</{name}>\"",
                open.name
            ));
        }
        let length = self.units - open.units;
        let inside = self.text.get(open.bytes..).unwrap_or_default();
        if let (Some(mut entity), false) = (describe(&open, inside), length == 0) {
            entity.insert("offset".to_owned(), json!(open.units));
            entity.insert("length".to_owned(), json!(length));
            self.closed.push((open.units, length, Value::Object(entity)));
        }
        Ok(())
    }
}

const TAGS: [&str; 17] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-emoji",
    "tg-time",
];

/// The entity of a closed tag; `None` for an `a` that leads nowhere.
fn describe(open: &Open<'_>, inside: &str) -> Option<Map<String, Value>> {
    let attribute =
        |name: &str| open.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let entity = match open.name.as_str() {
        "b" | "strong" => json!({"type": "bold"}),
        "i" | "em" => json!({"type": "italic"}),
        "u" | "ins" => json!({"type": "underline"}),
        "s" | "strike" | "del" => json!({"type": "strikethrough"}),
        "span" | "tg-spoiler" => json!({"type": "spoiler"}),
        "code" => json!({"type": "code"}),
        "pre" => json!({"type": "pre"}),
        "blockquote" if attribute("expandable").is_some() => {
            json!({"type": "expandable_blockquote"})
        }
        "blockquote" => json!({"type": "blockquote"}),
        "tg-emoji" => json!({"type": "custom_emoji", "custom_emoji_id": attribute("emoji-id")?}),
        "tg-time" => {
            json!({"type": "date_time", "unix_time": attribute("unix")?.parse::<i64>().ok()?})
        }
        "a" => {
            let url = attribute("href").map_or(inside, String::as_str);
            let leads = ["http://", "https://", "tg://", "mailto:"];
            if !leads.iter().any(|scheme| url.starts_with(scheme)) {
                return None;
            }
            json!({"type": "text_link", "url": url})
        }
        _ => return None,
    };
    entity.as_object().cloned()
}

/// Bytes of the tag at the beginning, `>` included; a `>` within quotes does not end it.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in rest.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn read_attributes(mut rest: &str) -> Vec<(&str, String)> {
    let mut all = vec![];
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if name.is_empty() && after.is_empty() {
            return all;
        }
        let Some(value) = after.strip_prefix('=') else {
            all.push((name, String::new()));
            rest = after;
            continue;
        };
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => {
                let value = value.strip_prefix(quote).unwrap_or(value);
                value.split_once(quote).unwrap_or((value, ""))
            }
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        all.push((name, unescape(value)));
        rest = after;
    }
}

fn unescape(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('&') {
        all.push_str(before);
        let from = rest.split_at_checked(before.len()).map_or("", |(_, from)| from);
        let (character, length) = decode(from).unwrap_or(('&', 1));
        all.push(character);
        rest = from.split_at_checked(length).map_or("", |(_, after)| after);
    }
    all.push_str(rest);
    all
}

/// The character of a reference at the beginning and its bytes, if it is one Telegram knows.
fn decode(rest: &str) -> Option<(char, usize)> {
    let (name, _) = rest.strip_prefix('&')?.split_once(';')?;
    let length = name.len() + 2;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|character| *character != '\0')?
        }
    };
    Some((character, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_becomes_entities_in_utf16_units() {
        let table = [
            ("plain", "a &lt; b &amp; c &quot;d&quot; &#39;", "a < b & c \"d\" '", json!([])),
            ("unknown reference", "a &nbsp; & b", "a &nbsp; & b", json!([])),
            (
                "after an emoji",
                "\u{1f600} <b>bold</b>",
                "\u{1f600} bold",
                json!([{"type": "bold", "offset": 3, "length": 4}]),
            ),
            (
                "nested",
                "<b>a<i>b</i></b>",
                "ab",
                json!([
                    {"type": "bold", "offset": 0, "length": 2},
                    {"type": "italic", "offset": 1, "length": 1}
                ]),
            ),
            (
                "link with quoted bracket",
                "<a href=\"https://t.me/x?a=1&amp;b=>\">go</a>",
                "go",
                json!([{"type": "text_link", "offset": 0, "length": 2,
                        "url": "https://t.me/x?a=1&b=>"}]),
            ),
            ("link without a scheme", "<a href='javascript:x'>go</a>", "go", json!([])),
            ("empty", "<b></b>x", "x", json!([])),
            (
                "spoiler and quote",
                "<span class=\"tg-spoiler\">s</span><blockquote expandable>q</blockquote>",
                "sq",
                json!([
                    {"type": "spoiler", "offset": 0, "length": 1},
                    {"type": "expandable_blockquote", "offset": 1, "length": 1}
                ]),
            ),
        ];
        for (rule, html, text, entities) in table {
            let formatted = parse(html).unwrap();
            assert_eq!(formatted.text, text, "{rule}");
            assert_eq!(Value::Array(formatted.entities), entities, "{rule}");
        }
    }

    #[test]
    fn broken_formatting_is_named_with_its_place() {
        let table = [
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
            ("<div>x</div>", "Unsupported start tag \"div\" at byte offset 0"),
            ("a < b", "Unclosed start tag at byte offset 2"),
            ("<Ann> joined", "Unsupported start tag \"ann\" at byte offset 0"),
            ("<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
        ];
        for (html, error) in table {
            assert_eq!(parse(html).unwrap_err(), error, "{html}");
        }
    }
}
