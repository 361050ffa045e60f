//! What the gate wants done: one action is one row of the outbox.
//!
//! Actions are values that survive a restart as JSON, so every change here must still read the
//! rows of the last release. How an action is carried out lives in `delivery`.

use serde::{Deserialize, Serialize};

use crate::{
    clock::UnixMillis,
    ids::{ChatId, MessageId, ThreadId, UserId},
};

/// The order in which work is done; the first is the most urgent.
///
/// Every lane but [`Command`](Lane::Command) makes one kind of Bot API call, so a method that
/// Telegram refuses holds up its own lanes only. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Answers to callback queries, worthless after seconds and therefore never stored.
    Answer = 0,
    /// Our restrictions to take away.
    Lift = 1,
    /// Look-ups somebody waits for: a press, or a channel just joined.
    PressCheck = 2,
    /// Owners' commands.
    Command = 3,
    /// Restrictions to set.
    Restrict = 4,
    /// Messages of held people to delete.
    Delete = 5,
    /// Look-ups for people who spoke or arrived.
    Check = 6,
    /// Prompts, and what is said to owners.
    Prompt = 7,
    /// Our own messages to clean up.
    Cleanup = 8,
}

impl Lane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 9] = [
        Self::Answer,
        Self::Lift,
        Self::PressCheck,
        Self::Command,
        Self::Restrict,
        Self::Delete,
        Self::Check,
        Self::Prompt,
        Self::Cleanup,
    ];

    /// The lane's name in `/stats` and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Lift => "lift",
            Self::PressCheck => "press_check",
            Self::Command => "command",
            Self::Restrict => "restrict",
            Self::Delete => "delete",
            Self::Check => "check",
            Self::Prompt => "prompt",
            Self::Cleanup => "cleanup",
        }
    }
}

/// Whose turn an action belongs to: actions of one key are done one after the other, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// What happens to one person in one chat.
    Person(ChatId, UserId),
    /// The prompt of one topic.
    Prompt(ChatId, Option<ThreadId>),
    /// Messages of held people to delete.
    Messages(ChatId),
    /// Our own messages to clean up.
    Cleanup(ChatId),
    /// What is said in one chat.
    Speech(ChatId),
}

/// A person as remembered across a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The person.
    pub id: UserId,
    /// First and last name; unescaped, at most 128 characters by Telegram's own limits.
    pub name: String,
    /// The IETF language tag of their app, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Why somebody's membership is looked up, and what is waiting for the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Cause {
    /// They spoke; the message goes if they are missing.
    Spoke {
        /// The message.
        message: MessageId,
        /// Its topic.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
    },
    /// They are new in the group.
    Arrived {
        /// The topic their arrival was announced in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
    },
    /// They pressed "I have joined".
    Pressed {
        /// The callback query to answer.
        query: String,
        /// When the press arrived: an older "missing" does not count.
        at: UnixMillis,
    },
    /// They joined one of the channels they are held for.
    Joined,
}

/// One thing to be done at Telegram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Take our restriction away.
    Lift {
        /// In this supergroup.
        chat: ChatId,
        /// From this person.
        user: UserId,
        /// When they asked, by a press or by joining; latency is counted from here.
        since: UnixMillis,
    },
    /// Restrict with every permission false.
    Restrict {
        /// In this supergroup.
        chat: ChatId,
        /// This person.
        user: UserId,
        /// When they spoke or arrived; latency is counted from here.
        since: UnixMillis,
    },
    /// Ban a channel from being posted as.
    BanSender {
        /// In this supergroup.
        chat: ChatId,
        /// This channel.
        sender: ChatId,
    },
    /// Delete a message of somebody held.
    Delete {
        /// In this supergroup.
        chat: ChatId,
        /// This message.
        message: MessageId,
    },
    /// Learn whether somebody is a member of the required channels, then decide again.
    Check {
        /// For this supergroup.
        chat: ChatId,
        /// This person.
        person: Named,
        /// Why, and what waits for it.
        cause: Cause,
    },
    /// Make the prompt of a topic show who is held there now.
    Prompt {
        /// In this supergroup.
        chat: ChatId,
        /// In this topic.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
    },
    /// Carry out an owner's command.
    Command(Command),
    /// Say something.
    Say {
        /// To this chat.
        chat: ChatId,
        /// In this topic.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
        /// HTML for `parse_mode`, already escaped, at most 4096 characters.
        text: String,
        /// Buttons that open a URL, one a row: label and URL.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<(String, String)>,
        /// Cleaned up again after so many seconds; zero: stays.
        #[serde(default)]
        cleanup_seconds: u32,
    },
    /// Delete one of our own messages, or a command that has been answered.
    Cleanup {
        /// In this chat.
        chat: ChatId,
        /// This message.
        message: MessageId,
    },
}

/// An owner's command, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Where it was given.
    pub chat: ChatId,
    /// The topic it was given in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// Who gave it; none if an anonymous administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Named>,
    /// The message that holds it.
    pub message: MessageId,
    /// The title of the chat, unescaped.
    pub title: String,
    /// The text as typed, from the slash on, at most 512 characters.
    pub text: String,
}

impl Action {
    /// The lane this action is done in.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Lift { .. } => Lane::Lift,
            Self::Check { cause: Cause::Pressed { .. } | Cause::Joined, .. } => Lane::PressCheck,
            Self::Command(_) => Lane::Command,
            Self::Restrict { .. } | Self::BanSender { .. } => Lane::Restrict,
            Self::Delete { .. } => Lane::Delete,
            Self::Check { .. } => Lane::Check,
            Self::Prompt { .. } | Self::Say { .. } => Lane::Prompt,
            Self::Cleanup { .. } => Lane::Cleanup,
        }
    }

    /// The chat whose turn it takes.
    #[must_use]
    pub fn chat(&self) -> ChatId {
        match self {
            Self::Lift { chat, .. }
            | Self::Restrict { chat, .. }
            | Self::BanSender { chat, .. }
            | Self::Delete { chat, .. }
            | Self::Check { chat, .. }
            | Self::Prompt { chat, .. }
            | Self::Say { chat, .. }
            | Self::Cleanup { chat, .. } => *chat,
            Self::Command(command) => command.chat,
        }
    }

    /// A group's id has changed: an action about the old one becomes one about the new.
    pub fn readdress(&mut self, from: ChatId, to: ChatId) {
        let (Self::Lift { chat, .. }
        | Self::Restrict { chat, .. }
        | Self::BanSender { chat, .. }
        | Self::Delete { chat, .. }
        | Self::Check { chat, .. }
        | Self::Prompt { chat, .. }
        | Self::Say { chat, .. }
        | Self::Cleanup { chat, .. }
        | Self::Command(Command { chat, .. })) = self;
        if *chat == from {
            *chat = to;
        }
    }

    /// The key whose order it keeps.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Lift { chat, user, .. } | Self::Restrict { chat, user, .. } => {
                Key::Person(*chat, *user)
            }
            Self::Check { chat, person, .. } => Key::Person(*chat, person.id),
            Self::Delete { chat, .. } => Key::Messages(*chat),
            Self::Prompt { chat, thread } => Key::Prompt(*chat, *thread),
            Self::Cleanup { chat, .. } => Key::Cleanup(*chat),
            Self::BanSender { chat, .. } | Self::Say { chat, .. } => Key::Speech(*chat),
            Self::Command(command) => Key::Speech(command.chat),
        }
    }
}
