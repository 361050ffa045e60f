//! What an update means to the gate.
//!
//! Names and texts are borrowed from the update's bytes; an event lives no longer than its batch.

use std::borrow::Cow;

use crate::ids::{ChatId, MessageId, ThreadId, UserId};

/// Who an update is about, as far as the gate cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// The person.
    pub id: UserId,
    /// First name, as typed by them; unescaped, possibly hostile.
    pub name: Cow<'a, str>,
    /// Last name, likewise.
    pub last_name: Option<Cow<'a, str>>,
    /// The IETF language tag of their app, if Telegram told it.
    pub language: Option<Cow<'a, str>>,
}

impl Person<'_> {
    /// First and last name; allocates only if there is a last name.
    #[must_use]
    pub fn full_name(&self) -> Cow<'_, str> {
        match &self.last_name {
            Some(last) if !last.is_empty() => Cow::Owned(format!("{} {last}", self.name)),
            _ => Cow::Borrowed(&self.name),
        }
    }
}

/// A message's author (Telegram's "who is speaking", `telegram/facts.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender<'a> {
    /// A person under their own name.
    Person(Person<'a>),
    /// A bot.
    Bot(UserId),
    /// An administrator who posts as the group itself.
    AnonymousAdmin,
    /// The linked channel's own post, forwarded automatically.
    LinkedChannel,
    /// Somebody who posts in the name of this other channel.
    Channel(ChatId),
}

/// One message, edit or reaction in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken<'a> {
    /// Where.
    pub chat: ChatId,
    /// The topic, in a forum.
    pub thread: Option<ThreadId>,
    /// Which message.
    pub message: MessageId,
    /// Who.
    pub sender: Sender<'a>,
    /// The album (`media_group_id`) the message is a part of.
    pub album: Option<Cow<'a, str>>,
    /// The text if it begins with `/`; no other text leaves the decoder.
    pub command: Option<Cow<'a, str>>,
    /// The title of the group, unescaped.
    pub title: Cow<'a, str>,
}

/// What `chat_member` says somebody is in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The creator.
    Creator,
    /// An administrator with these rights.
    Administrator(Rights),
    /// A member with the group's default permissions.
    Member,
    /// Restricted, by whoever; may be outside the chat.
    Restricted {
        /// Whether they are in the chat.
        is_member: bool,
    },
    /// Not in the chat.
    Left,
    /// Banned.
    Banned,
    /// A status this version does not know: never counts as missing.
    Unknown,
}

impl Status {
    /// Whether somebody of this status is in the chat; `None` if that cannot be told.
    #[must_use]
    pub fn is_member(&self) -> Option<bool> {
        match self {
            Self::Creator | Self::Administrator(_) | Self::Member => Some(true),
            Self::Restricted { is_member } => Some(*is_member),
            Self::Left | Self::Banned => Some(false),
            Self::Unknown => None,
        }
    }

    /// Whether somebody of this status administers the chat.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Creator | Self::Administrator(_))
    }
}

/// The administrator rights the gate asks about (Bot API, `ChatMemberAdministrator`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one field for each right of the Bot API")]
pub struct Rights {
    /// `can_restrict_members`.
    pub restrict: bool,
    /// `can_delete_messages`.
    pub delete: bool,
    /// `can_invite_users`.
    pub invite: bool,
    /// `is_anonymous`.
    pub anonymous: bool,
}

/// What an update means to the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A message, edit or reaction in a group or supergroup.
    Spoke(Spoken<'a>),
    /// A message in a private chat.
    Private {
        /// Who wrote.
        person: Person<'a>,
        /// The text if it begins with `/`.
        command: Option<Cow<'a, str>>,
    },
    /// A service message: these people are new in a group.
    Arrived {
        /// Where.
        chat: ChatId,
        /// The topic, in a forum.
        thread: Option<ThreadId>,
        /// The newcomers, bots left out.
        people: Vec<Person<'a>>,
    },
    /// A `chat_member` update of a group or channel.
    MemberChanged {
        /// Where.
        chat: ChatId,
        /// Who changed.
        person: Person<'a>,
        /// Whether they are a bot.
        is_bot: bool,
        /// Who did it: themselves, an administrator, or this bot.
        by: UserId,
        /// What they were.
        old: Status,
        /// What they are.
        new: Status,
    },
    /// A `my_chat_member` update: what this bot is in a chat has changed.
    BotChanged {
        /// Where.
        chat: ChatId,
        /// Who did it.
        by: UserId,
        /// What the bot is now.
        new: Status,
    },
    /// A press on an inline button.
    Pressed {
        /// The callback query to answer.
        query: Cow<'a, str>,
        /// Who pressed.
        person: Person<'a>,
        /// Where the button stands; none for inline messages.
        chat: Option<ChatId>,
        /// The message the button belongs to.
        message: Option<MessageId>,
        /// The topic of that message, in a forum.
        thread: Option<ThreadId>,
        /// The button's callback data, possibly forged.
        data: Cow<'a, str>,
    },
    /// A group became a supergroup with a new id.
    Migrated {
        /// The old group.
        from: ChatId,
        /// The new supergroup.
        to: ChatId,
    },
    /// Nothing the gate cares about.
    Ignored,
}
