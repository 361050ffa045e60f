//! Messages as they stand in a chat.
//!
//! State only; how a message looks on the wire is told in `render`.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    clock::UnixMillis,
    ids::{ChatId, MessageId, ThreadId, UserId},
};

/// How many messages a chat remembers; older ones count as not found, so that a load test of any
/// length fits into memory.
const MESSAGES_KEPT: usize = 20_000;

/// A message as it stands.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, unique within the chat.
    pub id: MessageId,
    /// Who wrote it; 1087968824, 136817688 and 777000 where Telegram shows those.
    pub from: UserId,
    /// In whose name it was posted, if not in that of a person.
    pub sender_chat: Option<ChatId>,
    /// Its forum topic.
    pub thread: Option<ThreadId>,
    /// The text as people read it, without formatting.
    pub text: String,
    /// `MessageEntity` objects.
    pub entities: Vec<Value>,
    /// The inline keyboard.
    pub reply_markup: Option<Value>,
    /// Whether it was sent without a notification.
    pub silent: bool,
    /// The message it replies to.
    pub reply_to: Option<MessageId>,
    /// When it was sent.
    pub sent: UnixMillis,
    /// When it was last edited.
    pub edited: Option<UnixMillis>,
    /// How often it was edited.
    pub edits: u32,
    /// Every other field as Telegram sends it (`photo`, `new_chat_members`, ...).
    pub extra: Map<String, Value>,
}

impl Message {
    pub(super) fn new(from: UserId, text: &str) -> Self {
        Self {
            id: MessageId::default(),
            from,
            sender_chat: None,
            thread: None,
            text: text.to_owned(),
            entities: super::text::entities_of(text),
            reply_markup: None,
            silent: false,
            reply_to: None,
            sent: UnixMillis::default(),
            edited: None,
            edits: 0,
            extra: Map::new(),
        }
    }

    /// A service message; `extra` says which.
    pub(super) fn service(from: UserId, field: &str, value: Value) -> Self {
        Self::new(from, "").with(field, value)
    }

    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        self.extra.insert(field.to_owned(), value);
        self
    }

    /// Whether it is a service message about members, topics or a migration.
    #[must_use]
    pub fn is_service(&self) -> bool {
        const SERVICE: [&str; 5] = [
            "new_chat_members",
            "left_chat_member",
            "migrate_to_chat_id",
            "migrate_from_chat_id",
            "forum_topic_created",
        ];
        SERVICE.iter().any(|field| self.extra.contains_key(*field))
    }

    /// The `callback_data` of every callback button, row by row.
    #[must_use]
    pub fn callback_data(&self) -> Vec<String> {
        let rows = self.reply_markup.as_ref().and_then(|markup| markup.get("inline_keyboard"));
        let buttons = rows.and_then(Value::as_array).into_iter().flatten();
        buttons
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|button| button.get("callback_data")?.as_str())
            .map(str::to_owned)
            .collect()
    }
}

/// The messages of one chat.
#[derive(Debug, Default)]
pub(super) struct Messages {
    standing: BTreeMap<MessageId, Message>,
    deleted: HashSet<MessageId>,
    last: i64,
}

impl Messages {
    pub(super) fn add(&mut self, mut message: Message) -> MessageId {
        self.last += 1;
        let id = MessageId::new(self.last);
        message.id = id;
        self.standing.insert(id, message);
        if self.standing.len() > MESSAGES_KEPT {
            self.standing.pop_first();
        }
        id
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Message> {
        self.standing.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        self.standing.get_mut(&id)
    }

    pub(super) fn delete(&mut self, id: MessageId) -> bool {
        self.standing.remove(&id).is_some() && self.deleted.insert(id)
    }

    pub(super) fn was_deleted(&self, id: MessageId) -> bool {
        self.deleted.contains(&id)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.standing.values()
    }
}
