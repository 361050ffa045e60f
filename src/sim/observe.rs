//! What tests and the demo may see, and how they wait for it.

use std::{fmt, time::Duration};

use super::{
    Sim,
    calls::{Call, Outcome},
    limits::Violation,
    messages::Message,
    permissions::Permissions,
    queries::Answer,
    rights::MemberStatus,
    world::World,
};
use crate::ids::{ChatId, MessageId, UpdateId, UserId};

/// How long [`Sim::wait_until`] waits: far longer than anything takes, so that only what never
/// comes is a [`Timeout`].
const PATIENCE: Duration = Duration::from_secs(30);

/// How many requests a [`Timeout`] tells of.
const RECENT: usize = 20;

/// What was waited for did not come.
#[derive(thiserror::Error)]
#[error("waited {} s in vain until {what}; the last requests:{recent}", PATIENCE.as_secs())]
pub struct Timeout {
    what: String,
    recent: String,
}

impl fmt::Debug for Timeout {
    /// As readable as the message, for this is what an `unwrap` in a test prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl World {
    /// Whether somebody is restricted in a chat, whoever did it.
    #[must_use]
    pub fn is_restricted(&self, chat: ChatId, user: UserId) -> bool {
        matches!(self.status(chat, user), MemberStatus::Restricted { .. })
    }

    /// Whether somebody may write text in a chat.
    #[must_use]
    pub fn can_speak(&self, chat: ChatId, user: UserId) -> bool {
        self.may(chat, user, Permissions::MESSAGES)
    }

    /// The messages that stand in a chat, the oldest first.
    #[must_use]
    pub fn messages(&self, chat: ChatId) -> impl DoubleEndedIterator<Item = &Message> {
        self.chats.get(&chat).into_iter().flat_map(|chat| chat.messages.iter())
    }

    /// A message that stands in a chat.
    #[must_use]
    pub fn message(&self, chat: ChatId, message: MessageId) -> Option<&Message> {
        self.chats.get(&chat)?.messages.get(message)
    }

    /// Whether a message was deleted.
    #[must_use]
    pub fn was_deleted(&self, chat: ChatId, message: MessageId) -> bool {
        self.chats.get(&chat).is_some_and(|chat| chat.messages.was_deleted(message))
    }

    /// The bot's messages that stand in a chat, the oldest first.
    #[must_use]
    pub fn bot_messages(&self, chat: ChatId) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages(chat).filter(|message| message.from == self.bot)
    }

    /// What the bot has written to somebody in private and stands.
    #[must_use]
    pub fn private_messages(&self, user: UserId) -> impl DoubleEndedIterator<Item = &Message> {
        self.bot_messages(ChatId::from(user))
    }

    /// Whether a channel may no longer be posted as in a group.
    #[must_use]
    pub fn is_banned_sender(&self, chat: ChatId, channel: ChatId) -> bool {
        self.chats.get(&chat).is_some_and(|chat| chat.banned_senders.contains(&channel))
    }

    /// The bot's answers to presses, the oldest first.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        self.queries.answers()
    }

    /// The bot's answer to a press.
    #[must_use]
    pub fn answer_to(&self, query: &str) -> Option<&Answer> {
        self.queries.answer_to(query)
    }

    /// The last 100 000 requests, the oldest first. A request is there when it has been answered.
    #[must_use]
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.iter()
    }

    /// How often a method has been called, spelled as in the specification.
    #[must_use]
    pub fn count(&self, method: &str) -> u64 {
        self.calls.count(method)
    }

    /// Requests that came again before their `retry_after` had passed.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.limiter.violations()
    }

    /// How many updates wait to be fetched or confirmed.
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.updates.pending()
    }

    /// The last update that is confirmed, all before it included.
    #[must_use]
    pub fn confirmed(&self) -> UpdateId {
        self.updates.confirmed()
    }

    /// Whether the bot has begun to poll; what it asks for counts from then on.
    #[must_use]
    pub fn has_polled(&self) -> bool {
        self.updates.poller > 0
    }
}

impl Sim {
    /// See [`World::status`].
    #[must_use]
    pub fn status(&self, chat: ChatId, user: UserId) -> MemberStatus {
        self.see(|world| world.status(chat, user))
    }

    /// See [`World::is_restricted`].
    #[must_use]
    pub fn is_restricted(&self, chat: ChatId, user: UserId) -> bool {
        self.see(|world| world.is_restricted(chat, user))
    }

    /// See [`World::can_speak`].
    #[must_use]
    pub fn can_speak(&self, chat: ChatId, user: UserId) -> bool {
        self.see(|world| world.can_speak(chat, user))
    }

    /// See [`World::messages`].
    #[must_use]
    pub fn messages(&self, chat: ChatId) -> Vec<Message> {
        self.see(|world| world.messages(chat).cloned().collect())
    }

    /// See [`World::message`].
    #[must_use]
    pub fn message(&self, chat: ChatId, message: MessageId) -> Option<Message> {
        self.see(|world| world.message(chat, message).cloned())
    }

    /// See [`World::was_deleted`].
    #[must_use]
    pub fn was_deleted(&self, chat: ChatId, message: MessageId) -> bool {
        self.see(|world| world.was_deleted(chat, message))
    }

    /// See [`World::bot_messages`].
    #[must_use]
    pub fn bot_messages(&self, chat: ChatId) -> Vec<Message> {
        self.see(|world| world.bot_messages(chat).cloned().collect())
    }

    /// See [`World::private_messages`].
    #[must_use]
    pub fn private_messages(&self, user: UserId) -> Vec<Message> {
        self.see(|world| world.private_messages(user).cloned().collect())
    }

    /// See [`World::answers`].
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        self.see(|world| world.answers().to_vec())
    }

    /// See [`World::answer_to`].
    #[must_use]
    pub fn answer_to(&self, query: &str) -> Option<Answer> {
        self.see(|world| world.answer_to(query).cloned())
    }

    /// See [`World::calls`].
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.see(|world| world.calls().cloned().collect())
    }

    /// The calls of one method; see [`World::calls`].
    #[must_use]
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.see(|world| world.calls().filter(|call| call.method == method).cloned().collect())
    }

    /// See [`World::count`].
    #[must_use]
    pub fn count(&self, method: &str) -> u64 {
        self.see(|world| world.count(method))
    }

    /// Forgets every request so far, counts included.
    pub fn forget_calls(&self) {
        self.change(|world| world.calls.forget());
    }

    /// See [`World::violations`].
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.see(|world| world.violations().to_vec())
    }

    /// See [`World::pending_updates`].
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.see(World::pending_updates)
    }

    /// See [`World::confirmed`].
    #[must_use]
    pub fn confirmed(&self) -> UpdateId {
        self.see(World::confirmed)
    }

    /// Looks at the world after every change until `look` finds something. `what` ends the
    /// sentence "waited in vain until".
    ///
    /// # Errors
    ///
    /// [`Timeout`] after 30 seconds.
    pub async fn wait_until<T>(
        &self,
        what: &str,
        mut look: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, Timeout> {
        let seen = tokio::time::timeout(PATIENCE, self.see_when(&mut look)).await;
        seen.ok().ok_or_else(|| Timeout { what: what.to_owned(), recent: self.recent() })
    }

    async fn see_when<T>(&self, look: &mut impl FnMut(&World) -> Option<T>) -> T {
        loop {
            let changed = self.0.telegram.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(found) = self.see(&mut *look) {
                return found;
            }
            changed.await;
        }
    }

    fn recent(&self) -> String {
        let line = |call: &Call| {
            let chat = call.chat.map_or_else(String::new, |chat| format!(" in {chat}"));
            let outcome = match &call.outcome {
                Outcome::Done => "done".to_owned(),
                Outcome::Refused { code, description } => format!("{code} {description}"),
                Outcome::Failed(how) => how.clone(),
            };
            format!("\n  {}{chat}: {outcome} {}", call.method, call.params)
        };
        self.see(|world| {
            let polls = |call: &&Call| call.method != "getUpdates";
            let mut recent: Vec<_> =
                world.calls().rev().filter(polls).take(RECENT).map(line).collect();
            recent.reverse();
            recent.concat()
        })
    }
}
