//! What Telegram tells when it is asked: the bot, a chat, its administrators, the webhook.

use serde::Deserialize;

use super::wire::{ChatType, Member};
use crate::{
    gate::event::Status,
    ids::{ChatId, UserId},
};

/// The bot itself (`getMe`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Its id.
    pub id: UserId,
    /// Its public name, without the `@`.
    #[serde(default)]
    pub username: String,
    /// The name people see, unescaped.
    #[serde(rename = "first_name", default)]
    pub name: String,
    /// Whether it may be added to groups; `@BotFather`'s `/setjoingroups` says so.
    #[serde(default)]
    pub can_join_groups: bool,
    /// Whether it sees every message of a group without being an administrator there.
    #[serde(default)]
    pub can_read_all_group_messages: bool,
}

/// What kind of chat it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    /// With one person.
    Private,
    /// A basic group, in which nobody can be restricted.
    Group,
    /// A supergroup.
    Supergroup,
    /// A channel.
    Channel,
    /// A kind this version does not know.
    Other,
}

impl From<ChatType> for ChatKind {
    fn from(kind: ChatType) -> Self {
        match kind {
            ChatType::Private => Self::Private,
            ChatType::Group => Self::Group,
            ChatType::Supergroup => Self::Supergroup,
            ChatType::Channel => Self::Channel,
            ChatType::Other => Self::Other,
        }
    }
}

/// A chat as it describes itself (`getChat`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChatInfo {
    /// Its id.
    pub id: ChatId,
    /// What it is.
    #[serde(rename = "type", deserialize_with = "kind")]
    pub kind: ChatKind,
    /// Its title, unescaped; empty for private chats.
    #[serde(default)]
    pub title: String,
    /// Its public name, without the `@`.
    pub username: Option<String>,
    /// Its primary invite link, if the bot may see it.
    pub invite_link: Option<String>,
    /// Whether it has topics.
    #[serde(default)]
    pub is_forum: bool,
    /// The channel of a discussion group, or the discussion group of a channel.
    #[serde(rename = "linked_chat_id")]
    pub linked_chat: Option<ChatId>,
}

fn kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ChatKind, D::Error> {
    ChatType::deserialize(deserializer).map(ChatKind::from)
}

/// An administrator of a chat (`getChatAdministrators`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Who.
    pub user: UserId,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// [`Status::Creator`], or [`Status::Administrator`] with its rights.
    pub status: Status,
}

impl From<Member<'_>> for Admin {
    fn from(member: Member<'_>) -> Self {
        Self { user: member.user.id, is_bot: member.user.is_bot, status: member.status() }
    }
}

/// How the webhook is doing (`getWebhookInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookInfo {
    /// Where updates are posted to; empty if no webhook is set.
    #[serde(default)]
    pub url: String,
    /// How many updates wait to be received.
    #[serde(rename = "pending_update_count", default)]
    pub pending: u64,
    /// When a delivery last went wrong, in seconds since 1970.
    pub last_error_date: Option<i64>,
    /// What went wrong then.
    pub last_error_message: Option<String>,
    /// How many connections Telegram opens at once.
    pub max_connections: Option<u32>,
    /// The kinds of update that are posted; none: the default, which lacks `chat_member`.
    pub allowed_updates: Option<Vec<String>>,
}
