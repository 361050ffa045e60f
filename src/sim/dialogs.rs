//! Between one person and the bot: private messages, presses, and updates of no known kind.

use serde_json::{Map, Value, json};

use super::{Sim, messages::Message, world::World};
use crate::ids::{ChatId, MessageId, UpdateId, UserId};

impl Sim {
    /// Somebody writes to the bot, which may write back from then on.
    pub fn write_privately(&self, user: UserId, text: &str) -> Option<MessageId> {
        self.change(|world| {
            world.users.get_mut(&user)?.has_started = true;
            let chat = world.private_chat(user);
            world.post(chat, Message::new(user, text))
        })
    }

    /// Somebody blocks the bot, or lets it write again; the bot is told by `my_chat_member`.
    pub fn set_blocked(&self, user: UserId, is_blocked: bool) {
        self.change(|world| world.block(user, is_blocked));
    }

    /// Presses a button with this data, which the message need not have; the query's id.
    pub fn press(&self, chat: ChatId, message: MessageId, user: UserId, data: &str) -> String {
        self.change(|world| world.press(chat, message, user, data))
    }

    /// Presses the first callback button of a message as it stands; `None` if there is none.
    pub fn press_button(&self, chat: ChatId, message: MessageId, user: UserId) -> Option<String> {
        self.change(|world| {
            let standing = world.chats.get(&chat)?.messages.get(message)?;
            let data = standing.callback_data().into_iter().next()?;
            Some(world.press(chat, message, user, &data))
        })
    }

    /// Queues any JSON object as an update, whatever the bot asked for; it gets the next
    /// `update_id` unless it has one.
    pub fn push_raw_update(&self, update: Value) -> UpdateId {
        self.change(|world| world.updates.push_raw(update))
    }
}

impl World {
    fn block(&mut self, user: UserId, is_blocked: bool) {
        let Some(person) = self.users.get_mut(&user) else { return };
        if person.has_blocked == is_blocked {
            return;
        }
        person.has_blocked = is_blocked;
        let chat = self.private_chat(user);
        let statuses = if is_blocked { ("member", "kicked") } else { ("kicked", "member") };
        let bot = self.user_json(self.bot);
        let member = |status: &str| {
            let mut member = Map::new();
            member.insert("user".to_owned(), bot.clone());
            member.insert("status".to_owned(), json!(status));
            if status == "kicked" {
                member.insert("until_date".to_owned(), json!(0));
            }
            Value::Object(member)
        };
        let body = json!({
            "chat": self.chat_json_of(chat),
            "from": self.user_json(user),
            "date": self.now_s(),
            "old_chat_member": member(statuses.0),
            "new_chat_member": member(statuses.1),
        });
        self.updates.push("my_chat_member", &body);
    }

    fn press(&mut self, chat: ChatId, message: MessageId, user: UserId, data: &str) -> String {
        let query = (4_382_000_000_000_000_000 + self.next_serial()).to_string();
        let place = self.chats.get(&chat);
        let standing = place.and_then(|chat| Some((chat, chat.messages.get(message)?)));
        let message = match standing {
            Some((chat, standing)) => self.message_json(chat, standing),
            None => json!({
                "chat": self.chat_json_of(chat),
                "message_id": message.get(),
                "date": 0,
            }),
        };
        let body = json!({
            "id": query,
            "from": self.user_json(user),
            "message": message,
            "chat_instance": (chat.get().wrapping_mul(7_919)).to_string(),
            "data": data,
        });
        self.updates.push("callback_query", &body);
        self.queries.open(query.clone(), user, self.clock.now());
        query
    }
}
