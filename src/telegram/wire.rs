//! The objects of an update as JSON: only the fields we read, borrowed from the bytes.
//!
//! Everything else is skipped without being looked at, so a field, kind or status that Telegram
//! adds tomorrow is no error. What the objects mean is said in `meaning`.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};

use crate::ids::{ChatId, MessageId, ThreadId, UserId};

/// A string, borrowed wherever it is written without escapes.
///
/// Strings are read as bytes because people choose them: half a surrogate pair or broken UTF-8
/// becomes U+FFFD instead of an update that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }
}

/// A text, kept only if it is a command; no other text is copied, whatever its escapes.
#[derive(Debug, Default)]
pub(super) struct Command<'a>(pub(super) Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Command<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(CommandVisitor).map(Self)
    }
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(bytes.starts_with(b"/").then(|| String::from_utf8_lossy(bytes)))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let command = bytes.starts_with(b"/");
        Ok(command.then(|| Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
    }
}

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

/// `Message`.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) chat: Chat<'a>,
    pub(super) message_id: MessageId,
    pub(super) from: Option<User<'a>>,
    pub(super) sender_chat: Option<SenderChat>,
    pub(super) message_thread_id: Option<ThreadId>,
    pub(super) is_topic_message: bool,
    pub(super) is_automatic_forward: bool,
    pub(super) media_group_id: Option<Text<'a>>,
    pub(super) command: Command<'a>,
    pub(super) new_chat_members: Vec<User<'a>>,
    pub(super) migrate_to_chat_id: Option<ChatId>,
    pub(super) migrate_from_chat_id: Option<ChatId>,
    /// Whether it reports something instead of being what somebody said.
    pub(super) is_service: bool,
}

/// The fields of a message that are read.
///
/// The service fields are those of Bot API 10.1 that report an event. A field on no list may be
/// a new kind of content, so it makes no service message: what nobody knows yet is gated.
/// `poll_option_added` and `checklist_tasks_added` report an event, but show the words of
/// whoever added them, so they count as speech.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum MessageField {
    MessageId,
    From,
    SenderChat,
    Chat,
    MessageThreadId,
    IsTopicMessage,
    IsAutomaticForward,
    MediaGroupId,
    Text,
    NewChatMembers,
    MigrateToChatId,
    MigrateFromChatId,
    #[serde(
        rename = "left_chat_member",
        alias = "chat_owner_left",
        alias = "chat_owner_changed",
        alias = "new_chat_title",
        alias = "new_chat_photo",
        alias = "delete_chat_photo",
        alias = "group_chat_created",
        alias = "supergroup_chat_created",
        alias = "channel_chat_created",
        alias = "message_auto_delete_timer_changed",
        alias = "pinned_message",
        alias = "successful_payment",
        alias = "refunded_payment",
        alias = "users_shared",
        alias = "chat_shared",
        alias = "gift",
        alias = "unique_gift",
        alias = "gift_upgrade_sent",
        alias = "connected_website",
        alias = "write_access_allowed",
        alias = "passport_data",
        alias = "proximity_alert_triggered",
        alias = "boost_added",
        alias = "chat_background_set",
        alias = "checklist_tasks_done",
        alias = "direct_message_price_changed",
        alias = "forum_topic_created",
        alias = "forum_topic_edited",
        alias = "forum_topic_closed",
        alias = "forum_topic_reopened",
        alias = "general_forum_topic_hidden",
        alias = "general_forum_topic_unhidden",
        alias = "giveaway_created",
        alias = "giveaway_completed",
        alias = "managed_bot_created",
        alias = "paid_message_price_changed",
        alias = "poll_option_deleted",
        alias = "suggested_post_approved",
        alias = "suggested_post_approval_failed",
        alias = "suggested_post_declined",
        alias = "suggested_post_paid",
        alias = "suggested_post_refunded",
        alias = "video_chat_scheduled",
        alias = "video_chat_started",
        alias = "video_chat_ended",
        alias = "video_chat_participants_invited",
        alias = "web_app_data"
    )]
    Service,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Message<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut chat, mut message_id) = (None, None);
        let mut message = Message::default();
        while let Some(field) = map.next_key()? {
            match field {
                MessageField::MessageId => message_id = Some(map.next_value()?),
                MessageField::From => message.from = map.next_value()?,
                MessageField::SenderChat => message.sender_chat = map.next_value()?,
                MessageField::Chat => chat = Some(map.next_value()?),
                MessageField::MessageThreadId => message.message_thread_id = map.next_value()?,
                MessageField::IsTopicMessage => message.is_topic_message = map.next_value()?,
                MessageField::IsAutomaticForward => {
                    message.is_automatic_forward = map.next_value()?;
                }
                MessageField::MediaGroupId => message.media_group_id = map.next_value()?,
                MessageField::Text => message.command = map.next_value()?,
                MessageField::NewChatMembers => message.new_chat_members = map.next_value()?,
                MessageField::MigrateToChatId => message.migrate_to_chat_id = map.next_value()?,
                MessageField::MigrateFromChatId => {
                    message.migrate_from_chat_id = map.next_value()?
                }
                MessageField::Service => {
                    message.is_service = true;
                    map.next_value::<IgnoredAny>()?;
                }
                MessageField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Message {
            chat: chat.ok_or_else(|| de::Error::missing_field("chat"))?,
            message_id: message_id.ok_or_else(|| de::Error::missing_field("message_id"))?,
            ..message
        })
    }
}

/// A `Message` just sent, of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct SentMessage {
    pub(super) message_id: MessageId,
}
