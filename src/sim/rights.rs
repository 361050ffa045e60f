//! What members may do: administrators' rights, members' permissions, and the status itself.
//!
//! Values only; who is what lives in `chat`, how it looks on the wire in `render`.

use serde_json::{Map, Value};

/// A set of administrator rights (Bot API, `ChatMemberAdministrator`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u32);

impl Rights {
    /// An administrator without a single right.
    pub const NONE: Self = Self(0);
    /// `can_delete_messages`.
    pub const DELETE: Self = Self(1);
    /// `can_restrict_members`.
    pub const RESTRICT: Self = Self(1 << 1);
    /// `can_invite_users`.
    pub const INVITE: Self = Self(1 << 2);
    /// `can_promote_members`.
    pub const PROMOTE: Self = Self(1 << 3);
    /// `can_change_info`.
    pub const CHANGE_INFO: Self = Self(1 << 4);
    /// `can_pin_messages`; groups and supergroups only.
    pub const PIN: Self = Self(1 << 5);
    /// `can_manage_topics`; supergroups only.
    pub const TOPICS: Self = Self(1 << 6);
    /// `can_post_messages`; channels only.
    pub const POST: Self = Self(1 << 7);
    /// `can_edit_messages`; channels only.
    pub const EDIT: Self = Self(1 << 8);
    /// `can_manage_video_chats`.
    pub const VIDEO_CHATS: Self = Self(1 << 9);
    /// `can_post_stories`, `can_edit_stories` and `can_delete_stories` in one.
    pub const STORIES: Self = Self(1 << 10);
    /// `is_anonymous`.
    pub const ANONYMOUS: Self = Self(1 << 11);
    /// Every right, in their own name.
    pub const ALL: Self = Self((1 << 11) - 1);

    /// These rights and those.
    #[must_use]
    pub const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// These rights less those.
    #[must_use]
    pub const fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    /// Whether all of `wanted` are among these.
    #[must_use]
    pub const fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}

/// The Bot API's names of the rights every kind of chat has.
pub(super) const RIGHTS_ANYWHERE: [(&str, Rights); 10] = [
    ("can_delete_messages", Rights::DELETE),
    ("can_manage_video_chats", Rights::VIDEO_CHATS),
    ("can_restrict_members", Rights::RESTRICT),
    ("can_promote_members", Rights::PROMOTE),
    ("can_change_info", Rights::CHANGE_INFO),
    ("can_invite_users", Rights::INVITE),
    ("can_post_stories", Rights::STORIES),
    ("can_edit_stories", Rights::STORIES),
    ("can_delete_stories", Rights::STORIES),
    ("is_anonymous", Rights::ANONYMOUS),
];

/// The rights only channels have.
pub(super) const RIGHTS_IN_CHANNELS: [(&str, Rights); 2] =
    [("can_post_messages", Rights::POST), ("can_edit_messages", Rights::EDIT)];

/// The rights only groups and supergroups have.
pub(super) const RIGHTS_IN_GROUPS: [(&str, Rights); 2] =
    [("can_pin_messages", Rights::PIN), ("can_manage_topics", Rights::TOPICS)];

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

/// What somebody is in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// The owner.
    Creator,
    /// An administrator with these rights.
    Administrator(Rights),
    /// A member with the chat's default permissions.
    Member,
    /// Somebody with permissions of their own, inside the chat or outside.
    Restricted {
        /// Whether they are in the chat.
        is_member: bool,
        /// What they may still do.
        permissions: Permissions,
        /// Unix time in seconds at which it ends; 0 is never.
        until: i64,
    },
    /// Not in the chat.
    Left,
    /// Banned until this Unix time in seconds; 0 is for ever.
    Kicked(i64),
}

impl MemberStatus {
    /// Whether somebody of this status is in the chat.
    #[must_use]
    pub fn is_inside(self) -> bool {
        match self {
            Self::Creator | Self::Administrator(_) | Self::Member => true,
            Self::Restricted { is_member, .. } => is_member,
            Self::Left | Self::Kicked(_) => false,
        }
    }

    /// Whether somebody of this status administers the chat.
    #[must_use]
    pub fn is_admin(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator(_))
    }

    /// Whether somebody of this status has all of these administrator rights.
    #[must_use]
    pub fn has(self, rights: Rights) -> bool {
        match self {
            Self::Creator => true,
            Self::Administrator(own) => own.has(rights),
            Self::Member | Self::Restricted { .. } | Self::Left | Self::Kicked(_) => false,
        }
    }

    /// The status at a later moment: restrictions and bans with an end are over after it.
    pub(super) fn at(self, now_s: i64) -> Self {
        match self {
            Self::Restricted { is_member, until, .. } if until != 0 && until <= now_s => {
                if is_member {
                    Self::Member
                } else {
                    Self::Left
                }
            }
            Self::Kicked(until) if until != 0 && until <= now_s => Self::Left,
            Self::Creator
            | Self::Administrator(_)
            | Self::Member
            | Self::Restricted { .. }
            | Self::Left
            | Self::Kicked(_) => self,
        }
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

    #[test]
    fn a_restriction_with_an_end_is_over_after_it() {
        let restricted = |is_member| MemberStatus::Restricted {
            is_member,
            permissions: Permissions::NONE,
            until: 100,
        };
        assert_eq!(restricted(true).at(99), restricted(true));
        assert_eq!(restricted(true).at(100), MemberStatus::Member);
        assert_eq!(restricted(false).at(100), MemberStatus::Left);
        assert_eq!(MemberStatus::Kicked(0).at(100), MemberStatus::Kicked(0));
    }
}
