//! What people say in groups and channels.

use serde_json::json;

use super::{
    Sim,
    chat::Kind,
    content::Content,
    messages::Message,
    permissions::Permissions,
    world::{ANONYMOUS_ADMIN, CHANNEL_SENDER, TELEGRAM, World},
};
use crate::ids::{ChatId, MessageId, ThreadId, UserId};

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
            if !world.status(chat, user).is_admin() {
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
            if world.status(chat, world.bot).is_admin() {
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
        let mut message = Message::new(place.creator.unwrap_or(CHANNEL_SENDER), text);
        message.sender_chat = Some(channel);
        self.post(channel, message)
    }
}
