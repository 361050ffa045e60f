//! Bytes to events: the answer of `getUpdates`, and the single update of a webhook.
//!
//! A batch is read in one pass straight into events that borrow from its bytes. If that fails,
//! the batch is cut into its updates and each is read alone, so that one update nobody can read
//! stops no other.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};

use super::{
    message::Message,
    split,
    wire::{CallbackQuery, MemberUpdate},
};
use crate::{gate::event::Event, ids::UpdateId};

/// The kinds of update that are read, for `allowed_updates`. `chat_member` comes only if it is
/// asked for by name.
pub const ALLOWED_UPDATES: &[&str] =
    &["message", "edited_message", "callback_query", "chat_member", "my_chat_member"];

/// One update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// Its id, by which it is confirmed and known again.
    pub id: UpdateId,
    /// What it means.
    pub event: Event<'a>,
    /// Whether it could not be read; its event is then [`Event::Ignored`].
    pub poison: bool,
}

/// A batch of updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The updates in the order Telegram sent them.
    pub updates: Vec<Incoming<'a>>,
    /// How many updates could not be read. Those of them whose id could not be read either are
    /// counted only; confirming the next update confirms them too.
    pub poisoned: usize,
}

/// The bytes are no update, or no batch of them. Never quotes them: people's words are in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A complete answer, but one that brings no updates.
    #[error("an answer without updates")]
    NoUpdates,
    /// Cut off, or not what Telegram sends.
    #[error("not an answer to getUpdates (line {line}, column {column})")]
    Malformed {
        /// Where reading stopped; the first line is 1.
        line: usize,
        /// Where in the line; the first byte is 1.
        column: usize,
    },
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed { line: error.line(), column: error.column() }
    }
}

/// Reads the body of a `getUpdates` answer.
///
/// # Errors
///
/// [`DecodeError`] if the body as a whole is not such an answer; nothing of it may be confirmed.
pub fn decode_updates(body: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    match serde_json::from_slice(body) {
        Ok(Answer { ok: true, result: Some(updates) }) => Ok(Decoded { updates, poisoned: 0 }),
        Ok(_) => Err(DecodeError::NoUpdates),
        Err(error) => one_by_one(body).ok_or_else(|| error.into()),
    }
}

/// Reads one update, as a webhook receives it.
///
/// # Errors
///
/// [`DecodeError`] if not even its id can be read.
pub fn decode_update(body: &[u8]) -> Result<Incoming<'_>, DecodeError> {
    match serde_json::from_slice(body) {
        Ok(update) => Ok(update),
        Err(error) => poison(body).ok_or_else(|| error.into()),
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<Vec<Incoming<'a>>>,
}

/// The fields of an update that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum UpdateField {
    UpdateId,
    Message,
    EditedMessage,
    CallbackQuery,
    ChatMember,
    MyChatMember,
    #[serde(other)]
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Incoming<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UpdateVisitor)
    }
}

struct UpdateVisitor;

impl<'de> Visitor<'de> for UpdateVisitor {
    type Value = Incoming<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an update")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut event) = (None, Event::Ignored);
        while let Some(field) = map.next_key()? {
            match field {
                UpdateField::UpdateId => id = Some(map.next_value()?),
                UpdateField::Message => event = map.next_value::<Message<'de>>()?.event(),
                UpdateField::EditedMessage => {
                    event = map.next_value::<Message<'de>>()?.edited_event();
                }
                UpdateField::CallbackQuery => {
                    event = map.next_value::<CallbackQuery<'de>>()?.event();
                }
                UpdateField::ChatMember => event = map.next_value::<MemberUpdate<'de>>()?.event(),
                UpdateField::MyChatMember => {
                    event = map.next_value::<MemberUpdate<'de>>()?.own_event();
                }
                UpdateField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let id = id.ok_or_else(|| de::Error::missing_field("update_id"))?;
        Ok(Incoming { id, event, poison: false })
    }
}

/// Reads each update of a batch alone; `None` if it is no batch, or cut off.
fn one_by_one(body: &[u8]) -> Option<Decoded<'_>> {
    let mut decoded = Decoded { updates: Vec::new(), poisoned: 0 };
    for update in split::updates(body)? {
        let read: Option<Incoming<'_>> = serde_json::from_slice(update).ok();
        decoded.poisoned += usize::from(read.is_none());
        decoded.updates.extend(read.or_else(|| poison(update)));
    }
    Some(decoded)
}

/// An update nobody can read, if at least its id can be.
fn poison(update: &[u8]) -> Option<Incoming<'_>> {
    let id = update_id(update)?;
    Some(Incoming { id, event: Event::Ignored, poison: true })
}

/// Finds the id of an update whose JSON may be broken anywhere behind it. Telegram writes the id
/// first, and nobody can write this key with its quotes into a string.
fn update_id(update: &[u8]) -> Option<UpdateId> {
    const KEY: &[u8] = b"\"update_id\"";
    let at = update.windows(KEY.len()).position(|window| window == KEY)?;
    let value = update.get(at + KEY.len()..)?.trim_ascii_start();
    let value = value.strip_prefix(b":")?.trim_ascii_start();
    let digits = value.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(UpdateId::new)
}

#[cfg(test)]
mod tests;
