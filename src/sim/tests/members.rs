//! Who is in a chat, who may look them up, who may be restricted, and what is told of it.

use super::*;
use crate::sim::{MemberStatus, Permissions};

#[tokio::test]
async fn a_join_is_told_once_by_chat_member_and_once_by_a_service_message() {
    let (sim, bot, chat, _) = group().await;
    let bert = sim.add_user("Bert");
    assert!(sim.join(chat, bert));
    assert!(!sim.join(chat, bert), "they are in already");
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["chat_member", "message"]);
    let change = &updates[0]["chat_member"];
    assert_eq!(change["old_chat_member"]["status"], "left");
    assert_eq!(change["new_chat_member"]["status"], "member");
    assert_eq!(change["new_chat_member"]["user"]["id"], json!(bert.get()));
    assert_eq!(change["from"]["id"], json!(bert.get()));
    assert_eq!(updates[1]["message"]["new_chat_members"][0]["id"], json!(bert.get()));
    sim.set_announces(chat, false);
    assert!(sim.leave(chat, bert));
    assert_eq!(kinds(&bot.updates().await), ["chat_member"], "a very large group");
}

#[tokio::test]
async fn people_added_by_somebody_are_announced_together() {
    let (sim, bot, chat, ann) = group().await;
    let people = sim.add_people(2);
    assert!(sim.add_members(chat, ann, &people));
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["chat_member", "chat_member", "message"]);
    let message = &updates[2]["message"];
    assert_eq!(message["from"]["id"], json!(ann.get()));
    assert_eq!(message["new_chat_members"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn somebody_restricted_cannot_speak_until_they_are_lifted() {
    let (sim, bot, chat, ann) = group().await;
    let everything = |value: bool| -> Value {
        let all = super::super::render::permissions_json(Permissions::ALL);
        all.as_object().unwrap().keys().map(|name| (name.clone(), json!(value))).collect()
    };
    let restrict = |value| {
        json!({"chat_id": chat.get(), "user_id": ann.get(), "permissions": everything(value),
               "use_independent_chat_permissions": true})
    };
    bot.get("restrictChatMember", restrict(false)).await;
    assert!(sim.is_restricted(chat, ann) && !sim.can_speak(chat, ann));
    assert_eq!(sim.speak(chat, ann, "hello?"), None);
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["chat_member"], "the bot is told of its own deeds");
    let change = &updates[0]["chat_member"];
    assert_eq!(change["from"]["id"], json!(sim.bot().get()));
    assert_eq!(change["new_chat_member"]["status"], "restricted");
    assert_eq!(change["new_chat_member"]["is_member"], true);
    assert_eq!(change["new_chat_member"]["can_react_to_messages"], false);

    bot.get("restrictChatMember", restrict(false)).await;
    assert!(bot.updates().await.is_empty(), "nothing has changed");

    bot.get("restrictChatMember", restrict(true)).await;
    assert_eq!(sim.status(chat, ann), MemberStatus::Member);
    assert!(sim.speak(chat, ann, "thank you").is_some());
}

#[tokio::test]
async fn a_restriction_outlives_leaving_and_rejoining() {
    let (sim, bot, chat, _) = group().await;
    let guest = sim.add_user("Guest");
    let restrict = json!({"chat_id": chat.get(), "user_id": guest.get(), "permissions": {}});
    bot.get("restrictChatMember", restrict).await;
    let outside = |is_member| MemberStatus::Restricted {
        is_member,
        permissions: Permissions::NONE,
        until: 0,
    };
    assert_eq!(sim.status(chat, guest), outside(false), "not a member, restricted all the same");
    sim.join(chat, guest);
    assert_eq!(sim.status(chat, guest), outside(true));
    sim.leave(chat, guest);
    assert_eq!(sim.status(chat, guest), outside(false));
    let all = super::super::render::permissions_json(Permissions::ALL);
    let lift = json!({"chat_id": chat.get(), "user_id": guest.get(), "permissions": all});
    bot.get("restrictChatMember", lift).await;
    assert_eq!(sim.status(chat, guest), MemberStatus::Left);
}

#[tokio::test]
async fn restricting_is_refused_for_the_reasons_telegram_gives() {
    let (sim, bot, chat, ann) = group().await;
    let (owner, admin) = (sim.add_user("Owner"), sim.add_user("Admin"));
    sim.make_creator(chat, owner);
    sim.make_admin(chat, admin, Rights::RESTRICT);
    let basic = sim.add_group("Basic");
    sim.make_bot_admin(basic, Rights::ALL);
    let weak = sim.add_supergroup("Weak");
    sim.make_bot_admin(weak, Rights::ALL.without(Rights::RESTRICT));
    let foreign = sim.add_supergroup("Foreign");
    let thrown_out = sim.add_supergroup("Thrown out");
    sim.make_bot_admin(thrown_out, Rights::ALL);
    sim.kick_bot(thrown_out);
    let nobody = UserId::new(1);
    let table = [
        (chat, admin, "Bad Request: user is an administrator of the chat"),
        (chat, owner, "Bad Request: can't remove chat owner"),
        (chat, sim.bot(), "Bad Request: can't restrict self"),
        (chat, nobody, "Bad Request: PARTICIPANT_ID_INVALID"),
        (basic, ann, "Bad Request: method is available only for supergroups"),
        (weak, ann, "Bad Request: not enough rights to restrict/unrestrict chat member"),
        (foreign, ann, "Bad Request: chat not found"),
        (thrown_out, ann, "Forbidden: bot was kicked from the supergroup chat"),
    ];
    for (chat, user, expected) in table {
        let params = json!({"chat_id": chat.get(), "user_id": user.get(), "permissions": {}});
        assert_eq!(bot.refused("restrictChatMember", params).await, expected);
    }
}

#[tokio::test]
async fn a_channels_members_are_for_its_administrators() {
    let (sim, bot, _, ann) = group().await;
    let channel = sim.add_channel("News", Some("Chess_News"));
    sim.place(channel, &[ann], MemberStatus::Member);
    let look = |user: UserId| json!({"chat_id": "@chess_news", "user_id": user.get()});
    let hidden = "Bad Request: member list is inaccessible";
    assert_eq!(bot.refused("getChatMember", look(ann)).await, hidden);
    assert_eq!(
        bot.refused("getChatAdministrators", json!({"chat_id": "@chess_news"})).await,
        hidden
    );
    assert_eq!(bot.get("getChat", json!({"chat_id": "@chess_news"})).await["title"], "News");

    sim.make_bot_admin(channel, Rights::INVITE);
    assert_eq!(bot.get("getChatMember", look(ann)).await["status"], "member");
    let bert = sim.add_user("Bert");
    assert_eq!(bot.get("getChatMember", look(bert)).await["status"], "left");
    let unknown = bot.refused("getChatMember", look(UserId::new(1))).await;
    assert_eq!(unknown, "Bad Request: PARTICIPANT_ID_INVALID");
    bot.updates().await;
    sim.join(channel, bert);
    assert_eq!(kinds(&bot.updates().await), ["chat_member"], "no service message in a channel");

    sim.kick_bot(channel);
    let kicked = "Forbidden: bot was kicked from the channel chat";
    assert_eq!(bot.refused("getChatMember", look(ann)).await, kicked);
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["my_chat_member"]);
    assert_eq!(updates[0]["my_chat_member"]["new_chat_member"]["status"], "kicked");
}

#[tokio::test]
async fn administrators_are_listed_owner_first_and_other_bots_on_request() {
    let (sim, bot, chat, ann) = group().await;
    let owner = sim.add_user("Owner");
    sim.make_creator(chat, owner);
    sim.make_admin(chat, ann, Rights::DELETE);
    let other = sim.add_bot("Other");
    sim.make_admin(chat, other, Rights::ALL);
    let admins = bot.get("getChatAdministrators", json!({"chat_id": chat.get()})).await;
    let ids = |admins: &Value| -> Vec<i64> {
        let admins = admins.as_array().unwrap().iter();
        admins.map(|admin| admin["user"]["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(&admins), [owner.get(), ann.get(), sim.bot().get()]);
    assert_eq!(admins[1]["can_restrict_members"], false);
    assert_eq!(admins[1]["can_delete_messages"], true);
    let all = json!({"chat_id": chat.get(), "return_bots": true});
    assert_eq!(ids(&bot.get("getChatAdministrators", all).await).len(), 4);
}

#[tokio::test]
async fn what_humans_do_to_each_other_is_told_with_their_name() {
    let (sim, bot, chat, ann) = group().await;
    let admin = sim.add_user("Admin");
    sim.place(chat, &[admin], MemberStatus::Administrator(Rights::ALL));
    assert!(sim.human_restricts(chat, admin, ann, Permissions::NONE));
    assert!(sim.human_lifts(chat, admin, ann));
    assert!(sim.kicked_by(chat, admin, ann));
    assert!(!sim.join(chat, ann), "banned");
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["chat_member", "chat_member", "chat_member", "message"]);
    let status = |index: usize| &updates[index]["chat_member"]["new_chat_member"]["status"];
    assert_eq!([status(0), status(1), status(2)], ["restricted", "member", "kicked"]);
    assert_eq!(updates[0]["chat_member"]["from"]["id"], json!(admin.get()));
    assert_eq!(updates[3]["message"]["left_chat_member"]["id"], json!(ann.get()));
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_says_where_it_went() {
    let (sim, bot, _, ann) = group().await;
    let old = sim.add_group("Small");
    sim.make_bot_admin(old, Rights::ALL);
    sim.place(old, &[ann], MemberStatus::Member);
    bot.updates().await;
    let new = sim.migrate_group(old).unwrap();
    let updates = bot.updates().await;
    assert_eq!(updates[0]["message"]["chat"]["id"], json!(old.get()));
    assert_eq!(updates[0]["message"]["migrate_to_chat_id"], json!(new.get()));
    assert_eq!(updates[1]["message"]["chat"]["id"], json!(new.get()));
    assert_eq!(updates[1]["message"]["migrate_from_chat_id"], json!(old.get()));
    let (status, body) = bot.ask("sendMessage", json!({"chat_id": old.get(), "text": "x"})).await;
    assert_eq!(status, 400);
    assert_eq!(body["parameters"]["migrate_to_chat_id"], json!(new.get()));
    assert!(sim.speak(new, ann, "here we are").is_some());
    assert_eq!(sim.speak(old, ann, "still here?"), None);
}

#[tokio::test]
async fn a_banned_channel_is_not_posted_as_any_more() {
    let (sim, bot, chat, _) = group().await;
    let channel = sim.add_channel("Loud", None);
    assert!(sim.speak_as_channel(chat, channel, "buy!").is_some());
    let message = &bot.updates().await[0]["message"];
    assert_eq!(message["from"]["id"], json!(crate::sim::CHANNEL_SENDER.get()));
    assert_eq!(message["sender_chat"]["id"], json!(channel.get()));
    let ban = json!({"chat_id": chat.get(), "sender_chat_id": channel.get()});
    bot.get("banChatSenderChat", ban.clone()).await;
    assert_eq!(sim.speak_as_channel(chat, channel, "buy!"), None);
    bot.get("unbanChatSenderChat", ban).await;
    assert!(sim.speak_as_channel(chat, channel, "buy!").is_some());
}

#[tokio::test]
async fn leaving_and_inviting_need_what_the_specification_says() {
    let (sim, bot, chat, _) = group().await;
    let link = bot.get("createChatInviteLink", json!({"chat_id": chat.get(), "name": "x"})).await;
    assert!(link["invite_link"].as_str().unwrap().starts_with("https://t.me/+"));
    sim.make_bot_admin(chat, Rights::NONE);
    assert_eq!(
        bot.refused("createChatInviteLink", json!({"chat_id": chat.get()})).await,
        "Bad Request: not enough rights to manage chat invite link"
    );
    bot.get("leaveChat", json!({"chat_id": chat.get()})).await;
    assert_eq!(sim.status(chat, sim.bot()), MemberStatus::Left);
    assert_eq!(
        bot.refused("getChat", json!({"chat_id": chat.get()})).await,
        "Forbidden: bot is not a member of the supergroup chat"
    );
}
