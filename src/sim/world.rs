//! The world's state, and the changes that make updates.
//!
//! Who starts a change is told in `people`, `arrivals` and `admins` (human beings) and in
//! `methods` (the bot); what may be seen of the state from outside, in `observe`.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    calls::Calls,
    chat::{Chat, Kind},
    faults::Weather,
    limits::Limiter,
    messages::Message,
    queries::Queries,
    render::seconds,
    rights::MemberStatus,
    updates::Updates,
};
use crate::{
    clock::Clock,
    ids::{ChatId, MessageId, UpdateId, UserId},
};

/// Telegram's stand-in for administrators who post anonymously.
pub const ANONYMOUS_ADMIN: UserId = UserId::new(1_087_968_824);
/// Telegram's stand-in for people who post as a channel.
pub const CHANNEL_SENDER: UserId = UserId::new(136_817_688);
/// Telegram itself, which forwards a linked channel's posts.
pub const TELEGRAM: UserId = UserId::new(777_000);

/// A person or a bot.
#[derive(Clone, Debug, Default)]
pub(super) struct User {
    pub(super) is_bot: bool,
    pub(super) first_name: String,
    pub(super) last_name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) language: Option<String>,
    /// Whether the bot may write to them: they have written first.
    pub(super) has_started: bool,
    pub(super) has_blocked: bool,
}

/// Everything the simulated Telegram knows; look at it with [`Sim::see`](super::Sim::see).
#[derive(Debug)]
pub struct World {
    pub(super) clock: Clock,
    pub(super) bot: UserId,
    pub(super) has_privacy: bool,
    pub(super) users: HashMap<UserId, User>,
    pub(super) chats: HashMap<ChatId, Chat>,
    /// Lower-case usernames of channels and supergroups.
    pub(super) usernames: HashMap<String, ChatId>,
    pub(super) updates: Updates,
    pub(super) queries: Queries,
    pub(super) calls: Calls,
    pub(super) limiter: Limiter,
    pub(super) weather: Weather,
    /// `BotCommand` lists by scope and language.
    pub(super) commands: BTreeMap<(String, String), Value>,
    /// The parameters of `setWebhook`, while a webhook is set.
    pub(super) webhook: Option<Value>,
    pub(super) serial: i64,
}

impl World {
    pub(super) fn new(options: super::Options) -> Self {
        let bot = UserId::new(super::BOT);
        let mut users = HashMap::new();
        let own = [
            (bot, "Gatehouse", super::BOT_USERNAME),
            (ANONYMOUS_ADMIN, "Group", "GroupAnonymousBot"),
            (CHANNEL_SENDER, "Channel", "Channel_Bot"),
            (TELEGRAM, "Telegram", ""),
        ];
        for (id, name, username) in own {
            let username = Some(username.to_owned()).filter(|name| !name.is_empty());
            let is_bot = username.is_some();
            let first_name = name.to_owned();
            users.insert(id, User { is_bot, first_name, username, ..User::default() });
        }
        Self {
            bot,
            has_privacy: options.privacy,
            users,
            chats: HashMap::new(),
            usernames: HashMap::new(),
            updates: Updates::new(UpdateId::new(870_000_001)),
            queries: Queries::new(options.query_lifetime),
            calls: Calls::default(),
            limiter: Limiter::new(options.limits),
            weather: Weather::new(options.faults, options.seed),
            commands: BTreeMap::new(),
            webhook: None,
            serial: 0,
            clock: options.clock,
        }
    }

    pub(super) fn now_s(&self) -> i64 {
        seconds(self.clock.now())
    }

    /// Monotonic time since the world began.
    pub(super) fn uptime(&self) -> Duration {
        self.clock.uptime()
    }

    /// A number that has not been used before.
    pub(super) fn next_serial(&mut self) -> i64 {
        self.serial += 1;
        self.serial
    }

    /// What somebody is in a chat.
    #[must_use]
    pub fn status(&self, chat: ChatId, user: UserId) -> MemberStatus {
        let now_s = self.now_s();
        self.chats.get(&chat).map_or(MemberStatus::Left, |chat| chat.status(user, now_s))
    }

    /// Makes somebody something else and tells the bot as far as it may know. `false` if they
    /// were exactly that already, or there is no such chat.
    pub(super) fn become_status(
        &mut self,
        chat: ChatId,
        user: UserId,
        new: MemberStatus,
        by: UserId,
    ) -> bool {
        let now_s = self.now_s();
        let Some(place) = self.chats.get_mut(&chat) else { return false };
        let old = place.status(user, now_s);
        place.set(user, new);
        if old == new {
            return false;
        }
        let kind = place.kind;
        let kind_of_update = if user == self.bot { "my_chat_member" } else { "chat_member" };
        let may_know = user == self.bot || self.status(chat, self.bot).is_admin();
        if may_know && self.updates.wants(kind_of_update) {
            let body = json!({
                "chat": self.chat_json_of(chat),
                "from": self.user_json(by),
                "date": now_s,
                "old_chat_member": self.member_json(kind, user, old),
                "new_chat_member": self.member_json(kind, user, new),
            });
            self.updates.push(kind_of_update, &body);
        }
        true
    }

    /// Adds a message and tells the bot as far as it may see it.
    pub(super) fn post(&mut self, chat: ChatId, mut message: Message) -> Option<MessageId> {
        message.sent = self.clock.now();
        let id = self.chats.get_mut(&chat)?.messages.add(message);
        self.tell_of(chat, id, false);
        Some(id)
    }

    /// Queues the update of a new or edited message.
    pub(super) fn tell_of(&mut self, chat: ChatId, message: MessageId, is_edit: bool) {
        let Some(place) = self.chats.get(&chat) else { return };
        let Some(message) = place.messages.get(message) else { return };
        let kind = match (place.kind == Kind::Channel, is_edit) {
            (false, false) => "message",
            (false, true) => "edited_message",
            (true, false) => "channel_post",
            (true, true) => "edited_channel_post",
        };
        if self.updates.wants(kind) && self.bot_sees(place, message) {
            let body = self.message_json(place, message);
            self.updates.push(kind, &body);
        }
    }

    /// A bot sees everything in private and where it is an administrator; with privacy mode on
    /// and no administrator, only service messages, commands and replies to itself.
    fn bot_sees(&self, chat: &Chat, message: &Message) -> bool {
        if message.from == self.bot {
            return false;
        }
        let status = chat.status(self.bot, self.now_s());
        match chat.kind {
            Kind::Private => true,
            Kind::Channel => status.is_admin(),
            Kind::Group | Kind::Supergroup => {
                let is_addressed = || {
                    let replied = message.reply_to.and_then(|id| chat.messages.get(id));
                    message.is_service()
                        || message.text.starts_with('/')
                        || replied.is_some_and(|replied| replied.from == self.bot)
                };
                status.is_admin() || (status.is_inside() && (!self.has_privacy || is_addressed()))
            }
        }
    }

    /// The private chat with somebody, made when it is first needed.
    pub(super) fn private_chat(&mut self, user: UserId) -> ChatId {
        let id = ChatId::from(user);
        self.chats.entry(id).or_insert_with(|| Chat::new(id, Kind::Private, ""));
        id
    }
}
