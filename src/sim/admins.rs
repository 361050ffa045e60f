//! What administrators do: promote, restrict, lift, ban.

use super::{
    Sim,
    chat::Kind,
    messages::Message,
    permissions::Permissions,
    rights::{MemberStatus, Rights},
    world::{ANONYMOUS_ADMIN, World},
};
use crate::ids::{ChatId, UserId};

impl Sim {
    /// Makes somebody the owner.
    pub fn make_creator(&self, chat: ChatId, user: UserId) {
        self.set_status(chat, user, MemberStatus::Creator);
    }

    /// Makes somebody an administrator, brought in if they were outside.
    pub fn make_admin(&self, chat: ChatId, user: UserId, rights: Rights) {
        self.set_status(chat, user, MemberStatus::Administrator(rights));
    }

    /// Makes the bot an administrator with these rights, or changes the rights it has.
    pub fn make_bot_admin(&self, chat: ChatId, rights: Rights) {
        self.set_status(chat, self.bot(), MemberStatus::Administrator(rights));
    }

    /// Makes the bot a mere member (not possible in channels: there it is removed).
    pub fn demote_bot(&self, chat: ChatId) {
        let is_channel =
            self.see(|world| world.chats.get(&chat).is_some_and(|chat| chat.kind == Kind::Channel));
        let status = if is_channel { MemberStatus::Left } else { MemberStatus::Member };
        self.set_status(chat, self.bot(), status);
    }

    /// Bans the bot.
    pub fn kick_bot(&self, chat: ChatId) {
        self.set_status(chat, self.bot(), MemberStatus::Kicked(0));
    }

    /// Makes anybody anything, done by the owner, or by an anonymous administrator where there is
    /// no owner. The bot learns it as it would at Telegram.
    pub fn set_status(&self, chat: ChatId, user: UserId, status: MemberStatus) {
        self.change(|world| {
            let by = world.performer(chat);
            let was_inside = world.status(chat, user).is_inside();
            if was_inside && !status.is_inside() {
                world.remove(chat, user, status, by);
            } else if world.become_status(chat, user, status, by)
                && !was_inside
                && status.is_inside()
            {
                let new = serde_json::json!([world.user_json(user)]);
                world.announce(chat, Message::service(by, "new_chat_members", new));
            }
        });
    }

    /// An administrator leaves somebody these permissions, for ever.
    pub fn human_restricts(
        &self,
        chat: ChatId,
        admin: UserId,
        user: UserId,
        permissions: Permissions,
    ) -> bool {
        self.change(|world| {
            let is_member = world.status(chat, user).is_inside();
            let status = MemberStatus::Restricted { is_member, permissions, until: 0 };
            world.become_status(chat, user, status, admin)
        })
    }

    /// An administrator takes a restriction away, or lifts a ban.
    pub fn human_lifts(&self, chat: ChatId, admin: UserId, user: UserId) -> bool {
        self.change(|world| {
            let is_inside = world.status(chat, user).is_inside();
            let status = if is_inside { MemberStatus::Member } else { MemberStatus::Left };
            world.become_status(chat, user, status, admin)
        })
    }

    /// An administrator bans somebody, in the chat or not.
    pub fn human_bans(&self, chat: ChatId, admin: UserId, user: UserId) -> bool {
        self.change(|world| world.remove(chat, user, MemberStatus::Kicked(0), admin))
    }
}

impl World {
    /// Who does what nobody in particular does.
    pub(super) fn performer(&self, chat: ChatId) -> UserId {
        self.chats.get(&chat).and_then(|chat| chat.creator).unwrap_or(ANONYMOUS_ADMIN)
    }
}
