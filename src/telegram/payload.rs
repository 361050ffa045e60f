//! What the calls say, where the library's payload types do not say it.
//!
//! Own types where the Bot API has gone on since (every permission of 10.1, bots among the
//! administrators) and where the library narrows an id to 32 bits.

use serde::{Serialize, Serializer, ser::SerializeMap};
use teloxide::types::Recipient;

use crate::ids::{ChatId, MessageId, ThreadId, UpdateId, UserId};

/// A chat, by id or by public name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatRef {
    /// By id.
    Id(ChatId),
    /// By public name, with or without the `@`.
    Username(String),
}

impl From<ChatId> for ChatRef {
    fn from(chat: ChatId) -> Self {
        Self::Id(chat)
    }
}

impl ChatRef {
    pub(super) fn recipient(&self) -> Recipient {
        match self {
            Self::Id(chat) => Recipient::Id(teloxide::types::ChatId(chat.get())),
            Self::Username(name) => {
                Recipient::ChannelUsername(format!("@{}", name.trim_start_matches('@')))
            }
        }
    }
}

/// A button below a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Button {
    /// Opens a URL.
    Url {
        /// What the button shows.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// Sends a callback query.
    Callback {
        /// What the button shows.
        label: String,
        /// What the query brings back, 1 to 64 bytes.
        data: String,
    },
}

impl Serialize for Button {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (label, key, value) = match self {
            Self::Url { label, url } => (label, "url", url),
            Self::Callback { label, data } => (label, "callback_data", data),
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("text", label)?;
        map.serialize_entry(key, value)?;
        map.end()
    }
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// To this chat.
    pub chat: ChatId,
    /// In this topic.
    pub thread: Option<ThreadId>,
    /// The text, with everything that is not meant as a tag escaped; 1 to 4096 units as shown.
    pub html: String,
    /// Rows of buttons; none at all: no keyboard.
    pub keyboard: Vec<Vec<Button>>,
    /// Whether it makes no sound.
    pub silent: bool,
}

#[derive(Serialize)]
pub(super) struct GetUpdates<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<UpdateId>,
    pub(super) limit: u8,
    pub(super) timeout: u64,
    pub(super) allowed_updates: &'a [&'a str],
}

#[derive(Serialize)]
pub(super) struct GetChatMember {
    pub(super) chat_id: ChatId,
    pub(super) user_id: UserId,
}

#[derive(Serialize)]
pub(super) struct GetChatAdministrators {
    pub(super) chat_id: ChatId,
    pub(super) return_bots: bool,
}

#[derive(Serialize)]
pub(super) struct RestrictChatMember {
    pub(super) chat_id: ChatId,
    pub(super) user_id: UserId,
    pub(super) permissions: Permissions,
    /// Always true: otherwise some permissions imply others.
    pub(super) use_independent_chat_permissions: bool,
}

/// `ChatPermissions` of Bot API 10.1 with every flag the same. None may be left out: an omitted
/// one takes the value of another.
#[derive(Clone, Copy)]
pub(super) struct Permissions(pub(super) bool);

/// The fields of `ChatPermissions`.
const PERMISSIONS: [&str; 16] = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
];

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(PERMISSIONS.iter().map(|permission| (permission, self.0)))
    }
}

#[derive(Serialize)]
pub(super) struct DeleteMessages<'a> {
    pub(super) chat_id: ChatId,
    pub(super) message_ids: &'a [MessageId],
}

/// The text of a message, as `sendMessage` and `editMessageText` both want it.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    text: &'a str,
    parse_mode: &'static str,
    link_preview_options: LinkPreview,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_markup: Option<Keyboard<'a>>,
}

#[derive(Serialize)]
struct LinkPreview {
    is_disabled: bool,
}

#[derive(Serialize)]
struct Keyboard<'a> {
    inline_keyboard: &'a [Vec<Button>],
}

impl<'a> Body<'a> {
    pub(super) fn new(html: &'a str, keyboard: &'a [Vec<Button>]) -> Self {
        let shown = Keyboard { inline_keyboard: keyboard };
        Self {
            text: html,
            parse_mode: "HTML",
            link_preview_options: LinkPreview { is_disabled: true },
            reply_markup: (!keyboard.is_empty()).then_some(shown),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SendMessage<'a> {
    pub(super) chat_id: ChatId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_thread_id: Option<ThreadId>,
    pub(super) disable_notification: bool,
    #[serde(flatten)]
    pub(super) body: Body<'a>,
}

#[derive(Serialize)]
pub(super) struct EditMessageText<'a> {
    pub(super) chat_id: ChatId,
    pub(super) message_id: MessageId,
    #[serde(flatten)]
    pub(super) body: Body<'a>,
}
