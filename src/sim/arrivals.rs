//! Coming and going: joining, leaving, being added and removed, with what Telegram announces.

use serde_json::{Value, json};

use super::{Sim, chat::Kind, messages::Message, rights::MemberStatus, world::World};
use crate::ids::{ChatId, UserId};

impl Sim {
    /// Somebody joins by a link or by the button; `false` if they are in already or banned.
    pub fn join(&self, chat: ChatId, user: UserId) -> bool {
        self.change(|world| {
            let is_banned = matches!(world.status(chat, user), MemberStatus::Kicked(_));
            !is_banned && world.arrive(chat, &[user], user)
        })
    }

    /// Somebody adds others, banned or not; `false` if all of them are in already.
    pub fn add_members(&self, chat: ChatId, by: UserId, users: &[UserId]) -> bool {
        self.change(|world| world.arrive(chat, users, by))
    }

    /// Somebody leaves; `false` if they are not in.
    pub fn leave(&self, chat: ChatId, user: UserId) -> bool {
        self.change(|world| {
            let gone = match world.status(chat, user) {
                MemberStatus::Restricted { permissions, until, .. } => {
                    MemberStatus::Restricted { is_member: false, permissions, until }
                }
                MemberStatus::Creator
                | MemberStatus::Administrator(_)
                | MemberStatus::Member
                | MemberStatus::Left
                | MemberStatus::Kicked(_) => MemberStatus::Left,
            };
            world.status(chat, user).is_inside() && world.remove(chat, user, gone, user)
        })
    }

    /// An administrator removes a member, who stays banned; `false` if they are not in.
    pub fn kicked_by(&self, chat: ChatId, admin: UserId, user: UserId) -> bool {
        self.change(|world| {
            world.status(chat, user).is_inside()
                && world.remove(chat, user, MemberStatus::Kicked(0), admin)
        })
    }

    /// A basic group becomes a supergroup with a new id, which is given back.
    pub fn migrate_group(&self, group: ChatId) -> Option<ChatId> {
        self.change(|world| {
            let title =
                world.chats.get(&group).filter(|chat| chat.kind == Kind::Group)?.title.clone();
            let new = world.add_chat(Kind::Supergroup, &title);
            let old = world.chats.get(&group)?;
            let (members, permissions) = (old.members.clone(), old.permissions);
            let by = world.performer(group);
            let supergroup = world.chats.get_mut(&new)?;
            for (user, status) in members {
                supergroup.set(user, status);
            }
            supergroup.permissions = permissions;
            world.post(group, Message::service(by, "migrate_to_chat_id", json!(new.get())));
            world.post(new, Message::service(by, "migrate_from_chat_id", json!(group.get())));
            world.chats.get_mut(&group)?.migrated_to = Some(new);
            Some(new)
        })
    }
}

impl World {
    /// Brings people in, announced by one service message. `false` if all were in already.
    pub(super) fn arrive(&mut self, chat: ChatId, users: &[UserId], by: UserId) -> bool {
        let mut new = vec![];
        for user in users {
            let status = match self.status(chat, *user) {
                old if old.is_inside() => continue,
                MemberStatus::Restricted { permissions, until, .. } => {
                    MemberStatus::Restricted { is_member: true, permissions, until }
                }
                MemberStatus::Creator
                | MemberStatus::Administrator(_)
                | MemberStatus::Member
                | MemberStatus::Left
                | MemberStatus::Kicked(_) => MemberStatus::Member,
            };
            if self.become_status(chat, *user, status, by) {
                new.push(self.user_json(*user));
            }
        }
        if !new.is_empty() {
            self.announce(
                chat,
                Message::service(by, "new_chat_members", Value::Array(new.clone())),
            );
        }
        !new.is_empty()
    }

    /// Makes somebody leave or be banned, announced if they were in.
    pub(super) fn remove(
        &mut self,
        chat: ChatId,
        user: UserId,
        new: MemberStatus,
        by: UserId,
    ) -> bool {
        let was_inside = self.status(chat, user).is_inside();
        let has_changed = self.become_status(chat, user, new, by);
        if was_inside && has_changed {
            let user = self.user_json(user);
            self.announce(chat, Message::service(by, "left_chat_member", user));
        }
        has_changed
    }

    /// A service message, where there are any.
    pub(super) fn announce(&mut self, chat: ChatId, message: Message) {
        let announces = self.chats.get(&chat).is_some_and(|chat| {
            chat.announces && matches!(chat.kind, Kind::Group | Kind::Supergroup)
        });
        if announces {
            self.post(chat, message);
        }
    }
}
