//! The objects of the Bot API as JSON: only the fields we read, borrowed from the bytes.
//!
//! Everything else is skipped without being looked at, so a field, kind or status that Telegram
//! adds tomorrow is no error. What the objects mean is said in `meaning`.

use serde::Deserialize;

use super::text::Text;
use crate::ids::{ChatId, MessageId, ThreadId, UserId};

/// `User`.
#[derive(Debug, Deserialize)]
pub(super) struct User<'a> {
    pub(super) id: UserId,
    #[serde(default)]
    pub(super) is_bot: bool,
    #[serde(default, borrow)]
    pub(super) first_name: Text<'a>,
    #[serde(borrow)]
    pub(super) last_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) language_code: Option<Text<'a>>,
}

/// `Chat.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum ChatType {
    Private,
    Group,
    Supergroup,
    Channel,
    #[default]
    #[serde(other)]
    Other,
}

/// `Chat`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chat<'a> {
    pub(super) id: ChatId,
    #[serde(rename = "type")]
    pub(super) kind: ChatType,
    #[serde(default, borrow)]
    pub(super) title: Option<Text<'a>>,
}

/// A `Chat` of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct SenderChat {
    pub(super) id: ChatId,
}

/// `MaybeInaccessibleMessage`: where a button stands. Both kinds have a chat and an id.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) chat: SenderChat,
    pub(super) message_id: MessageId,
    pub(super) message_thread_id: Option<ThreadId>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
}

/// `CallbackQuery`.
#[derive(Debug, Deserialize)]
pub(super) struct CallbackQuery<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) from: User<'a>,
    pub(super) message: Option<Place>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
}

/// `ChatMember.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum StatusName {
    Creator,
    Administrator,
    Member,
    Restricted,
    Left,
    Kicked,
    #[serde(other)]
    Other,
}

/// `ChatMember`, all of its kinds in one.
#[derive(Debug, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "one field for each right of the Bot API")]
#[allow(clippy::struct_field_names, reason = "fields are named as the Bot API names them")]
pub(super) struct Member<'a> {
    #[serde(borrow)]
    pub(super) user: User<'a>,
    pub(super) status: StatusName,
    pub(super) is_member: Option<bool>,
    #[serde(default)]
    pub(super) is_anonymous: bool,
    #[serde(default)]
    pub(super) can_restrict_members: bool,
    #[serde(default)]
    pub(super) can_delete_messages: bool,
    #[serde(default)]
    pub(super) can_invite_users: bool,
}

/// `ChatMemberUpdated`.
#[derive(Debug, Deserialize)]
pub(super) struct MemberUpdate<'a> {
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    pub(super) from: SenderUser,
    #[serde(borrow)]
    pub(super) old_chat_member: Member<'a>,
    #[serde(borrow)]
    pub(super) new_chat_member: Member<'a>,
}

/// A `User` of whom only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct SenderUser {
    pub(super) id: UserId,
}

/// A `Message` just sent, of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct SentMessage {
    pub(super) message_id: MessageId,
}
