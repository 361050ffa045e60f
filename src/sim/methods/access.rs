//! Which chat a request means, and whether the bot may do what it asks there.

use crate::{
    ids::{ChatId, UserId},
    sim::{
        chat::{Chat, Kind},
        params::Params,
        refusal::Refusal,
        rights::{MemberStatus, Rights},
        world::World,
    },
};

/// What is refused to a bot that lacks a right to restrict.
pub(super) const RESTRICTING: &str = "not enough rights to restrict/unrestrict chat member";
/// What is refused to a bot that lacks the right to invite.
pub(super) const INVITING: &str = "not enough rights to manage chat invite link";

impl World {
    /// The chat a request names, and whether it is a group; nothing is checked.
    pub(in crate::sim) fn addressed(&self, params: &Params) -> (Option<ChatId>, bool) {
        let chat = self.named(params);
        let kind = chat.and_then(|chat| self.chats.get(&chat)).map(|chat| chat.kind);
        (chat, matches!(kind, Some(Kind::Group | Kind::Supergroup)))
    }

    fn named(&self, params: &Params) -> Option<ChatId> {
        if let Some(id) = params.int("chat_id") {
            return Some(ChatId::new(id));
        }
        let name = params.text("chat_id")?;
        self.usernames.get(&name.strip_prefix('@')?.to_ascii_lowercase()).copied()
    }

    /// The chat a request names, if the bot may know of it: it is in there, or it is public.
    pub(super) fn reach(&self, params: &Params) -> Result<&Chat, Refusal> {
        if params.text("chat_id").is_none_or(|text| text.is_empty()) {
            return Err(Refusal::bad("chat_id is empty"));
        }
        let unknown = || Refusal::bad("chat not found");
        let chat = self.named(params).and_then(|id| self.chats.get(&id)).ok_or_else(unknown)?;
        if let Some(to) = chat.migrated_to {
            return Err(Refusal::migrated(to));
        }
        if chat.is_deleted {
            return Err(Refusal::forbidden("the group chat was deleted"));
        }
        if chat.kind == Kind::Private {
            return Ok(chat);
        }
        match chat.members.get(&self.bot) {
            Some(MemberStatus::Kicked(_)) => Err(Refusal::forbidden(format!(
                "bot was kicked from the {} chat",
                chat.kind.name()
            ))),
            Some(status) if status.is_inside() => Ok(chat),
            _ if chat.username.is_some() => Ok(chat),
            Some(_) => Err(outside(chat)),
            None => Err(unknown()),
        }
    }

    /// The chat a request names, if the bot is in it.
    pub(super) fn inside(&self, params: &Params) -> Result<&Chat, Refusal> {
        let chat = self.reach(params)?;
        if chat.kind == Kind::Private || self.own_status(chat).is_inside() {
            Ok(chat)
        } else {
            Err(outside(chat))
        }
    }

    /// The chat a request names, if the bot administers it with these rights.
    pub(super) fn governed(
        &self,
        params: &Params,
        rights: Rights,
        otherwise: &str,
    ) -> Result<&Chat, Refusal> {
        let chat = self.inside(params)?;
        if self.own_status(chat).has(rights) { Ok(chat) } else { Err(Refusal::bad(otherwise)) }
    }

    /// What the bot is in a chat.
    pub(super) fn own_status(&self, chat: &Chat) -> MemberStatus {
        chat.status(self.bot, self.now_s())
    }

    /// The person a request names, if there is such a person.
    pub(super) fn person(&self, params: &Params) -> Result<UserId, Refusal> {
        let user =
            params.int("user_id").ok_or_else(|| Refusal::bad("invalid user_id specified"))?;
        let user = UserId::new(user);
        if self.users.contains_key(&user) {
            Ok(user)
        } else {
            Err(Refusal::bad("PARTICIPANT_ID_INVALID"))
        }
    }
}

fn outside(chat: &Chat) -> Refusal {
    Refusal::forbidden(format!("bot is not a member of the {} chat", chat.kind.name()))
}
