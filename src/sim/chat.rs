//! One chat and who is what in it; what has been said there lives in `messages`.
//!
//! State only. Which updates a change causes is decided in `world` and `people`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{messages::Messages, permissions::Permissions, rights::MemberStatus};
use crate::ids::{ChatId, ThreadId, UserId};

/// The type of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Between one person and the bot.
    Private,
    /// A basic group.
    Group,
    /// A supergroup.
    Supergroup,
    /// A channel.
    Channel,
}

impl Kind {
    /// The Bot API's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// A chat.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) id: ChatId,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) username: Option<String>,
    pub(super) is_forum: bool,
    /// What members may do who are not restricted.
    pub(super) permissions: Permissions,
    /// Changed through [`Chat::set`] only.
    pub(super) members: HashMap<UserId, MemberStatus>,
    pub(super) creator: Option<UserId>,
    pub(super) messages: Messages,
    pub(super) topics: BTreeMap<ThreadId, String>,
    pub(super) banned_senders: HashSet<ChatId>,
    /// The discussion group of a channel, and the other way round.
    pub(super) linked: Option<ChatId>,
    pub(super) migrated_to: Option<ChatId>,
    pub(super) is_deleted: bool,
    /// Whether joining and leaving is announced by service messages; not so in very large groups.
    pub(super) announces: bool,
}

impl Chat {
    pub(super) fn new(id: ChatId, kind: Kind, title: &str) -> Self {
        Self {
            id,
            kind,
            title: title.to_owned(),
            username: None,
            is_forum: false,
            permissions: Permissions::ALL,
            members: HashMap::new(),
            creator: None,
            messages: Messages::default(),
            topics: BTreeMap::new(),
            banned_senders: HashSet::new(),
            linked: None,
            migrated_to: None,
            is_deleted: false,
            announces: true,
        }
    }

    /// What somebody is here at a moment (Unix time in seconds).
    pub(super) fn status(&self, user: UserId, now_s: i64) -> MemberStatus {
        self.members.get(&user).map_or(MemberStatus::Left, |status| status.at(now_s))
    }

    /// What somebody may do here, as Telegram enforces it on people.
    pub(super) fn permissions_of(&self, user: UserId, now_s: i64) -> Permissions {
        match self.status(user, now_s) {
            MemberStatus::Creator | MemberStatus::Administrator(_) => Permissions::ALL,
            MemberStatus::Member => self.permissions,
            MemberStatus::Restricted { permissions, is_member, .. }
                if is_member || self.takes_guests() =>
            {
                let forbidden = Permissions::ALL.without(self.permissions);
                permissions.without(forbidden)
            }
            MemberStatus::Left if self.takes_guests() => self.permissions,
            MemberStatus::Left | MemberStatus::Restricted { .. } | MemberStatus::Kicked(_) => {
                Permissions::NONE
            }
        }
    }

    /// Whether people outside may write here: the comments of a linked channel.
    fn takes_guests(&self) -> bool {
        self.kind == Kind::Supergroup && self.linked.is_some()
    }

    pub(super) fn set(&mut self, user: UserId, status: MemberStatus) {
        if status == MemberStatus::Creator {
            self.creator = Some(user);
        } else if self.creator == Some(user) {
            self.creator = None;
        }
        self.members.insert(user, status);
    }
}
