//! What somebody is in a chat, and administrators' rights.
//!
//! Values only; who is what lives in `chat`, how it looks on the wire in `render`.

use super::permissions::Permissions;

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
    use super::*;

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
