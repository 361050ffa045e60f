//! What messages hold besides text, as Telegram describes it.

use serde_json::{Value, json};

use super::{messages::Message, permissions::Permissions, world::World};
use crate::ids::UserId;

/// What a message holds.
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// Text; commands, mentions and links in it are marked.
    Text(&'a str),
    /// A photo with a caption.
    Photo(&'a str),
    /// A sticker.
    Sticker,
    /// A poll with this question.
    Poll(&'a str),
    /// Text forwarded from somebody else.
    Forward(&'a str),
}

impl Content<'_> {
    pub(super) fn needs(&self) -> Permissions {
        match self {
            Self::Text(_) | Self::Forward(_) => Permissions::MESSAGES,
            Self::Photo(_) => Permissions::PHOTOS,
            Self::Sticker => Permissions::OTHER,
            Self::Poll(_) => Permissions::POLLS,
        }
    }

    pub(super) fn message(&self, from: UserId, world: &mut World) -> Message {
        let serial = world.next_serial();
        match self {
            Self::Text(text) => Message::new(from, text),
            Self::Photo(caption) => Message::new(from, caption).with("photo", photo(serial)),
            Self::Sticker => Message::new(from, "").with("sticker", sticker(serial)),
            Self::Poll(question) => Message::new(from, "").with("poll", poll(serial, question)),
            Self::Forward(text) => {
                let origin = json!({
                    "type": "hidden_user",
                    "sender_user_name": "Somebody Else",
                    "date": world.now_s(),
                });
                Message::new(from, text).with("forward_origin", origin)
            }
        }
    }
}

fn photo(serial: i64) -> Value {
    let size = |letter: char, width: i64, height: i64, bytes: i64| {
        json!({
            "file_id": format!("AgACAgIAAxkBAAI{serial:06}{letter}AAGh0bWVzc2FnZS1waG90by1maWxl"),
            "file_unique_id": format!("AQAD{serial:06}{letter}"),
            "width": width,
            "height": height,
            "file_size": bytes,
        })
    };
    json!([size('m', 320, 240, 21_480), size('x', 800, 600, 94_310)])
}

fn sticker(serial: i64) -> Value {
    json!({
        "file_id": format!("CAACAgIAAxkBAAI{serial:06}c3RpY2tlci1maWxl"),
        "file_unique_id": format!("AgAD{serial:06}"),
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": false,
        "is_video": false,
        "emoji": "\u{1f44b}",
        "set_name": "greetings",
        "file_size": 18_342,
    })
}

fn poll(serial: i64, question: &str) -> Value {
    json!({
        "id": (5_400_000_000_000_000_000 + serial).to_string(),
        "question": question,
        "options": [{"text": "Yes", "voter_count": 0}, {"text": "No", "voter_count": 0}],
        "total_voter_count": 0,
        "is_closed": false,
        "is_anonymous": true,
        "type": "regular",
        "allows_multiple_answers": false,
    })
}
