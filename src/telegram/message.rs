//! A message as JSON: the fields that are read, and which fields make it a service message.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};

use super::{
    text::{Command, Text},
    wire::{Chat, SenderChat, User},
};
use crate::ids::{ChatId, MessageId, ThreadId};

/// `Message`.
#[derive(Debug, Default)]
#[allow(clippy::struct_field_names, reason = "fields are named as the Bot API names them")]
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
                    message.migrate_from_chat_id = map.next_value()?;
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
