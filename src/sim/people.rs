//! What people say and press, and the updates the bot gets of it.

use serde_json::{Map, Value, json};

use super::{
    Sim,
    chat::{Kind, Message},
    rights::Permissions,
    world::{ANONYMOUS_ADMIN, CHANNEL_SENDER, TELEGRAM, World},
};
use crate::ids::{ChatId, MessageId, ThreadId, UpdateId, UserId};

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
    fn needs(&self) -> Permissions {
        match self {
            Self::Text(_) | Self::Forward(_) => Permissions::MESSAGES,
            Self::Photo(_) => Permissions::PHOTOS,
            Self::Sticker => Permissions::OTHER,
            Self::Poll(_) => Permissions::POLLS,
        }
    }

    fn message(&self, from: UserId, world: &mut World) -> Message {
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

impl Sim {
    /// Somebody writes. `None` if they may not: restricted, banned, or outside a group that takes
    /// no guests. It is a reply if somebody else spoke last, as in a conversation.
    pub fn speak(&self, chat: ChatId, user: UserId, text: &str) -> Option<MessageId> {
        self.change(|world| world.say(chat, None, user, &Content::Text(text)))
    }

    /// The same in a topic of a forum.
    pub fn speak_in(
        &self,
        chat: ChatId,
        thread: ThreadId,
        user: UserId,
        text: &str,
    ) -> Option<MessageId> {
        self.change(|world| world.say(chat, Some(thread), user, &Content::Text(text)))
    }

    /// Somebody sends something else than text.
    pub fn send(&self, chat: ChatId, user: UserId, content: &Content<'_>) -> Option<MessageId> {
        self.change(|world| world.say(chat, None, user, content))
    }

    /// Another bot writes. Seen as a person's message is, as by bots that may talk to bots.
    pub fn bot_speaks(&self, chat: ChatId, bot: UserId, text: &str) -> Option<MessageId> {
        self.speak(chat, bot, text)
    }

    /// Somebody sends an album of so many photos: as many messages, one `media_group_id`.
    pub fn album(&self, chat: ChatId, user: UserId, count: usize) -> Option<Vec<MessageId>> {
        self.change(|world| {
            if !world.may(chat, user, Permissions::PHOTOS) {
                return None;
            }
            let group = (13_500_000_000_000_000 + world.next_serial()).to_string();
            let captions = std::iter::once("From the weekend").chain(std::iter::repeat(""));
            let parts = captions.take(count).map(|caption| {
                let photo = Content::Photo(caption).message(user, world);
                world.post(chat, photo.with("media_group_id", json!(group)))
            });
            parts.collect()
        })
    }

    /// Somebody posts in the name of a channel; `None` if that channel is banned here.
    pub fn speak_as_channel(&self, chat: ChatId, channel: ChatId, text: &str) -> Option<MessageId> {
        self.change(|world| {
            if world.chats.get(&chat)?.banned_senders.contains(&channel) {
                return None;
            }
            let mut message = Message::new(CHANNEL_SENDER, text);
            message.sender_chat = Some(channel);
            world.post(chat, message)
        })
    }

    /// An administrator writes anonymously, in the name of the group; `None` if they are none.
    pub fn speak_anonymously(&self, chat: ChatId, user: UserId, text: &str) -> Option<MessageId> {
        self.change(|world| {
            if !world.status_of(chat, user).is_admin() {
                return None;
            }
            let mut message = Message::new(ANONYMOUS_ADMIN, text);
            message.sender_chat = Some(chat);
            world.post(chat, message)
        })
    }

    /// A channel posts.
    pub fn channel_post(&self, channel: ChatId, text: &str) -> Option<MessageId> {
        self.change(|world| world.post_in_channel(channel, text))
    }

    /// A channel posts, and Telegram forwards it to the discussion group; the forward's id.
    pub fn linked_channel_post(
        &self,
        chat: ChatId,
        channel: ChatId,
        text: &str,
    ) -> Option<MessageId> {
        self.change(|world| {
            let post = world.post_in_channel(channel, text)?;
            let origin = json!({
                "type": "channel",
                "chat": world.chat_json_of(channel),
                "message_id": post.get(),
                "date": world.now_s(),
            });
            let mut message = Message::new(TELEGRAM, text)
                .with("is_automatic_forward", json!(true))
                .with("forward_origin", origin);
            message.sender_chat = Some(channel);
            world.post(chat, message)
        })
    }

    /// The author changes the text of a message; `false` if there is no such message.
    pub fn edit(&self, chat: ChatId, message: MessageId, text: &str) -> bool {
        self.change(|world| {
            let now = world.clock.now();
            let place = world.chats.get_mut(&chat);
            let Some(standing) = place.and_then(|chat| chat.messages.get_mut(message)) else {
                return false;
            };
            text.clone_into(&mut standing.text);
            standing.entities = super::text::entities_of(text);
            standing.edited = Some(now);
            standing.edits += 1;
            world.tell_of(chat, message, true);
            true
        })
    }

    /// Somebody reacts with an emoji; `false` if they may not or there is no such message.
    pub fn react(&self, chat: ChatId, message: MessageId, user: UserId, emoji: &str) -> bool {
        self.change(|world| {
            let place = world.chats.get(&chat);
            let exists = place.is_some_and(|chat| chat.messages.get(message).is_some());
            if !exists || !world.may(chat, user, Permissions::REACTIONS) {
                return false;
            }
            if world.status_of(chat, world.bot).is_admin() {
                let body = json!({
                    "chat": world.chat_json_of(chat),
                    "message_id": message.get(),
                    "user": world.user_json(user),
                    "date": world.now_s(),
                    "old_reaction": [],
                    "new_reaction": [{"type": "emoji", "emoji": emoji}],
                });
                world.updates.push("message_reaction", &body);
            }
            true
        })
    }

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
    pub(super) fn may(&self, chat: ChatId, user: UserId, wanted: Permissions) -> bool {
        let chat =
            self.chats.get(&chat).filter(|chat| chat.migrated_to.is_none() && !chat.is_deleted);
        chat.is_some_and(|chat| chat.permissions_of(user, self.now_s()).allows(wanted))
    }

    fn say(
        &mut self,
        chat: ChatId,
        thread: Option<ThreadId>,
        user: UserId,
        content: &Content<'_>,
    ) -> Option<MessageId> {
        if !self.may(chat, user, content.needs()) {
            return None;
        }
        let place = self.chats.get(&chat)?;
        if thread.is_some_and(|thread| !place.topics.contains_key(&thread)) {
            return None;
        }
        let last = place.messages.iter().next_back();
        let last = last.filter(|last| last.thread == thread && !last.is_service());
        let replied = last.filter(|last| last.from != user && last.from != self.bot);
        let reply_to = replied.map(|replied| replied.id);
        // Outside of forums Telegram numbers the threads of replies by their first message.
        let root = replied.filter(|_| place.kind == Kind::Supergroup && !place.is_forum);
        let root = root.map(|root| {
            root.extra.get("message_thread_id").cloned().unwrap_or_else(|| json!(root.id.get()))
        });
        let mut message = content.message(user, self);
        message.thread = thread;
        message.reply_to = reply_to;
        if let Some(root) = root {
            message = message.with("message_thread_id", root);
        }
        self.post(chat, message)
    }

    fn post_in_channel(&mut self, channel: ChatId, text: &str) -> Option<MessageId> {
        let place = self.chats.get(&channel).filter(|chat| chat.kind == Kind::Channel)?;
        let mut message = Message::new(place.creator().unwrap_or(CHANNEL_SENDER), text);
        message.sender_chat = Some(channel);
        self.post(channel, message)
    }

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
