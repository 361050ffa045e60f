//! Inline keyboards: what Telegram takes and what it refuses.

use serde_json::{Map, Value};

use super::{params::Params, refusal::Refusal};

/// The bytes of `callback_data` (Bot API, `InlineKeyboardButton`).
const CALLBACK_BYTES_MAX: usize = 64;

/// More buttons than this on one message are refused.
const BUTTONS_MAX: usize = 100;

/// The fields of which a button has exactly one.
const KINDS: [&str; 10] = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
];

/// The `reply_markup` of a request, if it is an inline keyboard with a button; other keyboards
/// are taken and not kept, for a message does not show them.
pub(super) fn read(params: &Params) -> Result<Option<Value>, Refusal> {
    let Some(markup) = params.json("reply_markup")? else { return Ok(None) };
    let Some(rows) = markup.get("inline_keyboard") else { return Ok(None) };
    let rows = rows
        .as_array()
        .and_then(|rows| rows.iter().map(Value::as_array).collect::<Option<Vec<_>>>());
    let Some(rows) = rows else {
        return Err(Refusal::bad("can't parse inline keyboard: expected an Array of Arrays"));
    };
    let mut count = 0;
    for button in rows.into_iter().flatten() {
        let button = button.as_object();
        check(button.ok_or_else(|| unusable("expected an Object"))?)?;
        count += 1;
    }
    if count > BUTTONS_MAX {
        return Err(Refusal::bad("REPLY_MARKUP_TOO_LONG"));
    }
    Ok(Some(markup).filter(|_| count > 0))
}

fn unusable(reason: &str) -> Refusal {
    Refusal::bad(format!("can't parse inline keyboard button: {reason}"))
}

fn check(button: &Map<String, Value>) -> Result<(), Refusal> {
    let field = |name: &str| button.get(name).and_then(Value::as_str);
    if field("text").unwrap_or_default().is_empty() {
        return Err(unusable("Field \"text\" must be a non-empty String"));
    }
    match KINDS.iter().filter(|kind| button.contains_key(**kind)).count() {
        0 => return Err(unusable("Text buttons are unallowed in the inline keyboard")),
        1 => {}
        _ => return Err(unusable("Exactly one optional field must be used")),
    }
    if button.contains_key("callback_data") {
        let bytes = field("callback_data").map_or(0, str::len);
        if !(1..=CALLBACK_BYTES_MAX).contains(&bytes) {
            return Err(Refusal::bad("BUTTON_DATA_INVALID"));
        }
    }
    if button.contains_key("url") {
        let url = field("url").unwrap_or_default();
        let is_link = ["http://", "https://", "tg://"]
            .iter()
            .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if !is_link {
            return Err(Refusal::bad(format!(
                "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn buttons_are_taken_or_refused_as_the_specification_says() {
        let long = "x".repeat(65);
        let most = "x".repeat(64);
        let table = [
            (json!({"text": "a", "callback_data": most}), None),
            (json!({"text": "a", "callback_data": long}), Some("BUTTON_DATA_INVALID")),
            (json!({"text": "a", "callback_data": ""}), Some("BUTTON_DATA_INVALID")),
            (json!({"text": "a", "url": "https://t.me/x"}), None),
            (json!({"text": "a", "url": "tg://resolve?domain=x"}), None),
            (json!({"text": "a", "url": "javascript:x"}), Some("Wrong HTTP URL")),
            (json!({"text": "", "callback_data": "x"}), Some("non-empty")),
            (json!({"text": "a"}), Some("Text buttons")),
            (json!({"text": "a", "url": "https://a.b", "callback_data": "x"}), Some("Exactly one")),
        ];
        for (button, refused) in table {
            let body = json!({"reply_markup": {"inline_keyboard": [[button]]}}).to_string();
            let params = Params::read(None, "application/json", body.as_bytes()).unwrap();
            match (read(&params), refused) {
                (Ok(markup), None) => assert!(markup.is_some(), "{button}"),
                (Err(refusal), Some(words)) => {
                    assert!(refusal.description.contains(words), "{button}: {refusal:?}");
                }
                (outcome, expected) => panic!("{button}: {outcome:?}, not {expected:?}"),
            }
        }
    }
}
