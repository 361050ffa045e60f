//! What members may do who are no administrators.
//!
//! Values and the specification's rules for reading them; who has which lives in `chat`.

use serde_json::{Map, Value};

/// A set of permissions (Bot API, `ChatPermissions`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions(u32);

/// The Bot API's names, in the order of the bits.
pub(super) const PERMISSIONS: [(&str, Permissions); 16] = [
    ("can_send_messages", Permissions::MESSAGES),
    ("can_send_audios", Permissions(1 << 1)),
    ("can_send_documents", Permissions(1 << 2)),
    ("can_send_photos", Permissions::PHOTOS),
    ("can_send_videos", Permissions(1 << 4)),
    ("can_send_video_notes", Permissions(1 << 5)),
    ("can_send_voice_notes", Permissions(1 << 6)),
    ("can_send_polls", Permissions::POLLS),
    ("can_send_other_messages", Permissions::OTHER),
    ("can_add_web_page_previews", Permissions::PREVIEWS),
    ("can_react_to_messages", Permissions::REACTIONS),
    ("can_edit_tag", Permissions::TAG),
    ("can_change_info", Permissions(1 << 12)),
    ("can_invite_users", Permissions(1 << 13)),
    ("can_pin_messages", Permissions::PIN),
    ("can_manage_topics", Permissions::TOPICS),
];

impl Permissions {
    /// Nothing at all.
    pub const NONE: Self = Self(0);
    /// `can_send_messages`.
    pub const MESSAGES: Self = Self(1);
    /// `can_send_photos`.
    pub const PHOTOS: Self = Self(1 << 3);
    /// `can_send_polls`.
    pub const POLLS: Self = Self(1 << 7);
    /// `can_send_other_messages`: stickers, animations, games.
    pub const OTHER: Self = Self(1 << 8);
    /// `can_add_web_page_previews`.
    pub const PREVIEWS: Self = Self(1 << 9);
    /// `can_react_to_messages`.
    pub const REACTIONS: Self = Self(1 << 10);
    /// `can_edit_tag`.
    pub const TAG: Self = Self(1 << 11);
    /// `can_pin_messages`.
    pub const PIN: Self = Self(1 << 14);
    /// `can_manage_topics`.
    pub const TOPICS: Self = Self(1 << 15);
    /// Everything.
    pub const ALL: Self = Self((1 << 16) - 1);
    /// Text and every kind of file: what the flags before the independent ones implied.
    const CONTENT: Self = Self(0b111_1111);

    /// These permissions and those.
    #[must_use]
    pub const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// These permissions less those.
    #[must_use]
    pub const fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    /// Whether all of `wanted` are among these.
    #[must_use]
    pub const fn allows(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Reads a `ChatPermissions` object with the defaults and, unless `independent`, the
    /// implications the Bot API gives for `restrictChatMember`.
    pub(super) fn read(object: &Map<String, Value>, independent: bool) -> Self {
        let mut all = Self::NONE;
        for (name, flag) in PERMISSIONS {
            if object.get(name).and_then(Value::as_bool) == Some(true) {
                all = all.with(flag);
            }
        }
        if !independent && (all.allows(Self::OTHER) || all.allows(Self::PREVIEWS)) {
            all = all.with(Self::CONTENT);
        }
        if !independent && all.allows(Self::POLLS) {
            all = all.with(Self::MESSAGES);
        }
        for (name, flag, follows) in [
            ("can_react_to_messages", Self::REACTIONS, Self::MESSAGES),
            ("can_edit_tag", Self::TAG, Self::PIN),
            ("can_manage_topics", Self::TOPICS, Self::PIN),
        ] {
            if !object.contains_key(name) && all.allows(follows) {
                all = all.with(flag);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn omitted_permissions_follow_the_defaults_of_the_specification() {
        let messages = Permissions::MESSAGES;
        let table = [
            ("nothing", json!({}), true, Permissions::NONE),
            (
                "reactions follow messages",
                json!({"can_send_messages": true}),
                true,
                messages.with(Permissions::REACTIONS),
            ),
            (
                "unless they are given",
                json!({"can_send_messages": true, "can_react_to_messages": false}),
                true,
                messages,
            ),
            (
                "polls imply messages when not independent",
                json!({"can_send_polls": true, "can_react_to_messages": false}),
                false,
                messages.with(Permissions::POLLS),
            ),
            (
                "polls alone when independent",
                json!({"can_send_polls": true}),
                true,
                Permissions::POLLS,
            ),
            (
                "tags and topics follow pinning",
                json!({"can_pin_messages": true}),
                true,
                Permissions::PIN.with(Permissions::TAG).with(Permissions::TOPICS),
            ),
            (
                "other messages imply every content",
                json!({"can_send_other_messages": true, "can_react_to_messages": false}),
                false,
                Permissions::OTHER.with(Permissions::CONTENT),
            ),
        ];
        for (rule, given, independent, expected) in table {
            let given = given.as_object().unwrap();
            assert_eq!(Permissions::read(given, independent), expected, "{rule}");
        }
    }
}
