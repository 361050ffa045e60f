//! Restricting and banning people and channels.

use serde_json::{Value, json};

use super::access::RESTRICTING;
use crate::{
    ids::{ChatId, UserId},
    sim::{
        chat::Kind,
        params::Params,
        permissions::Permissions,
        refusal::{Refusal, Reply},
        rights::{MemberStatus, Rights},
        world::World,
    },
};

/// Shorter or longer restrictions are for ever (Bot API, `restrictChatMember`).
const UNTIL_S: std::ops::RangeInclusive<i64> = 30..=366 * 24 * 3_600;

pub(super) fn restrict_chat_member(world: &mut World, params: &Params) -> Reply {
    let chat = world.inside(params)?;
    if chat.kind != Kind::Supergroup {
        return Err(Refusal::bad("method is available only for supergroups"));
    }
    let given = params.json("permissions")?;
    let Some(given) = given.as_ref().and_then(Value::as_object) else {
        return Err(Refusal::bad("can't parse permissions: expected an Object"));
    };
    let permissions = Permissions::read(given, params.flag("use_independent_chat_permissions"));
    let chat = world.governed(params, Rights::RESTRICT, RESTRICTING)?.id;
    let user = world.person(params)?;
    let is_member = world.touchable(chat, user)?.is_inside();
    let new = if permissions == Permissions::ALL {
        if is_member { MemberStatus::Member } else { MemberStatus::Left }
    } else {
        MemberStatus::Restricted { is_member, permissions, until: world.until(params) }
    };
    let by = world.bot;
    world.become_status(chat, user, new, by);
    Ok(json!(true))
}

pub(super) fn ban_chat_member(world: &mut World, params: &Params) -> Reply {
    let chat = world.governed(params, Rights::RESTRICT, RESTRICTING)?.id;
    let user = world.person(params)?;
    world.touchable(chat, user)?;
    let until = world.until(params);
    let by = world.bot;
    world.remove(chat, user, MemberStatus::Kicked(until), by);
    Ok(json!(true))
}

pub(super) fn unban_chat_member(world: &mut World, params: &Params) -> Reply {
    let chat = world.governed(params, Rights::RESTRICT, RESTRICTING)?.id;
    let user = world.person(params)?;
    let status = world.touchable(chat, user)?;
    let by = world.bot;
    if matches!(status, MemberStatus::Kicked(_)) || !params.flag("only_if_banned") {
        world.remove(chat, user, MemberStatus::Left, by);
    }
    Ok(json!(true))
}

pub(super) fn ban_chat_sender_chat(world: &mut World, params: &Params) -> Reply {
    let (chat, sender) = sender(world, params)?;
    if let Some(chat) = world.chats.get_mut(&chat) {
        chat.banned_senders.insert(sender);
    }
    Ok(json!(true))
}

pub(super) fn unban_chat_sender_chat(world: &mut World, params: &Params) -> Reply {
    let (chat, sender) = sender(world, params)?;
    if let Some(chat) = world.chats.get_mut(&chat) {
        chat.banned_senders.remove(&sender);
    }
    Ok(json!(true))
}

fn sender(world: &World, params: &Params) -> Result<(ChatId, ChatId), Refusal> {
    let chat = world.governed(params, Rights::RESTRICT, RESTRICTING)?.id;
    let sender = ChatId::new(params.int("sender_chat_id").unwrap_or_default());
    let is_channel = world.chats.get(&sender).is_some_and(|sender| sender.kind == Kind::Channel);
    if is_channel { Ok((chat, sender)) } else { Err(Refusal::bad("chat not found")) }
}

impl World {
    /// What somebody is, if the bot may restrict and ban them.
    fn touchable(&self, chat: ChatId, user: UserId) -> Result<MemberStatus, Refusal> {
        if user == self.bot {
            return Err(Refusal::bad("can't restrict self"));
        }
        let status = self.status(chat, user);
        match status {
            MemberStatus::Creator => Err(Refusal::bad("can't remove chat owner")),
            MemberStatus::Administrator(_) => {
                Err(Refusal::bad("user is an administrator of the chat"))
            }
            MemberStatus::Member
            | MemberStatus::Restricted { .. }
            | MemberStatus::Left
            | MemberStatus::Kicked(_) => Ok(status),
        }
    }

    /// The `until_date` of a request; 0 for ever.
    fn until(&self, params: &Params) -> i64 {
        let until = params.int("until_date").unwrap_or(0);
        if UNTIL_S.contains(&(until - self.now_s())) { until } else { 0 }
    }
}
