//! Chats and who is in them: looking, inviting, leaving.

use serde_json::{Value, json};

use super::access::INVITING;
use crate::sim::{
    chat::{Chat, Kind},
    params::Params,
    refusal::{Refusal, Reply},
    render::permissions_json,
    rights::{MemberStatus, Rights},
    world::World,
};

const HIDDEN: &str = "member list is inaccessible";

pub(super) fn get_chat(world: &mut World, params: &Params) -> Reply {
    let chat = world.reach(params)?;
    let mut info = world.chat_json(chat);
    let Some(object) = info.as_object_mut() else { return Ok(info) };
    object.insert("accent_color_id".to_owned(), json!(chat.id.get().rem_euclid(7)));
    object.insert("max_reaction_count".to_owned(), json!(11));
    let gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"];
    let gifts: Value = gifts.into_iter().map(|name| (name.to_owned(), json!(false))).collect();
    object.insert("accepted_gift_types".to_owned(), gifts);
    if let Some(username) = &chat.username {
        object.insert("active_usernames".to_owned(), json!([username]));
    }
    if let Some(linked) = chat.linked {
        object.insert("linked_chat_id".to_owned(), json!(linked.get()));
    }
    if matches!(chat.kind, Kind::Group | Kind::Supergroup) {
        object.insert("permissions".to_owned(), permissions_json(chat.permissions));
    }
    if world.own_status(chat).has(Rights::INVITE) && chat.kind != Kind::Private {
        object.insert("invite_link".to_owned(), json!(link(chat, 0)));
    }
    Ok(info)
}

/// In a channel only administrators may look others up; in a group any member may.
pub(super) fn get_chat_member(world: &mut World, params: &Params) -> Reply {
    let chat = world.reach(params)?;
    let own = world.own_status(chat);
    let user = world.person(params)?;
    let may_look = match chat.kind {
        Kind::Private => true,
        Kind::Channel => own.is_admin() || (own.is_inside() && user == world.bot),
        Kind::Group | Kind::Supergroup => own.is_inside(),
    };
    if !may_look {
        return Err(Refusal::bad(HIDDEN));
    }
    if chat.kind == Kind::Private {
        return Ok(world.member_json(chat.kind, user, MemberStatus::Member));
    }
    Ok(world.member_json(chat.kind, user, chat.status(user, world.now_s())))
}

pub(super) fn get_chat_administrators(world: &mut World, params: &Params) -> Reply {
    let chat = world.reach(params)?;
    let own = world.own_status(chat);
    match chat.kind {
        Kind::Private => {
            return Err(Refusal::bad("there are no administrators in the private chat"));
        }
        Kind::Channel if !own.is_admin() => return Err(Refusal::bad(HIDDEN)),
        Kind::Group | Kind::Supergroup if !own.is_inside() => return Err(Refusal::bad(HIDDEN)),
        Kind::Channel | Kind::Group | Kind::Supergroup => {}
    }
    let with_bots = params.flag("return_bots");
    let admins = chat.members.iter().filter(|(user, status)| {
        let is_other_bot =
            **user != world.bot && world.users.get(*user).is_some_and(|user| user.is_bot);
        status.is_admin() && (with_bots || !is_other_bot)
    });
    let mut admins: Vec<_> = admins.collect();
    admins.sort_by_key(|(user, status)| (**status != MemberStatus::Creator, **user));
    let admins = admins.into_iter();
    Ok(admins.map(|(user, status)| world.member_json(chat.kind, *user, *status)).collect())
}

pub(super) fn get_chat_member_count(world: &mut World, params: &Params) -> Reply {
    let chat = world.reach(params)?;
    let now_s = world.now_s();
    Ok(json!(chat.members.values().filter(|status| status.at(now_s).is_inside()).count()))
}

pub(super) fn create_chat_invite_link(world: &mut World, params: &Params) -> Reply {
    let serial = world.next_serial();
    let chat = world.governed(params, Rights::INVITE, INVITING)?;
    let name = params.text("name").unwrap_or_default();
    if name.chars().count() > 32 {
        return Err(Refusal::bad("INVITE_TITLE_TOO_LONG"));
    }
    let asks = params.flag("creates_join_request");
    if asks && params.has("member_limit") {
        return Err(Refusal::bad(
            "member limit can't be specified for links requiring administrator approval",
        ));
    }
    let mut made = json!({
        "invite_link": link(chat, serial),
        "creator": world.user_json(world.bot),
        "creates_join_request": asks,
        "is_primary": false,
        "is_revoked": false,
    });
    if let Some(object) = made.as_object_mut() {
        if !name.is_empty() {
            object.insert("name".to_owned(), json!(name));
        }
        for field in ["expire_date", "member_limit"] {
            if let Some(value) = params.int(field) {
                object.insert(field.to_owned(), json!(value));
            }
        }
    }
    Ok(made)
}

pub(super) fn export_chat_invite_link(world: &mut World, params: &Params) -> Reply {
    let serial = world.next_serial();
    let chat = world.governed(params, Rights::INVITE, INVITING)?;
    Ok(json!(link(chat, serial)))
}

pub(super) fn leave_chat(world: &mut World, params: &Params) -> Reply {
    let chat = world.inside(params)?;
    if chat.kind == Kind::Private {
        return Err(Refusal::bad("chat member status can't be changed in private chats"));
    }
    let (chat, bot) = (chat.id, world.bot);
    world.become_status(chat, bot, MemberStatus::Left, bot);
    Ok(json!(true))
}

fn link(chat: &Chat, serial: i64) -> String {
    format!("https://t.me/+{:012X}{serial:04x}", chat.id.get().unsigned_abs())
}
