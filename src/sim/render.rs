//! How the world looks on the wire: Bot API objects as JSON.
//!
//! Nothing is decided here; every function takes the world as it is and describes a part of it.

use serde_json::{Map, Value, json};

use super::{
    chat::{Chat, Kind},
    messages::Message,
    permissions::{PERMISSIONS, Permissions},
    rights::{MemberStatus, RIGHTS_ANYWHERE, RIGHTS_IN_CHANNELS, RIGHTS_IN_GROUPS, Rights},
    world::World,
};
use crate::{
    clock::UnixMillis,
    ids::{ChatId, UserId},
};

/// Unix time in seconds, as the Bot API counts.
pub(super) fn seconds(at: UnixMillis) -> i64 {
    at.get().div_euclid(1_000)
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

impl World {
    /// A `User`.
    pub(super) fn user_json(&self, id: UserId) -> Value {
        let Some(user) = self.users.get(&id) else {
            return json!({"id": id.get(), "is_bot": false, "first_name": "Deleted Account"});
        };
        let mut all = json!({"id": id.get(), "is_bot": user.is_bot, "first_name": user.first_name});
        let optional = [
            ("last_name", &user.last_name),
            ("username", &user.username),
            ("language_code", &user.language),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                put(&mut all, name, json!(value));
            }
        }
        all
    }

    /// A `Chat`.
    pub(super) fn chat_json(&self, chat: &Chat) -> Value {
        let mut all = json!({"id": chat.id.get(), "type": chat.kind.name()});
        if chat.kind == Kind::Private {
            let user = self.user_json(UserId::new(chat.id.get()));
            let names = ["first_name", "last_name", "username"];
            for (name, value) in names.iter().filter_map(|name| Some((*name, user.get(*name)?))) {
                put(&mut all, name, value.clone());
            }
            return all;
        }
        put(&mut all, "title", json!(chat.title));
        if let Some(username) = &chat.username {
            put(&mut all, "username", json!(username));
        }
        if chat.is_forum {
            put(&mut all, "is_forum", json!(true));
        }
        all
    }

    /// A `Chat` by its id; of an unknown one only the id.
    pub(super) fn chat_json_of(&self, id: ChatId) -> Value {
        self.chats.get(&id).map_or_else(|| json!({"id": id.get()}), |chat| self.chat_json(chat))
    }

    /// A `Message`, with the message it replies to but not further.
    pub(super) fn message_json(&self, chat: &Chat, message: &Message) -> Value {
        let mut all = self.lone_message_json(chat, message);
        if let Some(replied) = message.reply_to.and_then(|id| chat.messages.get(id)) {
            put(&mut all, "reply_to_message", self.lone_message_json(chat, replied));
        }
        all
    }

    fn lone_message_json(&self, chat: &Chat, message: &Message) -> Value {
        let mut all = json!({
            "message_id": message.id.get(),
            "date": seconds(message.sent),
            "chat": self.chat_json(chat),
        });
        if chat.kind != Kind::Channel {
            put(&mut all, "from", self.user_json(message.from));
        }
        if let Some(sender) = message.sender_chat {
            put(&mut all, "sender_chat", self.chat_json_of(sender));
        }
        if let Some(thread) = message.thread {
            put(&mut all, "message_thread_id", json!(thread.get()));
            put(&mut all, "is_topic_message", json!(true));
        }
        let is_caption = message.extra.contains_key("photo");
        let (text, entities) =
            if is_caption { ("caption", "caption_entities") } else { ("text", "entities") };
        if !message.text.is_empty() {
            put(&mut all, text, json!(message.text));
        }
        if !message.entities.is_empty() {
            put(&mut all, entities, Value::Array(message.entities.clone()));
        }
        if let Some(markup) = &message.reply_markup {
            put(&mut all, "reply_markup", markup.clone());
        }
        if let Some(edited) = message.edited {
            put(&mut all, "edit_date", json!(seconds(edited)));
        }
        for (name, value) in &message.extra {
            put(&mut all, name, value.clone());
        }
        all
    }

    /// A `ChatMember`.
    pub(super) fn member_json(&self, kind: Kind, user: UserId, status: MemberStatus) -> Value {
        let mut all = Map::from_iter([("user".to_owned(), self.user_json(user))]);
        let mut say = |name: &str, value: Value| {
            all.insert(name.to_owned(), value);
        };
        match status {
            MemberStatus::Creator => {
                say("status", json!("creator"));
                say("is_anonymous", json!(false));
            }
            MemberStatus::Administrator(rights) => {
                say("status", json!("administrator"));
                say("can_be_edited", json!(false));
                say("can_manage_chat", json!(true));
                for (name, right) in rights_of(kind) {
                    say(name, json!(rights.has(right)));
                }
            }
            MemberStatus::Member => say("status", json!("member")),
            MemberStatus::Restricted { is_member, permissions, until } => {
                say("status", json!("restricted"));
                say("is_member", json!(is_member));
                say("until_date", json!(until));
                for (name, flag) in PERMISSIONS {
                    say(name, json!(permissions.allows(flag)));
                }
            }
            MemberStatus::Left => say("status", json!("left")),
            MemberStatus::Kicked(until) => {
                say("status", json!("kicked"));
                say("until_date", json!(until));
            }
        }
        Value::Object(all)
    }
}

fn rights_of(kind: Kind) -> impl Iterator<Item = (&'static str, Rights)> {
    let own = if kind == Kind::Channel { RIGHTS_IN_CHANNELS } else { RIGHTS_IN_GROUPS };
    RIGHTS_ANYWHERE.into_iter().chain(own)
}

/// A `ChatPermissions`.
pub(super) fn permissions_json(permissions: Permissions) -> Value {
    let flags = PERMISSIONS.map(|(name, flag)| (name.to_owned(), json!(permissions.allows(flag))));
    Value::Object(Map::from_iter(flags))
}
