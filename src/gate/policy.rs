//! What an owner wishes for one supergroup, and what the gate knows of it.
//!
//! Values only: no rule is applied here ([`decide`](super::decide)), nothing is loaded or saved.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::ids::{ChatId, UserId};

/// What the gate does with somebody who is missing from a required channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Delete, restrict and prompt.
    #[default]
    Hold,
    /// Delete and prompt, restrict nobody.
    Soft,
    /// Count only.
    Observe,
}

/// What the gate does while it cannot learn whether somebody is a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Let the message stand: one unchecked message is the cheaper mistake.
    #[default]
    Admit,
    /// Treat them as missing; an owner must have asked for it.
    Hold,
}

/// What the gate does with messages posted in the name of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSenders {
    /// Leave them.
    Allow,
    /// Delete each message.
    #[default]
    Delete,
    /// Delete the message and ban the channel from posting here.
    Ban,
}

/// An owner's wishes for one supergroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What happens to somebody who is missing.
    pub mode: Mode,
    /// What happens while membership is unknown.
    pub on_unknown: OnUnknown,
    /// What happens to posts in the name of a channel.
    pub channel_senders: ChannelSenders,
    /// How long a prompt may stand, in minutes; below 48 h, for Telegram deletes nothing older.
    pub prompt_minutes: u32,
    /// The language of everything said in the group (`en`, `pt`); none: the person's own.
    pub language: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            on_unknown: OnUnknown::default(),
            channel_senders: ChannelSenders::default(),
            prompt_minutes: 24 * 60,
            language: None,
        }
    }
}

/// A channel that members of a supergroup must have joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The channel.
    pub id: ChatId,
    /// Its title, as Telegram last told it; unescaped.
    pub title: String,
    /// Where its join button leads: `https://t.me/name` or an invite link.
    pub link: String,
}

/// A supergroup with an owner, as the gate sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The supergroup.
    pub chat: ChatId,
    /// Its title, as Telegram last told it; unescaped.
    pub title: String,
    /// Who set the protection up, and is told in private what needs fixing.
    pub owner: UserId,
    /// Whether the owner wants the gate to act here.
    pub enabled: bool,
    /// The rights the bot lacks here (Bot API names); while any is missing nobody is held.
    pub lacking: Vec<String>,
    /// Every channel a member must have joined.
    pub channels: Vec<Channel>,
    /// The owner's wishes.
    pub policy: Policy,
    /// Creator and administrators, bots included; kept fresh by `chat_member` updates.
    pub admins: HashSet<UserId>,
}

impl Protection {
    /// Whether the gate acts here at all: enabled, in possession of its rights, with a channel.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.enabled && self.lacking.is_empty() && !self.channels.is_empty()
    }
}
